"""A glob of include that matches nothing is reported, and the proposed one matches."""

from __future__ import annotations

import json
import re

import pytest

from tests.home import Home
from tests.media import mp4


@pytest.fixture
def filled(home: Home) -> Home:
    for number, key in enumerate(("a.mp4", "sub/b.mp4", "sub/c.mov")):
        home.put(key, mp4(seed=number))
    return home


@pytest.mark.parametrize("glob", ["{root}/*.mp4", "{root}/sub/*.mp4", "~/films/2024/*.mp4"])
def test_what_is_proposed_for_an_absolute_path_matches(filled: Home, glob: str) -> None:
    settings = filled.config["sources"]["clips"]
    settings["include"] = [glob.format(root=filled.media)]
    refused = filled.syncer("plan")
    assert refused.code == 2
    (proposed,) = re.findall(r'write ("[^"]+")', refused.err)
    settings["include"] = [json.loads(proposed)]
    assert filled.sync()["counts"]["copied"] >= 1


@pytest.mark.parametrize(
    ("globs", "dead"), [(["*.mp4", "SUB/*.webm", "*.avi"], 1), (["x/*", "sub/*", "y/*"], 2)]
)
def test_a_dead_glob_beside_a_good_one_is_named(filled: Home, globs: list[str], dead: int) -> None:
    filled.config["sources"]["clips"]["include"] = globs
    (found,) = (each for each in filled.sync()["findings"] if each["rule"] == "source.include")
    assert found["value"] == str(dead)
    named = {glob for glob in globs if json.dumps(glob) in found["message"]}
    assert named == ({"SUB/*.webm"} if dead == 1 else {"x/*", "y/*"})
    assert "[source.include]" in filled.syncer("plan").out


@pytest.mark.parametrize("globs", [["*.webm", "*.avi"], ["a", "b", "c/*"]])
def test_of_several_wrong_globs_each_is_named(filled: Home, globs: list[str]) -> None:
    filled.config["sources"]["clips"]["include"] = globs
    (found,) = filled.sync()["findings"]
    assert found["rule"] == "source.unmatched"
    assert all(json.dumps(glob) in found["message"] for glob in globs)
    filled.config["sources"]["clips"]["include"] = [f"/{glob}" for glob in globs]
    refused = filled.syncer("plan").err
    assert all(f'"{glob}"' in refused for glob in globs)


def test_globs_that_all_match_are_not_mentioned(filled: Home) -> None:
    filled.config["sources"]["clips"]["include"] = ["*.MP4", "sub/*.mov"]
    filled.syncer("sync")
    assert "include" not in filled.syncer("plan").out

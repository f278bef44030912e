"""A config with flaws: one sentence for each, with its place, and the command does not start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests import bad_input
from tests.bad_input import refused, sentence
from tests.home import Home
from tests.media import mp4

quick_retries = bad_input.quick_retries
s3_source = bad_input.s3_source


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("# nothing but a comment\n", "is empty"),
        ("origin: [", "a bracket that is never closed"),
        ("just words\n", 'must hold lines of "key: value"'),
        ("manifests: a.json\n", 'manifests: unknown key; did you mean "manifest"?'),
        ("workers: many\n", 'workers: must be a whole number; found "many"'),
        ("sources: {clips: {kind: ftp, root: x}}\n", 'sources.clips.kind: unknown kind "ftp"'),
        ("sources: {clips: {root: x}}\n", "sources.clips.kind: is required, but missing"),
        ("manifest: [nowhere/urls.json]\n", "create it"),
        ("catalogue: sqlite:///nowhere/syncer.db\n", "create it"),
        ("catalogue: syncer.db\n", "must be sqlite:///syncer.db"),
    ],
)
def test_each_flaw_of_a_config_is_one_line_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "config.yaml"
    whole_config = (
        "origin:\n  url: https://media.example.test/\n  property: https://media.example.test/\n"
        "  destination: {kind: local, root: web}\n"
    )
    begins = "origin: [" in text or "just" in text or not text.partition("#")[0]
    file.write_text(text if begins else whole_config + text)
    for command in ("sync", "plan", "status", "urls"):
        ran = Home.syncer_alone(command, "-c", str(file))
        (line,) = ran.err.splitlines()
        assert ran.code == 2
        assert re.match(rf"syncer: {re.escape(str(file))}:\d+:\d+: ", line)
        assert said in sentence(line)
    assert list(tmp_path.iterdir()) == [file]


def test_two_flaws_are_two_lines(home: Home) -> None:
    home.config |= {"workers": "many", "orign": {}}
    ran = home.syncer("sync")
    assert ran.code == 2
    assert len(list(map(sentence, ran.err.splitlines()))) == 2


def test_a_secret_file_that_is_missing(home: Home, s3_source: dict[str, Any]) -> None:
    home.config["sources"]["cloud"] = s3_source | {"secret_key": "file:key.txt"}
    assert "key.txt can't be read: No such file" in refused(home)


def test_a_manifest_folder_that_is_missing(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.config["manifest"] = ["urls.json", "lists/urls.csv"]
    assert f'there is no folder "{home.folder}/lists"; create it' in refused(home)
    assert not (home.folder / "syncer.db").exists()

"""A source that can't be read affects only itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests import bad_input
from tests.bad_input import CLOUDS, failed, whole
from tests.home import Home
from tests.media import mp4

quick_retries = bad_input.quick_retries
s3_source = bad_input.s3_source


@pytest.mark.parametrize("flaw", CLOUDS)
def test_a_bucket_that_cant_be_read_costs_only_its_source(
    home: Home, s3_source: dict[str, Any], flaw: str
) -> None:
    wrong, said = CLOUDS[flaw]
    home.put("a.mp4", mp4())
    home.config["sources"] = {"cloud": s3_source | wrong, **home.config["sources"]}
    (line,) = failed(home.sync())
    assert said in line
    whole(home, "clips/a.mp4")
    (line,) = home.syncer("plan").err.splitlines()
    assert said in line
    assert said in home.syncer("status").out


def test_a_source_folder_that_is_missing_costs_only_itself(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.config["sources"]["more"] = {"kind": "local", "root": "nowhere"}
    (line,) = failed(home.sync())
    assert f"{home.folder}/nowhere does not exist, so nothing in it was listed" in line
    whole(home, "clips/a.mp4")

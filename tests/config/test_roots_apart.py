"""A source and the destination must be separate, or copies would be copied again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import configs
from tests.configs import complaint

folder = configs.folder


@pytest.mark.parametrize(
    ("source", "destination"), [("web", "web"), ("web/in", "web"), (".", "web"), ("link/in", "web")]
)
@pytest.mark.usefixtures("folder")
def test_a_source_and_a_destination_that_share_files_are_refused(source: str, destination: str) -> None:
    Path("web").mkdir()
    Path("link").symlink_to("web")
    text = (
        "origin:\n  url: https://a.example.com/\n  property: https://a.example.com/\n"
        f"  destination: {{kind: local, root: {destination}}}\n"
        f"sources:\n  clips:\n    kind: local\n    root: {source}\n"
    )
    where = "FOLDER" if source == "." else f"FOLDER/{source}"
    told = complaint(text)
    assert told.startswith(f'config.yaml:8:11: sources.clips.root: "{where}" ')
    if source == ".":
        assert told.endswith(
            ' and the destination\'s root "FOLDER/web" must be separate: otherwise copies would be listed'
            " and copied again, without end"
        )
    else:
        assert 'is inside the destination\'s root "FOLDER/web": copies would be listed' in told

"""Laws of the settings: what is wrong is told at its place, and a key is never repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.sources.links import LinksSource
from tests.configs import ORIGIN, complaint, folder, loaded

__all__ = ["folder"]

LINKED = ORIGIN + "sources:\n  linked:\n    kind: links\n    list: links.csv\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            ORIGIN + "sources: {a: {kind: links}}\n",
            "5:11: sources.a: set list or urls",
        ),
        (
            LINKED + "    column: 5\n",
            '9:13: sources.linked.column: must be text; found 5, put it in quotes: "5"',
        ),
        (
            LINKED + "    refresh: {s4: {}}\n",
            "9:15: sources.linked.refresh.s4: unknown key; other keys here: drive, s3",
        ),
        (
            LINKED + "    refresh: {s3: {regoin: x}}\n",
            '9:20: sources.linked.refresh.s3.regoin: unknown key; did you mean "region"?',
        ),
        (
            LINKED + "    refresh: {s3: [{region: x}, {regoin: x}]}\n",
            '9:34: sources.linked.refresh.s3[1].regoin: unknown key; did you mean "region"?',
        ),
        (
            LINKED + "    refresh: {s3: {access_key: hunter2, secret_key: env:SYNCER_A}}\n",
            (
                "9:32: sources.linked.refresh.s3.access_key: must be a reference,"
                " env:NAME or file:PATH, not the secret itself (it would leak)"
            ),
        ),
        (
            LINKED + "    refresh: {s3: [{access_key: env:HOME, secret_key: env:SYNCER_A}]}\n",
            (
                "9:55: sources.linked.refresh.s3[0].secret_key: the environment variable SYNCER_A is not set;"
                " export SYNCER_A=…"
            ),
        ),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_is_wrong_is_told_at_its_place(text: str, said: str) -> None:
    assert complaint(text) == f"config.yaml:{said}"


def test_the_list_is_beside_the_config_or_standard_input(folder: Path) -> None:
    (beside,) = loaded(LINKED).sources.values()
    (piped,) = loaded(LINKED.replace("links.csv", '"-"')).sources.values()
    assert isinstance(beside, LinksSource.Config)
    assert isinstance(piped, LinksSource.Config)
    assert (beside.list, piped.list) == (folder / "links.csv", Path("-"))

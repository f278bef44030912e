"""The page about Python runs as printed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.home import Home
from tests.media import mp4
from tests.project.test_docs import ROOT

PAGE = (ROOT / "docs/python.md").read_text()
EXAMPLES: list[tuple[str, str]] = re.findall(
    r"```python\n(.*?)```\n\n<!-- output -->\n```text\n(.*?)```", PAGE, re.DOTALL
)


def two_files(home: Home) -> None:
    home.put("first.mp4", mp4(seed=1))
    home.put("second.mp4", mp4(seed=2))


def changed(home: Home) -> None:
    two_files(home)
    assert home.sync()["exit_code"] == 0
    home.put("first.mp4", mp4(seed=3))
    home.put("third.mp4", mp4(seed=4))


def unproven(home: Home) -> None:
    home.sign()


def published(home: Home) -> None:
    changed(home)
    assert home.sync()["exit_code"] == 0


STATES: list[Callable[[Home], None]] = [two_files, changed, changed, two_files, unproven, published]


def test_every_example_has_its_output() -> None:
    assert PAGE.count("```python") == len(EXAMPLES) == len(STATES)


@pytest.mark.parametrize(("number", "state"), [*enumerate(STATES)])
def test_the_examples_print_what_the_page_says(
    home: Home, number: int, state: Callable[[Home], None]
) -> None:
    state(home)
    home.write()
    program, shown = EXAMPLES[number]
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=home.folder, capture_output=True, text=True, check=True
    )
    said = ran.stdout.replace(home.site.url, "https://media.example.com/")
    assert (sorted(said.splitlines()), ran.stderr) == (sorted(shown.splitlines()), "")

"""The table at the end of a session: cases of the fault suite by wire and kind, and their time."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--operation", type=int, metavar="N", help="Of each fault test, only this operation fails."
    )
    parser.addoption(
        "--thorough", action="store_true", help="The fault suite lets twice as many operations fail."
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tallies: list[Any] = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, value in report.user_properties
        if name == "faults"
    ]
    if tallies:
        terminalreporter.section("fault suite")
        for line in table(tallies):
            terminalreporter.write_line(line)


def table(tallies: list[dict[str, Any]]) -> list[str]:
    """A line for each wire, with its kinds; the last one holds the sums."""
    by_wire: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for tally in tallies:
        by_wire[tally["wire"]].append(tally)
    lines = [f"{'wire':<18}{'cases':>6}{'left out':>10}{'seconds':>9}  cases by kind"]
    lines += [_line(wire, mine) for wire, mine in sorted(by_wire.items())]
    return [*lines, _line("all", tallies)]


def _line(wire: str, tallies: list[dict[str, Any]]) -> str:
    kinds: dict[str, int] = defaultdict(int)
    for tally in tallies:
        kinds[tally["kind"]] += tally["cases"]
    told = " ".join(f"{kind} {count}" for kind, count in kinds.items()) if wire != "all" else ""
    sums = [sum(tally[name] for tally in tallies) for name in ("cases", "left_out", "seconds")]
    return f"{wire:<18}{sums[0]:>6}{sums[1]:>10}{sums[2]:>9.0f}  {told}".rstrip()

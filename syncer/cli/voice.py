"""The messages of a run on stderr: a progress bar on a terminal, otherwise one line for each event.

Troubles with the same cause are one line, and their number comes at the end.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from syncer.cli.causes import ORIGIN_WIDE, Cause, Groups, cause, sentence
from syncer.cli.console import Event, complain, human_size, log_event, log_json, log_text, now, print_lines
from syncer.errors import SyncerError
from syncer.mirror.values import Progress
from syncer.model import Action, Copy, Entry, Recheck
from syncer.settings.spelling import counted

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

NO_ORIGIN = (*ORIGIN_WIDE, "ownership.unreachable", "ownership.tls", "ownership.protocol")
"""Errors that already say that no URL of the origin can be fetched."""


class Voice:
    """Prints outcomes and errors as they come."""

    def __init__(self) -> None:
        self._groups: Groups[Event] = Groups()
        self._said: list[SyncerError] = []
        self._told: set[Cause] = set()
        """Causes that an error about the whole origin has covered."""

    def __call__(self, progress: Progress) -> None:
        told = log_event(progress.action, progress.outcome)
        if "message" not in told:
            self.tell(told, first=True)
            return
        found = _cause(progress.action, told)
        first = self._groups.add(found, told)
        self.tell(told, first=first and not self._is_known(found))

    def tell(self, told: Event, *, first: bool) -> None:
        """`first`: the reader does not know this yet."""
        if first:
            if "message" in told:
                told |= {"message": sentence(str(told["code"]), str(told["message"]))}
            click.echo(log_text(told), err=True)

    def complain(self, error: SyncerError) -> None:
        """Print each error once."""
        if any(error is said for said in self._said):
            return
        self._said.append(error)
        if error.code in NO_ORIGIN:
            self._told |= {(rule, "") for rule in ORIGIN_WIDE}
        self.say(error)

    def say(self, error: SyncerError) -> None:
        complain(error)

    def end(self) -> None:
        """Print the number of troubles of each cause."""
        for found, told in self._groups.examples.items():
            count = self._groups.counts[found]
            if self._is_known(found):
                said = counted(count, "asset")
            elif count > 1:
                said = f"{count - 1} more for the same reason as {told['source']}:{told['key']}"
            else:
                continue
            line = f"{now()} {told['event']} {said} [{found[0]}]; `syncer status --all` lists them"
            print_lines(line, err=True)

    @property
    def told(self) -> Container[Cause]:
        """The causes that were printed."""
        return self._told | self._groups.counts.keys()

    def _is_known(self, found: Cause) -> bool:
        return found in self._told


class _Json(Voice):
    """Prints every event as JSON."""

    def tell(self, told: Event, *, first: bool) -> None:
        del first
        click.echo(log_json(told), err=True)

    def say(self, error: SyncerError) -> None:
        told = {"event": "error", "code": error.code, "message": error.message, "hint": error.hint}
        click.echo(log_json(told), err=True)

    def end(self) -> None:
        """Nothing: every event was printed."""


class _Bar(Voice):
    """Shows counts and no percentage, because the total is unknown while the sources are listed."""

    def __init__(self, bar: Bar, row: TaskID) -> None:
        super().__init__()
        self._bar, self._row = bar, row
        self._words: Counter[str] = Counter()

    def tell(self, told: Event, *, first: bool) -> None:
        del first
        self._words[str(told["event"])] += 1
        said = " · ".join(f"{count} {word}" for word, count in self._words.items())
        self._bar.update(self._row, description=said)

    def end(self) -> None:
        """Nothing: the summary has it."""

    @property
    def told(self) -> Container[Cause]:
        return ()


def _cause(action: Action, told: Mapping[str, object]) -> Cause:
    names = [str(told["key"])]
    match action:
        case Copy(path=str(path)) | Recheck(entry=Entry(path=str(path))):
            names.append(path)
    return cause(str(told["code"]), str(told["message"]), names)


@contextmanager
def progress(log_format: str | None, passed: Callable[[], int]) -> Iterator[Voice]:
    """A progress bar on a terminal, unless `log_format` is given; otherwise a log.

    `passed` returns the bytes that were transferred so far.
    """
    if log_format is None and sys.stderr and sys.stderr.isatty():
        with _bar(passed) as voice:
            yield voice
        return
    voice = _Json() if log_format == "json" else Voice()
    yield voice
    voice.end()


@contextmanager
def _bar(passed: Callable[[], int]) -> Iterator[Voice]:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Task as Row
    from rich.text import Text

    class Passed(TextColumn):
        def render(self, task: Row) -> Text:
            speed = passed() / task.elapsed if task.elapsed else 0
            return Text(f"{human_size(passed())} · {human_size(int(speed))}/s")

    columns = (SpinnerColumn(), TextColumn("{task.description}"), Passed(""), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True, highlight=False), transient=True) as bar:
        yield _Bar(bar, bar.add_task("listing the sources"))

"""What `sync` would do, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self

from syncer.errors import SyncerError
from syncer.model import Finding
from syncer.protocols import Pace
from syncer.sync import rehearsal
from syncer.sync.planned import Planned, planned
from syncer.sync.scan import Survey


class Plan:
    """The steps, to be read once. It holds the sources and a copy of the catalogue open until all steps are
    read, or until it is closed; use it in a `with`.
    """

    def __init__(self, opened: AbstractContextManager[Survey], pace: Pace) -> None:
        self._handles = ExitStack()
        self._survey = self._handles.enter_context(opened)
        self._pace = pace

    def __iter__(self) -> Iterator[Planned]:
        with self._handles:
            for action, failed in rehearsal.steps(self._survey):
                if self._pace.stopped():
                    return
                yield planned(self._survey.addresses.url, action, failed)

    @property
    def errors(self) -> tuple[SyncerError, ...]:
        """Of the steps read so far: sources that can't be listed, deletes over the limit."""
        return tuple(self._survey.errors)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Warnings, of the steps read so far."""
        return tuple(self._survey.remarks)

    @property
    def interrupted(self) -> bool:
        return self._pace.stopped()

    def close(self) -> None:
        self._handles.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

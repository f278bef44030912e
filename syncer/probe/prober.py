"""Reads the media facts of files, with a child process for what our own parsers do not read."""

from __future__ import annotations

from dataclasses import replace
from types import TracebackType
from typing import Self

from syncer.model import Facts
from syncer.probe import photos, unread, videos
from syncer.probe.mp4 import Layout
from syncer.probe.pool import Pool, ours, raise_if_stopped
from syncer.probe.process import Crashed, Process, TookTooLong
from syncer.probe.result import ProbeResult
from syncer.probe.window import Reopen, Spent, Window
from syncer.protocols import Pace

PATIENCE_S = 60.0
"""Seconds for libav with one file, without the source's time. `CPU_S` limits its work more tightly."""

CRASHED = "the media library crashes on it"
LONG = "the media library takes too long to read it"


class Prober:
    """One per worker. The pool owns the child processes and ends them when the last prober closes."""

    def __init__(self, patience: float = PATIENCE_S, pace: Pace | None = None) -> None:
        self._patience = patience
        self._pace = pace
        self._pool: Pool | None = None
        self._asked: Process | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the child that was used last, while it lives."""
        return self._asked.pid if self._asked else None

    def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool:
            pool.leave()

    def probe(self, head: bytes, size: int | None, media_type: str, reopen: Reopen) -> Facts:
        """The facts of the video or photo that begins with `head`; no facts for other types.

        If `size` is `None`, a head shorter than `HEAD_SIZE` is the whole file. Raises the errors of `reopen`
        and its reader, `Stopped`, and `SyncerError` (`probe.library`) if videos can't be read at all.
        """
        with Window(head, size, reopen) as window:
            if kind := videos.KINDS.get(media_type):
                return self._video(window, kind)
            if media_type in photos.LOOKS:
                return _photo(window, media_type)
        return Facts()

    def _video(self, window: Window, kind: videos.VideoKind) -> Facts:
        try:
            layout = videos.video_layout(window, kind)
        except Spent:
            return Facts(container=kind.container, unread=unread.INDEX)
        if layout.facts.flaw:
            return layout.facts
        try:
            told, all_given = self._told(window, kind.demuxer, layout)
        except Crashed:
            return replace(layout.facts, flaw=CRASHED)
        except TookTooLong:
            return replace(layout.facts, flaw=LONG)
        if all_given:
            return videos.merge(layout, told, window.size)
        return replace(videos.merge(layout, videos.partly(told), None), flaw=None, unread=unread.INDEX)

    def _told(self, window: Window, demuxer: str, layout: Layout) -> tuple[ProbeResult, bool]:
        """The result of libav, and whether it got all bytes that it asked for. It is not asked about an
        ordinary file.

        Only a second crash counts: something outside may have killed the first child.
        """
        if layout.told:
            raise_if_stopped(self._pace)
            return layout.told, True
        try:
            return self._ask(window, demuxer, layout.prefix)
        except Crashed:
            return self._ask(window, demuxer, layout.prefix, fresh=True)

    def _ask(
        self, window: Window, demuxer: str, prefix: int | None, *, fresh: bool = False
    ) -> tuple[ProbeResult, bool]:
        """Fetches missing bytes after giving the child back, then starts the look again: a slow source must
        not keep a child from the other workers.
        """
        if self._pool is None:
            self._pool = ours()
            self._pool.join()
        patience, spent = self._patience, False
        while True:
            with self._pool.lend(self._pace, fresh=fresh) as process:
                self._asked = process
                got = process.look(window, demuxer, patience, spent=spent, prefix=prefix)
            if isinstance(got, ProbeResult):
                return got, not spent
            spent = not window.fetch(got.offset, got.size)
            patience, fresh = got.patience, False


def _photo(window: Window, media_type: str) -> Facts:
    try:
        return photos.photo_facts(window, media_type)
    except Spent:
        return Facts(container=media_type.removeprefix("image/"), unread=unread.INDEX)

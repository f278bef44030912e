"""Media facts: what the bytes of one file say, read before they are copied.

    head ──► window ──► photos: jpeg, webp          (header parsers of our own)
               │    └─► videos: mp4, matroska       (how it lies, and whether all of it is there)
               └──────► pool ► process ═ pipes ═ child: libav   (all else, in a process that may crash)

Nothing that a file holds raises: what is wrong with it is `Facts.flaw`, and a bound of ours that it meets
`Facts.unread`. The same bytes give the same facts.
"""

from __future__ import annotations

from dataclasses import replace
from types import TracebackType
from typing import Self

from syncer.model import Facts
from syncer.probe import photos, videos
from syncer.probe.pool import Pool, ours
from syncer.probe.process import Crashed, Process, TookTooLong
from syncer.probe.result import ProbeResult
from syncer.probe.window import Reopen, Spent, Window
from syncer.protocols import Pace

__all__ = ["Prober", "Reopen"]

PATIENCE_S = 60.0
"""Seconds that libav may have for one file, the source's not counted; its work is bounded more tightly."""

COSTLY = "its index is too large or too scattered to be read ahead of the copy"
CRASHED = "reading it crashes the media library"
LONG = "reading it takes the media library too long"


class Prober:
    """One worker's. The child processes are the pool's, which ends them when the last prober is closed."""

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
        """Of the child process that was asked last, while there is one."""
        return self._asked.pid if self._asked else None

    def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool:
            pool.leave()

    def probe(self, head: bytes, size: int | None, media_type: str, reopen: Reopen) -> Facts:
        """The facts of what begins with `head`, a video or a photo; of anything else there are none.

        With a `size` of `None`, a head shorter than `HEAD_SIZE` is all there is. Raises whatever `reopen` and
        its reader raise, `Stopped`, and `SyncerError` (`probe.library`) where videos can't be read at all.
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
            return Facts(container=kind.container, unread=COSTLY)
        if layout.facts.flaw:
            return layout.facts
        try:
            told, all_given = self._told(window, kind.demuxer, layout.prefix)
        except Crashed:
            return replace(layout.facts, flaw=CRASHED)
        except TookTooLong:
            return replace(layout.facts, flaw=LONG)
        if all_given:
            return videos.merge(layout, told, window.size)
        return replace(videos.merge(layout, videos.partly(told), None), flaw=None, unread=COSTLY)

    def _told(self, window: Window, demuxer: str, prefix: int | None) -> tuple[ProbeResult, bool]:
        """What libav tells, and whether it was given all that it asked for.

        A child that was ended from outside is no fault of the file, so a crash has to happen twice.
        """
        try:
            return self._ask(window, demuxer, prefix)
        except Crashed:
            return self._ask(window, demuxer, prefix, fresh=True)

    def _ask(
        self, window: Window, demuxer: str, prefix: int | None, *, fresh: bool = False
    ) -> tuple[ProbeResult, bool]:
        """What libav lacks is fetched while no child waits for it, and then it looks again from the start:
        a slow source keeps no child from the other workers.
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
        return Facts(container=media_type.removeprefix("image/"), unread=COSTLY)

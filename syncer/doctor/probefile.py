"""A small file that takes the steps of all media: stored, replaced, seen at its public URL, deleted."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from http import HTTPStatus

from syncer.connect.retry import retry
from syncer.connect.web.client import ask, http_client
from syncer.destinations import Store, open_destination
from syncer.doctor.diagnosis import ExaminationResult, of_findings, ok, skipped, warn
from syncer.errors import SyncerError
from syncer.model import Content, Finding, rejects
from syncer.origin.paths import PathTemplate
from syncer.origin.view import PublicOrigin, PublicView
from syncer.protocols import Destination, Pace
from syncer.urls.canonical import under

log = logging.getLogger("syncer")

MP4 = "video/mp4"

NAME, SAYS, FIRST = (
    "syncer-doctor-",
    ": syncer checks that this is served, and deletes it\n",
    "about to be replaced\n",
)
"""The beginning of its name, and its texts: after its path, and before it is replaced."""

_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class ProbeFile:
    """It has a random name. `close` removes it in every case."""

    def __init__(self, store: Store, origin: PublicOrigin, pace: Pace, folder: str = "") -> None:
        """`folder` is where it lies below the root."""
        self._pace = pace
        self._store = store
        self._origin = origin
        # Not a name of staged files: web servers hide those.
        self._name = f"{NAME}{secrets.token_hex(8)}"
        self.path = f"{folder}/{self._name}.mp4" if folder else f"{self._name}.mp4"
        self.url = under(origin.url, self.path)
        self._body = probe_video(f"{self.path}{SAYS}")
        self.is_there = False

    def reach(self, may_write: Callable[[Destination], bool] = lambda _: True) -> ExaminationResult:
        """`may_write`: whether `check` may make the root if it is missing."""
        begun = time.perf_counter()
        with closing(self._opened()) as destination:
            if not may_write(destination):
                return ok("reached; nothing was written there, as its owner mark is missing")
            destination.check()
        return ok(f"reached, with access, in {_since(begun)}")

    def write(self) -> ExaminationResult:
        """Write it twice, because a rename must also replace a file. It retries like a run."""
        begun = time.perf_counter()
        retry(self._write, self._pace, self._pace.patience.retry)
        return ok(f"{self.path} was written, renamed into place and replaced, in {_since(begun)}")

    def _write(self) -> None:
        with closing(self._opened()) as destination:
            for body in (probe_video(FIRST), self._body):
                with destination.stage(self.path, MP4) as staged:
                    staged.write(body)
                    self.is_there = True
                    staged.commit(_content(body))

    def seen(self) -> ExaminationResult:
        return of_findings(self.looked(), f"{self.url} serves it, byte for byte")

    def looked(self) -> tuple[Finding, ...]:
        """What is wrong with what its URL serves."""
        content = _content(self._body)
        with PublicView(self._origin, self._pace) as view:
            findings = view.look(self.url, content)
            if not rejects(findings):
                findings += view.compare(self.url, content)
        return findings

    def listed(self) -> ExaminationResult:
        """A warning at most: `syncer sync` needs no list of the destination, other commands do."""
        hint = "let this user list the files: syncer tidy and syncer catalogue rebuild need it"
        try:
            with closing(self._opened()) as destination:
                seen = any(True for _ in destination.listing())
        except SyncerError as error:
            return warn(error.message, error.code, hint)
        return ok("the files can be listed") if seen else warn("nothing is listed", "doctor.empty", hint)

    def folders(self, templates: Mapping[str, PathTemplate]) -> ExaminationResult:
        """Whether files can be written in the folders of the sources' paths."""
        tried = sorted({template.folder(name) for name, template in templates.items()} - {""})
        deeper = {each.folder(name) for name, each in templates.items() if each.may_lead_deeper(name)}
        with closing(self._opened()) as destination:
            for folder in tried:
                destination.check(folder)
            try:
                for folder in sorted(deeper):
                    destination.check(f"{folder}/{self._name}" if folder else self._name)
            except SyncerError as error:
                return warn(
                    f"{error.message}: files that need a new folder will fail", error.code, error.hint or ""
                )
        said = f"files can be written in {', '.join(tried) or 'the root'}"
        return ok(f"{said}, and in new folders there" if deeper else said)

    def delete(self) -> ExaminationResult:
        if not self.is_there:
            return skipped("nothing was written")
        self._remove()
        return ok(f"{self.path} was deleted")

    def gone(self) -> ExaminationResult:
        with http_client(self._origin.web(), self._pace) as http:
            answer = ask(http, self.url)
        if answer.status in _GONE:
            return ok(f"the deleted file answers {answer.status}")
        if answer.status == HTTPStatus.FORBIDDEN:
            return ok("the deleted file answers 403, as in a bucket that nobody may list")
        if answer.sha256 == _content(self._body).sha256:
            return warn(
                f"{self.url} is still served although the file was deleted: a cache keeps it",
                "doctor.cache",
                "visitors may get old bytes for some time: shorten the cache time, or put "
                "{sha256:12} into each source's path",
            )
        return warn(
            f"the deleted file answers {answer.status}",
            "doctor.missing",
            "answer 404 for missing files: another page hides mistakes",
        )

    def close(self) -> None:
        if not self.is_there:
            return
        try:
            self._remove()
        except SyncerError as error:
            log.warning("%s stays at the destination; remove it: %s", self.path, error.message)

    def _remove(self) -> None:
        with closing(self._opened()) as destination:
            destination.delete(self.path)
        self.is_there = False

    def _opened(self) -> Destination:
        """A new one each time, because an interrupted one can't be used again."""
        return open_destination(self._store, self._pace)


def _content(body: bytes) -> Content:
    sha256 = hashlib.sha256(body).hexdigest()
    return Content(len(body), sha256, sha256, MP4)


def probe_video(text: str) -> bytes:
    """An MP4 with a text and no picture, because only media gets a public name."""
    free = text.encode()
    kind = b"ftypisom\0\0\2\0isommp41"
    return b"".join((len(box) + 4).to_bytes(4, "big") + box for box in (kind, b"free" + free))


def _since(begun: float) -> str:
    return f"{(time.perf_counter() - begun) * 1000:.0f} ms"

"""A small file that goes the way of all media: stored, replaced, seen at its public URL, deleted."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from contextlib import closing
from http import HTTPStatus

from syncer.connect.pace import SharedPace
from syncer.connect.web import ask, client
from syncer.destinations import Store, open_destination
from syncer.doctor.diagnosis import Found, of_findings, ok, skipped, warn
from syncer.errors import SyncerError
from syncer.media import TEXT
from syncer.model import Content, rejects
from syncer.origin import Origin, PublicView, public_url
from syncer.seams import Destination

log = logging.getLogger("syncer")

_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class ProbeFile:
    """Its name is one that no visitor expects. `close` takes it away, whatever happened."""

    def __init__(self, store: Store, origin: Origin) -> None:
        self._store = store
        self._origin = origin
        # Not as staged files are named: web servers are told to hide those.
        self.path = f"syncer-doctor-{secrets.token_hex(8)}.txt"
        self._url = public_url(origin.url, self.path)
        self._body = f"{self.path}: syncer doctor looks whether this is served, and deletes it\n".encode()
        self._there = False

    def reach(self) -> Found:
        begun = time.perf_counter()
        with closing(self._opened()) as destination:
            destination.check()
        return ok(f"can be reached and entered, in {_since(begun)}")

    def write(self) -> Found:
        """Twice: a name that is taken must be replaced by a rename too."""
        begun = time.perf_counter()
        with closing(self._opened()) as destination:
            for body in (b"about to be replaced\n", self._body):
                with destination.stage(self.path, TEXT) as staged:
                    staged.write(body)
                    self._there = True
                    staged.commit(_content(body))
        return ok(f"{self.path} was written, renamed into place and replaced, in {_since(begun)}")

    def seen(self) -> Found:
        content = _content(self._body)
        with PublicView(self._origin, SharedPace()) as view:
            findings = view.look(self._url, content)
            if not rejects(findings):
                findings += view.compare(self._url, content)
        return of_findings(findings, f"{self._url} serves it, byte for byte")

    def delete(self) -> Found:
        if not self._there:
            return skipped("nothing was written")
        self._remove()
        return ok(f"nothing is left of {self.path}")

    def gone(self) -> Found:
        with client(self._origin.web()) as http:
            answer = ask(http, self._url)
        if answer.status in _GONE:
            return ok(f"what was deleted is answered with {answer.status}")
        if answer.status == HTTPStatus.FORBIDDEN:
            return ok("what was deleted is answered with 403, as by a bucket that nobody may list")
        if answer.sha256 == _content(self._body).sha256:
            return warn(
                f"{self._url} is served though it was deleted: a cache keeps it",
                "doctor.cache",
                "new bytes under an old name may be seen late: shorten what the cache keeps, or put "
                "{sha256:12} into each source's path",
            )
        return warn(
            f"what was deleted is answered with {answer.status}",
            "doctor.missing",
            "answer 404 for what is missing: another page in its place hides mistakes",
        )

    def close(self) -> None:
        if not self._there:
            return
        try:
            self._remove()
        except SyncerError as error:
            log.warning("%s stays at the destination, remove it: %s", self.path, error.message)

    def _remove(self) -> None:
        with closing(self._opened()) as destination:
            destination.delete(self.path)
        self._there = False

    def _opened(self) -> Destination:
        """A new one each time: what was interrupted can't be used any more."""
        return open_destination(self._store)


def _content(body: bytes) -> Content:
    sha256 = hashlib.sha256(body).hexdigest()
    return Content(len(body), sha256, sha256, TEXT)


def _since(begun: float) -> str:
    return f"{(time.perf_counter() - begun) * 1000:.0f} ms"

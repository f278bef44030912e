"""The client of the Google Drive API: the metadata of a file, the files of a folder, and the bytes.

It only reads. All clients with the same credentials share one token and one rate limiter in a process.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from http import HTTPStatus
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

from syncer.connect.circuit import READING, Guarded, circuit_for
from syncer.connect.course import LONGEST_PAGE, Course
from syncer.connect.drive import errors as drive_errors
from syncer.connect.drive.account import Account
from syncer.connect.drive.bytes import DriveResponse
from syncer.connect.drive.files import FIELDS, DriveFile, file, file_page
from syncer.connect.drive.settings import DriveSettings
from syncer.connect.exact import Exact
from syncer.connect.rate_limiter import RateLimiter
from syncer.connect.retry import Policy, retry
from syncer.connect.web.client import WebSettings, http_client
from syncer.errors import SourceError
from syncer.protocols import CircuitBreaker, Pace

if TYPE_CHECKING:
    import httpx

PAGE = 1000
"""Files in a page: the most that the API allows."""

POLICY = Policy(attempts=4, total=60.0)
"""For transient errors other than limits; the run's patience may set less."""
TRIES = {drive_errors.LIMIT: 12, drive_errors.UNAVAILABLE: 5}
"""The most attempts for one request, by its error. Google counts limits by the minute."""


class _Identity(NamedTuple):
    """All that makes two `Account`s different."""

    credentials: Path | None
    api_key: str | None
    endpoint: str
    web: WebSettings
    process: int
    """Its number: a forked process must not share its parent's locks."""


class Drive:
    """The client of one worker. Its methods raise `SourceError`; `close` closes its connections."""

    def __init__(self, settings: DriveSettings, pace: Pace) -> None:
        """Nothing is read or requested before it is needed."""
        web = WebSettings(settings.ca, settings.connect_to)
        self._identity = _Identity(
            settings.credentials, settings.api_key, settings.endpoint, web, os.getpid()
        )
        self._files = f"{settings.endpoint}drive/v3/files"
        self._pace = pace
        self._host = urlsplit(settings.endpoint).netloc
        usual = pace.patience.retry
        self._policy = replace(
            POLICY,
            attempts=min(POLICY.attempts, usual.attempts),
            first_wait=min(POLICY.first_wait, usual.first_wait),
            longest_asked=usual.longest_asked,
        )
        self._http: httpx.Client | None = None

    def close(self) -> None:
        if self._http:
            self._http.close()
            self._http = None

    @property
    def email(self) -> str | None:
        """The address to share a folder with, if it is known."""
        return self._account().email

    def metadata(self, id_: str, resource_key: str | None = None) -> DriveFile:
        """The metadata of a file, folder or shared drive. Raises `source.missing` if it is not visible."""
        what = f"looking at {id_} in Google Drive"
        found = self._json(what, f"/{quote(id_, safe='')}", {"fields": FIELDS}, {id_: resource_key})
        return file(found, what)

    def folder(self, folder: DriveFile) -> Iterator[tuple[DriveFile, ...]]:
        """The files of a folder, one page at a time, without the trash. An incomplete list is an error."""
        what = f"listing the folder {folder.shown} in Google Drive"
        asked = {
            "q": f"'{folder.id}' in parents and trashed = false",
            "pageSize": str(PAGE),
            "fields": f"nextPageToken,incompleteSearch,files({FIELDS})",
            "includeItemsFromAllDrives": "true",
        }
        if folder.drive:
            asked |= {"corpora": "drive", "driveId": folder.drive}
        course = Course(what, SourceError, self._pace.patience)
        while True:
            files, following = course.ask(partial(self._page, what, asked, folder))
            yield tuple(course.new(files, attrgetter("id")))
            if not following:
                return
            course.follow(following)
            asked["pageToken"] = following

    def _page(
        self, what: str, asked: dict[str, str], folder: DriveFile
    ) -> tuple[tuple[DriveFile, ...], str | None]:
        keys = {folder.id: folder.resource_key}
        try:
            return file_page(self._json(what, "", asked, keys), what)
        except SourceError as error:
            # A folder may be shared with a user who is no member of its shared drive, and so can't see the
            # drive.
            if "driveId" not in asked or error.code not in ("source.missing", "source.denied"):
                raise
            del asked["driveId"], asked["corpora"]
            return file_page(self._json(what, "", asked, keys), what)

    @contextmanager
    def open(self, found: DriveFile, start: int = 0) -> Iterator[Exact]:
        """The bytes of the file from `start` on: as many as `found` says, or an error."""
        what = f"reading {found.shown} in Google Drive"
        size = found.size or 0
        if start and start >= size:  # the API refuses an empty range
            yield Exact(lambda _size: b"", 0, what)
            return
        path = f"/{quote(found.id, safe='')}"
        headers = {"Range": f"bytes={start}-"} if start else {}
        keys = {found.id: found.resource_key}

        def ask() -> DriveResponse:
            with self._asking(READING, proof=False):
                return self._opened(what, path, {"alt": "media"}, keys, headers)

        once = replace(self._policy, attempts=1)  # the transfer itself continues a broken download
        with retry(ask, self._pace, once, self._limiter()) as opened:
            media = opened.media(start, size, what)
            yield Exact(Guarded(media, self._circuit(READING), SourceError).read, None, what)

    # Requests

    def _json(
        self, what: str, path: str, params: Mapping[str, str], keys: Mapping[str, str | None]
    ) -> Mapping[str, Any]:
        def ask() -> Mapping[str, Any]:
            with self._asking(), self._opened(what, path, params, keys, {}) as opened:
                return opened.json(what, LONGEST_PAGE * self._pace.patience.give_up)

        return retry(ask, self._pace, self._policy, self._limiter())

    def _asking(self, doing: str = "", *, proof: bool = True) -> AbstractContextManager[None]:
        return self._circuit(doing).asking(SourceError, proof=proof)

    def _circuit(self, doing: str) -> CircuitBreaker:
        return circuit_for(self._pace, self._host, doing)

    def _opened(
        self,
        what: str,
        path: str,
        params: Mapping[str, str],
        keys: Mapping[str, str | None],
        headers: Mapping[str, str],
    ) -> DriveResponse:
        """A successful answer. A token that Google refuses is renewed once."""
        account, http = self._account(), self._client()
        named = ",".join(f"{id_}/{key}" for id_, key in keys.items() if key)
        headers = {**headers, **({"X-Goog-Drive-Resource-Keys": named} if named else {})}
        identity = account.headers(http)
        opened = self._send(http, path, params, {**headers, **identity})
        if opened.response.status_code == HTTPStatus.UNAUTHORIZED and account.renewable:
            opened.close()
            account.renew(http, identity)
            opened = self._send(http, path, params, {**headers, **account.headers(http)})
        if opened.response.is_success:
            return opened
        with opened:
            raise drive_errors.drive_error(
                what, opened.response.status_code, opened.response.headers, opened.body()
            )

    def _send(
        self, http: httpx.Client, path: str, params: Mapping[str, str], headers: Mapping[str, str]
    ) -> DriveResponse:
        return DriveResponse(http, self._files + path, {**params, "supportsAllDrives": "true"}, headers)

    def _client(self) -> httpx.Client:
        if self._http is None:
            self._http = http_client(self._identity.web, self._pace)
        return self._http

    def _account(self) -> Account:
        """Raises `SourceError` if the credentials file can't be used."""
        with _making:
            return _account(self._identity)

    def _limiter(self) -> RateLimiter:
        with _making:
            return _limiter(self._identity)


_making = threading.Lock()


@lru_cache(maxsize=16)
def _account(identity: _Identity) -> Account:
    return Account(identity.credentials, identity.api_key)


@lru_cache(maxsize=16)
def _limiter(identity: _Identity) -> RateLimiter:  # noqa: ARG001 - the key of the cache
    return RateLimiter(TRIES)

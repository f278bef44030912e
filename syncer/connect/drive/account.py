"""The identity for requests to Google: a service account, a user who gave access, or only an API key."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncer.connect.drive import errors as drive_errors
from syncer.connect.reasons import reason_of
from syncer.connect.web.errors import translating
from syncer.errors import OriginError, SourceError
from syncer.pipes import open_input
from syncer.settings.masked import masked
from syncer.settings.secret import reveal
from syncer.unsaid import keep_unsaid

if TYPE_CHECKING:
    import httpx

SCOPE = "https://www.googleapis.com/auth/drive.readonly"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - where tokens are had, no token
LARGEST_FILE = 64 * 1024
"""Bytes of a credentials file; they have about 2,000."""


class Account:
    """One identity, shared by all workers of a process. It never prints its secrets."""

    def __init__(self, credentials: Path | None, api_key: str | None) -> None:
        """Raises `SourceError` if Google's tools did not write the credentials file."""
        self._api_key = None if api_key is None else str.__str__(reveal(api_key))
        self._credentials: Any = None
        self._asking = threading.Lock()
        self.name = "the API key"
        """For messages."""
        self.email: str | None = None
        """The address to share a folder with, if it is known."""
        if credentials:
            self._credentials, self.email = _credentials(credentials)
            self.name = (
                f"the service account {self.email}" if self.email else f"the user of {credentials.name}"
            )

    def headers(self, http: httpx.Client) -> dict[str, str]:
        """The headers of a request: no secret is in a URL. Raises `SourceError` without a token."""
        if self._credentials is None:
            return {"X-Goog-Api-Key": self._api_key or ""}
        with self._asking:
            if not self._credentials.valid:
                self._ask(http)
            return {"Authorization": f"Bearer {self._credentials.token}"}

    @property
    def renewable(self) -> bool:
        return self._credentials is not None

    def renew(self, http: httpx.Client, refused: Mapping[str, str]) -> None:
        """Get a new token, unless another worker replaced the one in these headers already."""
        with self._asking:
            if refused["Authorization"] == f"Bearer {self._credentials.token}":
                self._ask(http)

    def _ask(self, http: httpx.Client) -> None:
        from google.auth.exceptions import GoogleAuthError

        try:
            self._credentials.refresh(_Transport(http, self.name))
        except GoogleAuthError as error:
            told = error.args[1] if len(error.args) > 1 else None
            raise drive_errors.no_grant(self.name, told) from None  # its text may quote a secret
        keep_unsaid(str(self._credentials.token or ""))


@dataclass(frozen=True, slots=True)
class _Answer:
    """The interface of `google.auth.transport.Response`."""

    status: int
    headers: Mapping[str, str]
    data: bytes


@dataclass(frozen=True, slots=True)
class _Transport:
    """The interface of `google.auth.transport.Request`. Waits and retries are ours, not google-auth's."""

    http: httpx.Client
    whose: str

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> _Answer:
        with network_errors(url):
            answer = self.http.request(method, url, content=body, headers=headers)
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS or answer.is_server_error:
            what = f"getting a token for {self.whose}"
            raise drive_errors.drive_error(what, answer.status_code, answer.headers, answer.content)
        if answer.is_success and not _is_object(answer.content):  # google-auth does not check that
            raise SourceError(
                f"getting a token for {self.whose}: the answer is not a JSON object",
                code="source.answer",
                hint=_ONLINE,
                transient=True,
            )
        return _Answer(answer.status_code, answer.headers, answer.content)


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


_CODES = {"origin.unreachable": "source.unreachable", "origin.tls": "source.tls"}
_ONLINE = "check this machine's network, and firewalls and proxies in between"


@contextmanager
def network_errors(url: str) -> Iterator[None]:
    """Exceptions of the network become `SourceError`."""
    try:
        with translating(url):
            yield
    except OriginError as error:
        code = _CODES.get(error.code, "source.answer")
        raise SourceError(error.message, code=code, hint=_ONLINE, transient=error.transient) from error


def _credentials(file: Path) -> tuple[Any, str | None]:
    """The credentials of google-auth, and the e-mail address of a service account."""
    from google.oauth2 import credentials, service_account

    info = _read(file)
    for name in ("refresh_token", "client_secret", "private_key"):
        keep_unsaid(str(info.get(name) or ""))
    service: Any = service_account.Credentials
    user: Any = credentials.Credentials
    try:
        if info.get("type") == "service_account":
            return service.from_service_account_info(info, scopes=[SCOPE]), str(info["client_email"])
        if info.get("refresh_token"):
            # No scope: Google refuses one that the user did not agree to.
            made = user.from_authorized_user_info({**info, "expiry": None, "token": None, "scopes": None})
            return made.with_token_uri(info.get("token_uri") or TOKEN_URL), None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _no_credentials(
            file, "it is incomplete", "get a new one from the Google Cloud console"
        ) from None
    if "installed" in info or "web" in info:
        raise _no_credentials(
            file,
            "it holds an OAuth client, but no user's consent",
            "set credentials to the file with the refresh_token, or to that of a service account",
        )
    raise _no_credentials(
        file,
        "it holds no service account and no user's refresh_token",
        "docs/config.md says how to get one",
    )


def _read(file: Path) -> Mapping[str, Any]:
    try:
        with open_input(file) as stream:
            content = stream.read(LARGEST_FILE + 1)
        info = json.loads(content)
    except OSError as error:
        raise _no_credentials(file, reason_of(error), "check credentials") from None
    except (ValueError, RecursionError):
        info = None
    if not isinstance(info, dict):
        raise _no_credentials(
            file, "it is not a JSON file", "set credentials to the unchanged file from Google"
        )
    return info


def _no_credentials(file: Path, why: str, hint: str) -> SourceError:
    return SourceError(
        f"the credentials file {masked(str(file))} can't be used: {why}", code="source.credentials", hint=hint
    )

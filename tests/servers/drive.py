"""Google Drive's API as its documentation describes it, on the loopback device: no real server is to be had.

It refuses what the documentation forbids, and misbehaves as told: `Drive.every`, `limit`, `faults`.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
DOCUMENT = "application/vnd.google-apps.document"
EMAIL = "robot@project.iam.gserviceaccount.com"
API_KEY = "AIzaTestKeyTestKey"
REFRESH_TOKEN = "1//refresh"
AUDIENCE = "https://oauth2.googleapis.com/token"
"""What a service account's grant is for, wherever it is sent."""


@dataclass
class Item:
    id: str
    name: str
    mime: str
    parent: str
    data: bytes | None = None
    revision: int = 1
    created: int = 0
    trashed: bool = False
    drive: str | None = None
    target: str | None = None
    resource_key: str | None = None
    can_download: bool = True
    can_list: bool = True
    """Of a folder: whether more than its name may be seen."""
    public: bool = False
    shared: bool = True
    """With the service account and the user."""


@dataclass
class Drive:
    port: int = 0
    items: dict[str, Item] = field(default_factory=dict)
    page: int = 1000
    """Files that it gives at most, whatever is asked for."""
    every: int = 0
    """One request in so many is limited; 0 is none."""
    retry_after: str | None = None
    refuse: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Status and reason, by the id of a file whose bytes are asked for, or `list` and `token`."""
    cut: dict[str, int] = field(default_factory=dict)
    """Bytes after which a body breaks off, once, by id."""
    changes: dict[str, bytes] = field(default_factory=dict)
    """What a file holds once its bytes are asked for, by id: at once, or after a body that breaks off."""
    lie: dict[str, int] = field(default_factory=dict)
    """Bytes that Content-Length says too many, by id."""
    incomplete: bool = False
    circle: bool = False
    """After its last page comes its first."""
    endless: bool = False
    """After its last page comes an empty one, for ever."""
    member: bool = True
    """Of the shared drives, not only somebody whom a folder in them is shared with."""
    lifetime: int = 3600
    """Seconds that a token is said to hold."""
    tokens: set[str] = field(default_factory=set)
    """Those that are taken."""
    asked: int = 0
    limited: int = 0
    downloads: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self.add("top", FOLDER, "", id_="folder0000")

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def add(self, name: str, mime: str = "video/mp4", parent: str = "folder0000", **others: Any) -> Item:
        number = next(self._numbers)
        id_ = others.pop("id_", None) or f"id{number:08d}{hashlib.md5(str(number).encode()).hexdigest()[:10]}"  # noqa: S324 - any letters will do
        drive = others.pop("drive", None) or (self.items[parent].drive if parent in self.items else None)
        item = Item(id_, name, mime, parent, created=number, drive=drive, **others)
        self.items[id_] = item
        return item

    def put(self, key: str, data: bytes) -> Item:
        *folders, name = key.split("/")
        parent = "folder0000"
        for each in folders:
            found = self.child(parent, each)
            parent = (found or self.add(each, FOLDER, parent)).id
        item = self.child(parent, name) or self.add(name, parent=parent)
        item.data, item.revision = data, item.revision + 1
        return item

    def remove(self, key: str) -> None:
        parent = "folder0000"
        for each in key.split("/"):
            item = self.child(parent, each)
            assert item
            parent = item.id
        del self.items[parent]

    def child(self, parent: str, name: str) -> Item | None:
        return next((i for i in self.items.values() if (i.parent, i.name) == (parent, name)), None)

    def account(self, folder: Path, name: str = "account.json") -> Path:
        """The key file of a service account that may see what is shared."""
        file = folder / name
        info = {
            "type": "service_account",
            "client_email": EMAIL,
            "private_key_id": "1",
            "private_key": _private_key(),
            "token_uri": f"{self.endpoint}token",
        }
        file.write_text(json.dumps(info))
        return file

    def user(self, folder: Path) -> Path:
        file = folder / "user.json"
        info = {
            "type": "authorized_user",
            "client_id": "client",
            "client_secret": "client-secret",
            "refresh_token": REFRESH_TOKEN,
            "token_uri": f"{self.endpoint}token",
        }
        file.write_text(json.dumps(info))
        return file

    def over_limit(self) -> bool:
        with self._lock:
            self.asked += 1
            over = bool(self.every) and self.asked % self.every == 0
            self.limited += over
            return over

    def record(self, item: Item) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": item.id,
            "name": item.name,
            "mimeType": item.mime,
            "trashed": item.trashed,
        }
        told["createdTime"] = time.strftime(
            "%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(1_700_000_000 + item.created)
        )
        told["modifiedTime"] = time.strftime(
            "%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(1_700_000_000 + item.created + 1000 * item.revision)
        )
        told["capabilities"] = {"canDownload": item.can_download, "canListChildren": item.can_list}
        if item.drive:
            told["driveId"] = item.drive
        if item.resource_key:
            told["resourceKey"] = item.resource_key
        if item.data is not None:
            told |= {
                "size": str(len(item.data)),
                "md5Checksum": hashlib.md5(item.data).hexdigest(),  # noqa: S324 - as Drive has it
                "headRevisionId": f"rev{item.revision}",
            }
            if item.created % 2:  # it is missing sometimes
                told["sha256Checksum"] = hashlib.sha256(item.data).hexdigest()
        if item.target is not None:
            target = self.items.get(item.target)
            told["shortcutDetails"] = {
                "targetId": item.target,
                "targetMimeType": target.mime if target else FOLDER if "folder" in item.name else "video/mp4",
            }
            if target and target.resource_key:
                told["shortcutDetails"]["targetResourceKey"] = target.resource_key
        return told


class _Refused(Exception):  # noqa: N818 - reads as what happened
    def __init__(self, status: int, reason: str, message: str = "no") -> None:
        super().__init__(reason)
        self.status, self.reason, self.message = status, reason, message


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    drive: Drive

    def log_message(self, *_: object) -> None:
        """Tests say what they saw."""

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if "token" in self.drive.refuse:
            status, reason = self.drive.refuse["token"]
            self._answer(status, {"error": reason, "error_description": "secret-looking words"})
            return
        if not _granted(form):
            self._answer(400, {"error": "invalid_grant"})
            return
        token = f"ya29.{next(self.drive._numbers)}"  # noqa: SLF001 - its own server
        self.drive.tokens.add(token)
        self._answer(200, {"access_token": token, "expires_in": self.drive.lifetime, "token_type": "Bearer"})

    def do_GET(self) -> None:
        try:
            if self.drive.over_limit():
                raise self._limited()
            self._get()
        except _Refused as refused:
            error = {
                "code": refused.status,
                "message": refused.message,
                "errors": [{"domain": "global", "reason": refused.reason, "message": refused.message}],
            }
            headers = {"Retry-After": self.drive.retry_after} if self.drive.retry_after else {}
            self._answer(refused.status, {"error": error}, headers)

    def _limited(self) -> _Refused:
        if self.drive.limited % 2:
            return _Refused(403, "userRateLimitExceeded", "User Rate Limit Exceeded")
        return _Refused(429, "rateLimitExceeded", "Too many requests")

    def _get(self) -> None:
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        by_key = self._identified(asked)
        if url.path == "/drive/v3/files":
            self._list(asked, by_key)
            return
        found = re.fullmatch("/drive/v3/files/([^/]+)", url.path)
        item = self._visible(found[1] if found else "", asked, by_key=by_key)
        if asked.get("alt") == "media":
            self._media(item)
        else:
            self._answer(200, self.drive.record(item) if "fields" in asked else {"id": item.id})

    def _identified(self, asked: dict[str, str]) -> bool:
        """Whether it comes with no more than an API key."""
        key = self.headers.get("X-Goog-Api-Key") or asked.get("key")
        if key:
            if key != API_KEY:
                raise _Refused(400, "keyInvalid", "API key not valid. Please pass a valid API key.")
            return True
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.drive.tokens:
            raise _Refused(401, "authError", "Invalid Credentials")
        return False

    def _visible(self, id_: str, asked: dict[str, str], *, by_key: bool) -> Item:
        item = self.drive.items.get(id_)
        if (
            item is None
            or (by_key and not item.public)
            or (not by_key and not item.shared)
            or (item.drive and asked.get("supportsAllDrives") != "true")
            or (item.resource_key and f"{id_}/{item.resource_key}" not in self._resource_keys())
        ):
            raise _Refused(404, "notFound", f"File not found: {id_}.")
        return item

    def _resource_keys(self) -> list[str]:
        return self.headers.get("X-Goog-Drive-Resource-Keys", "").split(",")

    def _list(self, asked: dict[str, str], by_key: bool) -> None:  # noqa: FBT001 - of its own class
        if "list" in self.drive.refuse:
            raise _Refused(*self.drive.refuse["list"])
        query = re.fullmatch(r"'([\w-]+)' in parents and trashed ?= ?false", asked.get("q", ""))
        size = int(asked.get("pageSize", "100"))
        if not query or not 1 <= size <= 1000:
            raise _Refused(400, "invalid", "Invalid Value")
        if asked.get("includeItemsFromAllDrives") == "true" and asked.get("supportsAllDrives") != "true":
            raise _Refused(403, "teamDrivesParameterRequired")
        if (asked.get("corpora") == "drive") != ("driveId" in asked):
            raise _Refused(400, "invalid", "corpora and driveId belong together")
        if "driveId" in asked and not self.drive.member:
            raise _Refused(404, "notFound", "Shared drive not found")
        all_drives = asked.get("includeItemsFromAllDrives") == "true"
        held = [
            item
            for item in self.drive.items.values()
            if item.parent == query[1]
            and self.drive.items[item.parent].can_list
            and not item.trashed
            and (item.public if by_key else item.shared)
            and (all_drives or not item.drive)
            and asked.get("driveId") in (None, item.drive)
        ]
        start, size = int(asked.get("pageToken", "0")), min(size, self.drive.page)
        told: dict[str, Any] = {"files": [self.drive.record(item) for item in held[start : start + size]]}
        if start + size < len(held):
            told["nextPageToken"] = str(start + size)
        elif self.drive.circle:
            told["nextPageToken"] = "0"
        elif self.drive.endless:
            told["nextPageToken"] = str(start + size)
        if self.drive.incomplete:
            told["incompleteSearch"] = True
        self._answer(200, told)

    def _media(self, item: Item) -> None:
        if item.id in self.drive.refuse:
            raise _Refused(*self.drive.refuse[item.id])
        if item.data is None:
            raise _Refused(403, "fileNotDownloadable")
        if not item.can_download:
            raise _Refused(403, "insufficientFilePermissions")
        self.drive.downloads.append(item.name)
        changed = self.drive.changes.pop(item.id, item.data)
        if item.id not in self.drive.cut:
            item.data = changed
        data, total = item.data, len(item.data)
        ranged = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(ranged[1]) if ranged else 0
        if ranged and start >= total:
            raise _Refused(416, "requestedRangeNotSatisfiable")
        self.send_response(206 if ranged else 200)
        if ranged:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.send_header("Content-Length", str(total - start + self.drive.lie.get(item.id, 0)))
        self.send_header("Content-Type", item.mime)
        self.end_headers()
        cut = self.drive.cut.pop(item.id, None)
        item.data = changed
        self.wfile.write(data[start:] if cut is None else data[start : start + cut])
        if cut is not None or item.id in self.drive.lie:
            self.close_connection = True

    def _answer(self, status: int, told: object, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving() -> Iterator[Drive]:
    drive = Drive()
    handler = type("Handler", (_Handler,), {"drive": drive})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        drive.port = server.server_port
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield drive
        finally:
            server.shutdown()
            thread.join()


def _granted(form: dict[str, list[str]]) -> bool:
    if form.get("grant_type") == ["refresh_token"]:
        return form.get("refresh_token") == [REFRESH_TOKEN] and form.get("client_secret") == ["client-secret"]
    if form.get("grant_type") != ["urn:ietf:params:oauth:grant-type:jwt-bearer"]:
        return False
    from google.auth import jwt

    try:
        claims: Any = jwt.decode(  # type: ignore[no-untyped-call]
            form["assertion"][0], certs=_public_key(), audience=AUDIENCE
        )
    except ValueError:
        return False
    return bool(claims["iss"] == EMAIL) and bool(
        claims["scope"] == "https://www.googleapis.com/auth/drive.readonly"
    )


@lru_cache(maxsize=1)
def _key() -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _private_key() -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made: bytes = _key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.decode()


def _public_key() -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    made: bytes = _key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return made.decode()

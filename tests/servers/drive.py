"""Google Drive's API as its documentation describes it, on the loopback device, as there is no real server
for tests.

It refuses requests that the documentation forbids, and misbehaves on demand: `Drive.every`, `limit`,
`faults`.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers.drive_accounts import EMAIL, REFRESH_TOKEN, private_key

FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
DOCUMENT = "application/vnd.google-apps.document"


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
    """Whether the files of a folder are visible, and not only its name."""
    public: bool = False
    shared: bool = True
    """Whether it is shared with the service account and the user."""


@dataclass
class Drive:
    port: int = 0
    items: dict[str, Item] = field(default_factory=dict)
    page: int = 1000
    """The most files in one page, whatever is requested."""
    every: int = 0
    """Every Nth request is refused as over the limit; 0 is none."""
    retry_after: str | None = None
    refuse: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Status and reason, by the id of a requested file, or `list` and `token`."""
    cut: dict[str, int] = field(default_factory=dict)
    """Bytes after which a body is cut, once, by id."""
    changes: dict[str, bytes] = field(default_factory=dict)
    """New bytes of a file, by id: from its first request on, or after a cut body."""
    lie: dict[str, int] = field(default_factory=dict)
    """Bytes that Content-Length is too large by, by id."""
    incomplete: bool = False
    circle: bool = False
    """Whether the first page follows the last one."""
    endless: bool = False
    """Whether endless empty pages follow the last one."""
    member: bool = True
    """Whether the account is a member of the shared drives, and does not only see one folder."""
    lifetime: int = 3600
    """Seconds until a token expires, as announced."""
    tokens: set[str] = field(default_factory=set)
    """The accepted tokens."""
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
        """The key file of a service account that may read shared files."""
        file = folder / name
        info = {
            "type": "service_account",
            "client_email": EMAIL,
            "private_key_id": "1",
            "private_key": private_key(),
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

"""The HTTP answers of the Drive of the tests: as documented, or wrong on demand."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.drive import Drive, Item
from tests.servers.drive_accounts import API_KEY, granted


class _Refused(Exception):  # noqa: N818 - reads as what happened
    def __init__(self, status: int, reason: str, message: str = "no") -> None:
        super().__init__(reason)
        self.status, self.reason, self.message = status, reason, message


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    drive: Drive

    def log_message(self, *_: object) -> None:
        """No log, as tests check the requests themselves."""

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if "token" in self.drive.refuse:
            status, reason = self.drive.refuse["token"]
            self._answer(status, {"error": reason, "error_description": "secret-looking words"})
            return
        if not granted(form):
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
        """Whether the request has only an API key."""
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

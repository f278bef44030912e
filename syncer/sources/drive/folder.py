"""Which folder a link leads to. Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from syncer.urls.links import recognise

_ID = re.compile(r"[A-Za-z0-9_-]{10,200}")
MY_DRIVE = "root"
"""The API's name for the topmost folder of a user."""


def folder_id(text: str) -> tuple[str, str | None]:
    """The id in a link, or the id itself, and the resource key that some old links have.

    Raises `ValueError` with a sentence that says what is wrong.
    """
    if text == MY_DRIVE or _ID.fullmatch(text):
        return text, None
    url = text if "://" in text else f"https://{text}"
    link = recognise(url)
    path = urlsplit(url).path if link.store else ""
    if link.kind not in ("drive-folder", "drive-page") and "drive" not in link.kind + link.store.lower():
        raise ValueError(
            "must be a link such as https://drive.google.com/drive/folders/…, or the id at the end of it"
        )
    if link.kind not in ("drive-folder", "drive-page") or "/d/" in path:
        raise ValueError("leads to a file, not to a folder: name the folder that it lies in")
    id_ = link.identity.rpartition("/")[2]
    if not _ID.fullmatch(id_):
        raise ValueError("names no folder: open the folder in Drive and take the link from there")
    keys = [
        key for key in parse_qs(urlsplit(url).query).get("resourcekey", ()) if re.fullmatch(r"[\w-]+", key)
    ]
    return id_, keys[0] if keys else None

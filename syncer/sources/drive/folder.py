"""The folder in a link. Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from syncer.urls.links import recognise

_ID = re.compile(r"[A-Za-z0-9_-]{10,200}")
MY_DRIVE = "root"
"""The API's name for the root folder of a user."""


def folder_id(text: str) -> tuple[str, str | None]:
    """The id of a folder, from a link or as it is, and the resource key that some old links have.

    Raises `ValueError` with a message for the user.
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
        raise ValueError("is the link of a file, not of a folder: use the link of its folder")
    id_ = link.identity.rpartition("/")[2]
    if not _ID.fullmatch(id_):
        raise ValueError("is not the link of a folder: open the folder in Drive and copy its link")
    keys = [
        key for key in parse_qs(urlsplit(url).query).get("resourcekey", ()) if re.fullmatch(r"[\w-]+", key)
    ]
    return id_, keys[0] if keys else None

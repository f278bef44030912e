"""Which links lead to media on storage that nobody verified: by their text alone."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from syncer.links import recognise
from syncer.media import by_name

FILES = frozenset(
    f"{store}-{form}"
    for store in ("drive", "dropbox", "onedrive", "github")
    for form in ("page", "download", "direct", "api")
) - {"github-page"}
"""Kinds of links that are shared for one file."""
MEDIA = ("video/", "image/")


def is_media_link(url: str) -> bool:
    """True of what is signed, shared as one file, or kept in an object store, and of what ends as media does;
    false of pages, folders, documents, and of what gives no sign of being media.
    """
    link = recognise(url)
    if link.kind in FILES:
        return "/" in link.identity
    if link.answers:
        return False
    try:
        name = unquote(urlsplit(url).path).rpartition("/")[2]
    except ValueError:
        return False
    kind = by_name(name)
    if kind.startswith(MEDIA):
        return True
    known_as_other = "." in name and kind != "application/octet-stream"
    return not known_as_other and bool(link.signed or (link.bucket and link.key))

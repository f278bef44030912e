"""Which links of a document are requested, by their text alone.

A GET may unsubscribe somebody, confirm an order or log in. So a link is requested only if it leads to a file:

1. a name that ends as videos and photos do (`…/clip.mp4`, `…/photo.jpg?w=2`), except on pages;
2. a link that a service shares for one file (Drive, Dropbox, OneDrive, Box, Vimeo);
3. an object in a bucket of a store whose host is known, signed or not;
4. a signature that only storage and its delivery networks write (`X-Amz-Signature`, `X-Goog-Signature`,
   CloudFront's, Azure's, …). A parameter `token`, `sig` or `signature` alone is none;
5. a host that delivers nothing but pictures and videos (`lh3.googleusercontent.com`, Cloudinary's, …).

A name that ends as something else does (`.pdf`, `.html`, `.zip`) is requested in none of the cases 2 to 5.
"""

from __future__ import annotations

import re
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from syncer.links import recognise
from syncer.media import UNKNOWN, by_name

MEDIA = ("video/", "image/")


class Kind(StrEnum):
    MEDIA = "media"
    """Requested."""
    PAGE = "page"
    """A page or a folder of a service where people keep files: not requested, but listed."""
    UNSURE = "unsure"
    """It is signed, and nothing says that it is media: not requested, but listed."""
    OTHER = "other"
    """No link to media."""


def kind_of(url: str) -> Kind:
    """Pure; never raises."""
    link = recognise(url)
    named = _named(url)
    if link.file and (named == UNKNOWN or named.startswith(MEDIA)):
        return Kind.MEDIA
    if link.answers or link.file:
        return Kind.PAGE if link.holds else Kind.OTHER
    if named.startswith(MEDIA):
        return Kind.MEDIA
    unsure = link.signed and named == UNKNOWN and not _ACTION.search(url)
    return Kind.UNSURE if unsure else Kind.OTHER


def reason(url: str) -> str | None:
    """Why a link that may stand for media is not requested; `None` for all others."""
    kind, link = kind_of(url), recognise(url)
    if kind is Kind.PAGE:
        what = "a folder" if link.kind.endswith("-folder") else "a page"
        return f"it is {what} of {link.store}, not a file: put the link of the file itself in its place"
    if kind is Kind.UNSURE:
        return (
            "nothing in it says that it leads to media, so it was not requested; in CSV and JSON,"
            " --column NAME requests every link of a column"
        )
    return None


_ACTION = re.compile(
    r"unsubscri|opt.?out|reset|passw|confirm|verif|activat|invit|log.?(?:in|out)\b|sign.?(?:in|up|out)\b|oauth"
    r"|callback|approve|accept|delete|remove|preferences|magic",
    re.IGNORECASE,
)
"""What links in mails do."""


def _named(url: str) -> str:
    """The media type that the name at its end stands for."""
    try:
        name = unquote(urlsplit(url).path).rpartition("/")[2]
    except ValueError:
        return UNKNOWN
    return by_name(name) if "." in name else UNKNOWN

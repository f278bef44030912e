"""Which links of a document are requested, by their text alone.

A GET may unsubscribe somebody, confirm an order or log in. So a link is requested only if it leads to a file:

1. its name has an ending of media that a platform accepts (`…/clip.mp4`, `…/photo.jpg?w=2`), except on pages,
   and if opening it may do something (`_acts`) or count the reader (`_counts`). Other media (`.png`, `.heic`,
   `.avi`, …) only without a query, or with a query of delivery parameters. Never `.gif`, `.svg`, `.bmp`, as
   tracking pixels and icons have these endings;
2. a service shares it for one file (Drive, Dropbox, OneDrive, Box, Vimeo);
3. it is an object in a bucket of a known store, signed or not;
4. it has a signature of storage and its delivery networks (`X-Amz-Signature`, `X-Goog-Signature`,
   CloudFront's, Azure's, …). A parameter `token`, `sig` or `signature` alone is not enough;
5. its host serves only pictures and videos (`lh3.googleusercontent.com`, Cloudinary's, …).

In cases 2 to 5, a name with another ending (`.pdf`, `.html`, `.zip`) is not requested.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from syncer.migrate.documents.actions import host_acts, is_bare_verb, may_act, speaks_of_action
from syncer.probe.media_types import TYPES, UNKNOWN, by_name
from syncer.urls.links import recognise

MEDIA = ("video/", "image/")
TAKEN = frozenset({"video/mp4", "video/quicktime", "video/webm", "image/jpeg", "image/webp"})
"""Types that a platform accepts."""
KEPT = frozenset(
    kind
    for kind in TYPES.values()
    if kind.startswith(MEDIA) and kind not in ("image/gif", "image/svg+xml", "image/bmp")
)
"""Types that can be converted to these, or that may be one of these under a wrong name."""


class LinkKind(StrEnum):
    MEDIA = "media"
    """Requested."""
    PAGE = "page"
    """A page or a folder of a service where people store files: not requested, but listed."""
    UNSURE = "unsure"
    """Signed without a sign of media, or opening it may do something: not requested, but listed."""
    OTHER = "other"
    """Not a link to media."""


@lru_cache(maxsize=1024)  # documents repeat their links
def kind_of(url: str) -> LinkKind:
    """Pure; never raises."""
    link = recognise(url)
    named = _named(url)
    if link.file and (named == UNKNOWN or named.startswith(MEDIA)):
        return LinkKind.MEDIA
    if link.answers or link.file:
        return LinkKind.PAGE if link.holds else LinkKind.OTHER
    if named in TAKEN or named in KEPT:
        return LinkKind.UNSURE if _acts(url, named) or _counts(url, named) else LinkKind.MEDIA
    unsure = link.signed and named == UNKNOWN and not _ACTION.search(url)
    return LinkKind.UNSURE if unsure else LinkKind.OTHER


def reason(url: str) -> str | None:
    """Why a link that may lead to media is not requested; `None` for all other links."""
    kind, link = kind_of(url), recognise(url)
    if kind is LinkKind.PAGE:
        what = "a folder" if link.kind.endswith("-folder") else "a page"
        return f"it is {what} of {link.store}, not a file: use the link of the file itself instead"
    if kind is LinkKind.UNSURE:
        how = "in CSV and JSON, --column NAME requests every link of a column"
        return f"{_doubt(url)}, so it was not requested; {how}"
    return None


def _doubt(url: str) -> str:
    named = _named(url)
    if named == UNKNOWN:
        return "nothing in the link says that it leads to media"
    if _acts(url, named):
        return "its address reads like an action (unsubscribe, cancel, delete, confirm, …)"
    return "it has the name of media, but opening it may count or confirm something"


def _counts(url: str, named: str) -> bool:
    """Whether opening it may tell who opened it."""
    query = _query(url)
    if not _asks(query):
        return False
    if named not in TAKEN:
        return True
    stem = unquote(urlsplit(url).path).rpartition("/")[2].rpartition(".")[0]
    if _ACTION.search(stem) or _COUNTS.search(stem) or speaks_of_action(stem) or is_bare_verb(stem):
        return True
    return named.startswith("image/") and any(
        _PERSON.fullmatch(name) or "@" in value for name, value in query
    )


def _acts(url: str, named: str) -> bool:
    """Whether its host, folders, name or query mean that opening it does something."""
    query = _query(url)
    is_picture = named.startswith("image/")
    return host_acts(url) or may_act(urlsplit(url).path, query, asks=_asks(query), picture=is_picture)


def _query(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query.replace("&amp;", "&"), keep_blank_values=True, errors="replace")


def _asks(query: list[tuple[str, str]]) -> bool:
    """Whether it has more than parameters of the delivery."""
    return not all(_DELIVERY.fullmatch(name) for name, _ in query)


_ACTION = re.compile(
    r"unsubscri|opt.?out|reset|passw|confirm|verif|activat|invit|log.?(?:in|out)\b|sign.?(?:in|up|out)\b|oauth"
    r"|callback|approve|accept|delete|remove|preferences|magic",
    re.IGNORECASE,
)
"""Actions of links in mails."""
_COUNTS = re.compile(
    r"(?:^|[^a-z])(?:cancel|track(?:ing|er)?|pixel|beacon|open(?:ed)?|click|spacer|blank|1x1|ping|count(?:er)?|read|seen)"
    r"(?:$|[^a-z])",
    re.IGNORECASE,
)
"""Names of pictures in mails that count their readers."""
_PERSON = re.compile(
    r"(?:u|us(?:er|r)|e?mail|e-mail|em|subscriber|sub|recipient|rcpt|contact|customer|member|account|person|mc)"
    r"(?:[-_]?(?:id|uid|eid|key|hash|address))?|uid|uuid|eid|upn",
    re.IGNORECASE,
)
"""Names of parameters that identify the reader."""
_DELIVERY = re.compile(
    r"w|h|width|height|v|ver|version|rev|q|quality|fit|crop|rect|resize|size|sz|scale|dpr|zoom|fm|format|output|auto"
    r"|bg|blur|sharp|strip|ssl|ts?|m?time(?:stamp)?|date|modified|cb|_|raw|dl|download|disposition|response-[a-z-]+|name"
    r"|im(?:width|height|policy)|itok|lossy|optimize|upscale|enable|gravity|mode|profile|s|as|max-?(?:w|h|width|height)",
    re.IGNORECASE,
)
"""Names of parameters that only say how, or in which version, the file is delivered."""


def _named(url: str) -> str:
    """The media type by the ending of its name; marks after the name are ignored."""
    try:
        name = re.sub(r"\W+$", "", unquote(urlsplit(url).path).rpartition("/")[2])
    except ValueError:
        return UNKNOWN
    return by_name(name) if "." in name else UNKNOWN

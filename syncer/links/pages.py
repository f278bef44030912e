"""Links that people share: they open a web page, or lead to the bytes by a redirect."""

from __future__ import annotations

import re
from dataclasses import dataclass

from syncer.links.expiry import Query

HTML = "a web page"
REDIRECT = "a redirect"
LARGE = "a web page where the file is large"


@dataclass(frozen=True, slots=True)
class Page:
    kind: str
    store: str
    answers: str | None
    """What comes instead of the bytes; `None`: the bytes do."""
    identity: str | None
    """Host and id; `None` where no id was found."""
    needs: tuple[str, ...]
    """Names of parameters without which it does not open."""


@dataclass(frozen=True, slots=True)
class Row:
    kind: str
    store: str
    pattern: str
    """In host + path, from the start; the group `id` names the object, or else a parameter of `ids`."""
    answers: str | None = HTML
    ids: tuple[str, ...] = ()
    home: str = ""
    needs: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    """Only with these parameters, and not as `0`."""


def page(host: str, path: str, query: Query) -> Page | None:
    """`None` for what is no such link."""
    for row in ROWS:
        found = re.match(row.pattern, host + path)
        if not found or (row.given and not any(query.get(name, "0") != "0" for name in row.given)):
            continue
        needs = tuple(name for name in row.needs if query.get(name))
        name = found.groupdict().get("id") or _id(row.ids, query)
        return Page(row.kind, row.store, row.answers, f"{row.home or host}/{name}" if name else None, needs)
    return None


def _id(names: tuple[str, ...], query: Query) -> str | None:
    """Letters and digits; whatever else stands there is not repeated."""
    values = (query.get(name, "") for name in names)
    return next((value for value in values if re.fullmatch("[A-Za-z0-9_-]{1,200}", value)), None)


_DRIVE = "Google Drive"
_KEY = ("resourcekey",)
_BOX = "dropbox.com"

ROWS: tuple[Row, ...] = (
    Row(
        "drive-folder",
        _DRIVE,
        r"drive\.google\.com/(?:drive/.*)?folders/(?P<id>[^/]+)",
        needs=_KEY,
        home="drive.google.com",
    ),
    Row(
        "drive-download",
        _DRIVE,
        r"(?:drive|docs)\.google\.com/(?:.*/)?uc$",
        REDIRECT,
        ("id",),
        "drive.google.com",
        _KEY,
    ),
    Row(
        "drive-direct",
        _DRIVE,
        r"drive\.usercontent\.google\.com/(?:.*/)?(?:download|uc)$",
        LARGE,
        ("id",),
        "drive.google.com",
        _KEY,
    ),
    Row(
        "drive-api",
        _DRIVE,
        r"(?:www|content)\.googleapis\.com/drive/v[23]/files/(?P<id>[^/]+)$",
        None,
        home="drive.google.com",
    ),
    Row(
        "docs-page",
        "Google Docs",
        r"docs\.google\.com/(?:.*/)?(?:document|spreadsheets|presentation|forms|drawings)/(?:.*/)?d/(?:e/)?(?P<id>[^/]+)",
        home="drive.google.com",
    ),
    Row(
        "drive-page",
        _DRIVE,
        r"(?:drive|docs)\.google\.com/(?:.*/)?d/(?:e/)?(?P<id>[^/]+)",
        home="drive.google.com",
        needs=_KEY,
    ),
    Row("drive-page", _DRIVE, r"(?:drive|docs)\.google\.com/", HTML, ("id",), "drive.google.com", _KEY),
    Row("gcs-page", "Google Cloud Storage", r"storage\.cloud\.google\.com/"),
    Row("photos-page", "Google Photos", r"(?:photos\.app\.goo\.gl|photos\.google\.com)/"),
    Row(
        "dropbox-folder",
        "Dropbox",
        r"(?:www\.)?dropbox\.com/(?:sh|scl/fo)/(?P<id>.+)",
        home=_BOX,
        needs=("rlkey",),
    ),
    Row(
        "dropbox-download",
        "Dropbox",
        r"(?:www\.)?dropbox\.com/(?P<id>(?:s|scl/fi)/[^/]+/[^/]+)",
        REDIRECT,
        (),
        _BOX,
        ("rlkey",),
        ("dl", "raw"),
    ),
    Row(
        "dropbox-page",
        "Dropbox",
        r"(?:www\.)?dropbox\.com/(?P<id>(?:s|scl/fi)/[^/]+/[^/]+)",
        home=_BOX,
        needs=("rlkey",),
    ),
    Row("dropbox-page", "Dropbox", r"(?:www\.)?dropbox\.com/"),
    Row("dropbox-page", "Dropbox", r"db\.tt/", REDIRECT),
    Row(
        "dropbox-direct",
        "Dropbox",
        r"dl\.dropboxusercontent\.com/(?P<id>(?:s|scl/fi)/[^/]+/[^/]+)",
        None,
        (),
        _BOX,
        ("rlkey",),
    ),
    Row("onedrive-page", "OneDrive", r"1drv\.ms/", REDIRECT),
    Row("onedrive-download", "OneDrive", r"onedrive\.live\.com/download", REDIRECT, needs=("authkey",)),
    Row("onedrive-download", "OneDrive", r"api\.onedrive\.com/v1\.0/shares/", REDIRECT),
    Row("onedrive-page", "OneDrive", r"onedrive\.live\.com/", needs=("authkey",)),
    Row("onedrive-direct", "OneDrive", r"[^/]+/.*_layouts/15/download\.aspx$", None, given=("tempauth",)),
    Row("onedrive-download", "OneDrive", r"[^/]+\.sharepoint\.com/", REDIRECT, given=("download",)),
    Row("onedrive-page", "OneDrive", r"[^/]+\.sharepoint\.com/"),
    Row("icloud-page", "iCloud", r"(?:www|share)\.icloud\.com/"),
    Row("wetransfer-page", "WeTransfer", r"(?:we\.tl|(?:[^/]+\.)?wetransfer\.com)/"),
    Row("mega-page", "MEGA", r"mega\.(?:co\.)?nz/(?:file/(?P<id>[\w-]+))?"),
    Row("box-page", "Box", r"(?:[^/]+\.)?box\.com/"),
    Row("mediafire-page", "MediaFire", r"www\.mediafire\.com/"),
    Row("github-page", "GitHub", r"github\.com/[^/]+/[^/]+/(?:blob|tree)/"),
    Row("github-download", "GitHub", r"github\.com/[^/]+/[^/]+/(?:raw|releases/download)/", REDIRECT),
    Row(
        "youtube-page",
        "YouTube",
        r"(?:www\.|m\.)?youtube\.com/(?:shorts/|embed/|live/)?(?P<id>(?<=/)[\w-]{11}$)?",
        HTML,
        ("v",),
        "youtube.com",
    ),
    Row("youtube-page", "YouTube", r"youtu\.be/(?P<id>[\w-]+)", home="youtube.com"),
    Row("tiktok-page", "TikTok", r"(?:[^/]+\.)?tiktok\.com/"),
    Row("instagram-page", "Instagram", r"(?:www\.)?instagram\.com/"),
    Row("facebook-page", "Facebook", r"(?:(?:[^/]+\.)?facebook\.com|fb\.watch)/"),
    Row("x-page", "X", r"(?:[^/.]+\.)?(?:x|twitter)\.com/"),
    Row("vimeo-page", "Vimeo", r"(?:www\.|player\.)?vimeo\.com/"),
    Row("telegram-page", "Telegram", r"t\.me/"),
    Row("loom-page", "Loom", r"www\.loom\.com/share/"),
    Row("canva-page", "Canva", r"www\.canva\.com/design/"),
)
"""The first that fits wins."""

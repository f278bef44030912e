"""A table of the links that people share, by service."""

from __future__ import annotations

from dataclasses import dataclass

HTML = "a web page"
REDIRECT = "a redirect"
LARGE = "a web page where the file is large"


@dataclass(frozen=True, slots=True)
class ShareRow:
    kind: str
    store: str
    pattern: str
    """Matches the start of host + path. The group `id` names the object, or else a parameter of `ids`."""
    answers: str | None = HTML
    ids: tuple[str, ...] = ()
    home: str = ""
    needs: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    """The row needs one of these parameters, with a value other than `0`."""
    file: bool = False
    """Whether it leads to one file, if the link names its object."""
    holds: bool = True
    idle: str = ""


_DRIVE = "Google Drive"
_KEY = ("resourcekey",)
_BOX = "box.com"
_DROPBOX = "dropbox.com"
_GOOGLE = "drive.google.com"
_MEDIA = r".*\.(?i:mp4|m4v|mov|webm|jpe?g|png|webp)$"
"""The rest of a path with an ending of media."""
_SHARED = "download|e|web"
"""Parameters of SharePoint: how the file is opened, and a mark that is new each time somebody shares it."""

ROWS: tuple[ShareRow, ...] = (
    ShareRow(
        "drive-folder",
        _DRIVE,
        r"drive\.google\.com/(?:drive/.*)?folders/(?P<id>[^/]+)",
        home=_GOOGLE,
        needs=_KEY,
    ),
    ShareRow(
        "drive-download",
        _DRIVE,
        r"(?:drive|docs)\.google\.com/(?:.*/)?uc$",
        REDIRECT,
        ("id",),
        _GOOGLE,
        _KEY,
        file=True,
    ),
    ShareRow(
        "drive-direct",
        _DRIVE,
        r"drive\.usercontent\.google\.com/(?:.*/)?(?:download|uc)$",
        LARGE,
        ("id",),
        _GOOGLE,
        _KEY,
        file=True,
    ),
    ShareRow(
        "drive-api",
        _DRIVE,
        r"(?:www|content)\.googleapis\.com/drive/v[23]/files/(?P<id>[^/]+)$",
        None,
        home=_GOOGLE,
        file=True,
    ),
    # A picture of the file, or of one frame of a video. The size follows the id.
    ShareRow(
        "drive-image",
        _DRIVE,
        r"lh[3-6]\.(?:googleusercontent|google)\.com/(?:u/\d+/)?d/(?P<id>[\w-]{10,200})(?:=[\w-]*)?$",
        None,
        home=_GOOGLE,
        file=True,
    ),
    ShareRow(
        "docs-page",
        "Google Docs",
        r"docs\.google\.com/(?:.*/)?(?:document|spreadsheets|presentation|forms|drawings)/(?:.*/)?d/(?:e/)?(?P<id>[^/]+)",
        home=_GOOGLE,
        holds=False,
    ),
    ShareRow(
        "drive-page",
        _DRIVE,
        r"(?:drive|docs)\.google\.com/(?:.*/)?d/(?:e/)?(?P<id>[^/]+)",
        home=_GOOGLE,
        needs=_KEY,
        file=True,
    ),
    ShareRow("drive-page", _DRIVE, r"(?:drive|docs)\.google\.com/", HTML, ("id",), _GOOGLE, _KEY, file=True),
    ShareRow("gcs-page", "Google Cloud Storage", r"storage\.cloud\.google\.com/"),
    ShareRow("photos-page", "Google Photos", r"(?:photos\.app\.goo\.gl|photos\.google\.com)/"),
    ShareRow(
        "dropbox-folder",
        "Dropbox",
        r"(?:www\.)?dropbox\.com/(?:sh|scl/fo)/(?P<id>.+)",
        home=_DROPBOX,
        needs=("rlkey",),
    ),
    ShareRow(
        "dropbox-download",
        "Dropbox",
        r"(?:www\.)?dropbox\.com/(?P<id>(?:s|scl/fi)/[^/]+/[^/]+)",
        REDIRECT,
        (),
        _DROPBOX,
        ("rlkey",),
        ("dl", "raw"),
        file=True,
    ),
    ShareRow(
        "dropbox-page",
        "Dropbox",
        r"(?:www\.)?dropbox\.com/(?P<id>(?:s|scl/fi)/[^/]+/[^/]+)",
        home=_DROPBOX,
        needs=("rlkey",),
        file=True,
    ),
    ShareRow("dropbox-transfer", "Dropbox", r"(?:www\.)?dropbox\.com/(?:t|transfer|scl/tr)/"),
    ShareRow("dropbox-other", "Dropbox", r"(?:www\.)?dropbox\.com/", holds=False),
    ShareRow("dropbox-short", "Dropbox", r"db\.tt/", REDIRECT),
    ShareRow(
        "dropbox-direct",
        "Dropbox",
        r"dl\.dropboxusercontent\.com/(?P<id>(?:s|scl/fi)/[^/]+/[^/]+)",
        None,
        (),
        _DROPBOX,
        ("rlkey",),
        file=True,
    ),
    # The letter before the id is the type: f a folder; v a video, i a picture, u another file.
    ShareRow("onedrive-page", "OneDrive", r"1drv\.ms/[viu]/.+", REDIRECT, file=True),
    ShareRow("onedrive-folder", "OneDrive", r"1drv\.ms/f/"),
    ShareRow("onedrive-page", "OneDrive", r"1drv\.ms/", REDIRECT, holds=False),
    ShareRow(
        "onedrive-download",
        "OneDrive",
        r"onedrive\.live\.com/download",
        REDIRECT,
        needs=("authkey",),
        file=True,
    ),
    ShareRow("onedrive-download", "OneDrive", r"api\.onedrive\.com/v1\.0/shares/", REDIRECT, file=True),
    ShareRow(
        "onedrive-page", "OneDrive", r"onedrive\.live\.com/(?:redir|embed)", needs=("authkey",), file=True
    ),
    ShareRow("onedrive-page", "OneDrive", r"onedrive\.live\.com/", needs=("authkey",)),
    ShareRow(
        "onedrive-direct",
        "OneDrive",
        r"[^/]+/.*_layouts/15/download\.aspx$",
        None,
        given=("tempauth",),
        file=True,
    ),
    ShareRow("onedrive-folder", "OneDrive", r"[^/]+\.sharepoint\.com/:f:/"),
    ShareRow(
        "onedrive-download",
        "OneDrive",
        rf"[^/]+\.sharepoint\.com/(?::[viu]:/|{_MEDIA})",
        REDIRECT,
        given=("download",),
        file=True,
        idle=_SHARED,
    ),
    ShareRow(
        "onedrive-page",
        "OneDrive",
        rf"[^/]+\.sharepoint\.com/(?::[viu]:/|{_MEDIA})",
        file=True,
        idle=_SHARED,
    ),
    ShareRow(
        "onedrive-download",
        "OneDrive",
        r"[^/]+\.sharepoint\.com/.*_layouts/15/download\.aspx$",
        REDIRECT,
        given=("uniqueid", "sourceurl", "share"),
        file=True,
    ),
    ShareRow(
        "onedrive-download",
        "OneDrive",
        r"[^/]+\.sharepoint\.com/",
        REDIRECT,
        given=("download",),
        holds=False,
    ),
    ShareRow("onedrive-page", "OneDrive", r"[^/]+\.sharepoint\.com/", holds=False),
    ShareRow("icloud-page", "iCloud", r"(?:www|share)\.icloud\.com/"),
    ShareRow("wetransfer-page", "WeTransfer", r"(?:we\.tl|(?:[^/]+\.)?wetransfer\.com)/"),
    ShareRow("mega-page", "MEGA", r"mega\.(?:co\.)?nz/(?:file/(?P<id>[\w-]+))?"),
    ShareRow(
        "box-download",
        "Box",
        r"(?:[^/]+\.)?box\.com/shared/static/(?P<id>[A-Za-z0-9]+)(?:\.\w+)?$",
        REDIRECT,
        home=_BOX,
        file=True,
    ),
    ShareRow("box-page", "Box", r"(?:[^/]+\.)?box\.com/(?:s|v)/(?P<id>[A-Za-z0-9]+)$", home=_BOX),
    ShareRow("box-page", "Box", r"(?:[^/]+\.)?box\.com/"),
    ShareRow("mediafire-page", "MediaFire", r"www\.mediafire\.com/"),
    ShareRow("github-page", "GitHub", rf"github\.com/[^/]+/[^/]+/blob/{_MEDIA}", file=True),
    ShareRow("github-page", "GitHub", r"github\.com/[^/]+/[^/]+/(?:blob|tree)/", holds=False),
    ShareRow(
        "github-download",
        "GitHub",
        rf"github\.com/(?:[^/]+/[^/]+/(?:raw|releases/download)/{_MEDIA}|user-attachments/assets/)",
        REDIRECT,
        file=True,
    ),
    ShareRow(
        "github-download",
        "GitHub",
        r"github\.com/[^/]+/[^/]+/(?:raw|releases/download)/",
        REDIRECT,
        holds=False,
    ),
    ShareRow(
        "youtube-page",
        "YouTube",
        r"(?:www\.|m\.)?youtube\.com/(?:shorts/|embed/|live/)?(?P<id>(?<=/)[\w-]{11}$)?",
        HTML,
        ("v",),
        "youtube.com",
        holds=False,
    ),
    ShareRow("youtube-page", "YouTube", r"youtu\.be/(?P<id>[\w-]+)", home="youtube.com", holds=False),
    ShareRow("tiktok-page", "TikTok", r"(?:[^/]+\.)?tiktok\.com/", holds=False),
    ShareRow("instagram-page", "Instagram", r"(?:www\.)?instagram\.com/", holds=False),
    ShareRow("facebook-page", "Facebook", r"(?:(?:[^/]+\.)?facebook\.com|fb\.watch)/", holds=False),
    ShareRow("x-page", "X", r"(?:[^/.]+\.)?(?:x|twitter)\.com/", holds=False),
    # Vimeo's "direct links to the video file": one film has several.
    ShareRow(
        "vimeo-download",
        "Vimeo",
        r"player\.vimeo\.com/(?:external/[^/]+\.(?:mp4|mov|m4v)$|progressive_redirect/|play/)",
        REDIRECT,
        file=True,
        idle="s|signature|loc|log_user|oauth2_token_id|user_id|expires|exp|download|filename",
    ),
    ShareRow("vimeo-page", "Vimeo", r"(?:www\.|player\.)?vimeo\.com/"),
    ShareRow("telegram-page", "Telegram", r"t\.me/", holds=False),
    ShareRow("loom-page", "Loom", r"www\.loom\.com/share/"),
    ShareRow("canva-page", "Canva", r"www\.canva\.com/design/"),
)
"""The first that fits wins."""

"""Links that people share, by service: a table."""

from __future__ import annotations

from dataclasses import dataclass

HTML = "a web page"
REDIRECT = "a redirect"
LARGE = "a web page where the file is large"


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
    file: bool = False
    """It leads to one file, if its object is named."""
    holds: bool = True
    idle: str = ""


_DRIVE = "Google Drive"
_KEY = ("resourcekey",)
_BOX = "box.com"
_DROPBOX = "dropbox.com"
_GOOGLE = "drive.google.com"
_MEDIA = r".*\.(?i:mp4|m4v|mov|webm|jpe?g|png|webp)$"
"""The rest of a path that ends as media do."""
_SHARED = "download|e|web"
"""Of SharePoint: how it is opened, and a mark of each time that it was shared."""

ROWS: tuple[Row, ...] = (
    Row(
        "drive-folder",
        _DRIVE,
        r"drive\.google\.com/(?:drive/.*)?folders/(?P<id>[^/]+)",
        home=_GOOGLE,
        needs=_KEY,
    ),
    Row(
        "drive-download",
        _DRIVE,
        r"(?:drive|docs)\.google\.com/(?:.*/)?uc$",
        REDIRECT,
        ("id",),
        _GOOGLE,
        _KEY,
        file=True,
    ),
    Row(
        "drive-direct",
        _DRIVE,
        r"drive\.usercontent\.google\.com/(?:.*/)?(?:download|uc)$",
        LARGE,
        ("id",),
        _GOOGLE,
        _KEY,
        file=True,
    ),
    Row(
        "drive-api",
        _DRIVE,
        r"(?:www|content)\.googleapis\.com/drive/v[23]/files/(?P<id>[^/]+)$",
        None,
        home=_GOOGLE,
        file=True,
    ),
    # A picture of the file in the size that follows the id, or of one frame of a video.
    Row(
        "drive-image",
        _DRIVE,
        r"lh[3-6]\.(?:googleusercontent|google)\.com/(?:u/\d+/)?d/(?P<id>[\w-]{10,200})(?:=[\w-]*)?$",
        None,
        home=_GOOGLE,
        file=True,
    ),
    Row(
        "docs-page",
        "Google Docs",
        r"docs\.google\.com/(?:.*/)?(?:document|spreadsheets|presentation|forms|drawings)/(?:.*/)?d/(?:e/)?(?P<id>[^/]+)",
        home=_GOOGLE,
        holds=False,
    ),
    Row(
        "drive-page",
        _DRIVE,
        r"(?:drive|docs)\.google\.com/(?:.*/)?d/(?:e/)?(?P<id>[^/]+)",
        home=_GOOGLE,
        needs=_KEY,
        file=True,
    ),
    Row("drive-page", _DRIVE, r"(?:drive|docs)\.google\.com/", HTML, ("id",), _GOOGLE, _KEY, file=True),
    Row("gcs-page", "Google Cloud Storage", r"storage\.cloud\.google\.com/"),
    Row("photos-page", "Google Photos", r"(?:photos\.app\.goo\.gl|photos\.google\.com)/"),
    Row(
        "dropbox-folder",
        "Dropbox",
        r"(?:www\.)?dropbox\.com/(?:sh|scl/fo)/(?P<id>.+)",
        home=_DROPBOX,
        needs=("rlkey",),
    ),
    Row(
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
    Row(
        "dropbox-page",
        "Dropbox",
        r"(?:www\.)?dropbox\.com/(?P<id>(?:s|scl/fi)/[^/]+/[^/]+)",
        home=_DROPBOX,
        needs=("rlkey",),
        file=True,
    ),
    Row("dropbox-transfer", "Dropbox", r"(?:www\.)?dropbox\.com/(?:t|transfer|scl/tr)/"),
    Row("dropbox-other", "Dropbox", r"(?:www\.)?dropbox\.com/", holds=False),
    Row("dropbox-short", "Dropbox", r"db\.tt/", REDIRECT),
    Row(
        "dropbox-direct",
        "Dropbox",
        r"dl\.dropboxusercontent\.com/(?P<id>(?:s|scl/fi)/[^/]+/[^/]+)",
        None,
        (),
        _DROPBOX,
        ("rlkey",),
        file=True,
    ),
    # What stands before the id says what it is: f a folder; v, i, u a video, a picture, another file.
    Row("onedrive-page", "OneDrive", r"1drv\.ms/[viu]/.+", REDIRECT, file=True),
    Row("onedrive-folder", "OneDrive", r"1drv\.ms/f/"),
    Row("onedrive-page", "OneDrive", r"1drv\.ms/", REDIRECT, holds=False),
    Row(
        "onedrive-download",
        "OneDrive",
        r"onedrive\.live\.com/download",
        REDIRECT,
        needs=("authkey",),
        file=True,
    ),
    Row("onedrive-download", "OneDrive", r"api\.onedrive\.com/v1\.0/shares/", REDIRECT, file=True),
    Row("onedrive-page", "OneDrive", r"onedrive\.live\.com/(?:redir|embed)", needs=("authkey",), file=True),
    Row("onedrive-page", "OneDrive", r"onedrive\.live\.com/", needs=("authkey",)),
    Row(
        "onedrive-direct",
        "OneDrive",
        r"[^/]+/.*_layouts/15/download\.aspx$",
        None,
        given=("tempauth",),
        file=True,
    ),
    Row("onedrive-folder", "OneDrive", r"[^/]+\.sharepoint\.com/:f:/"),
    Row(
        "onedrive-download",
        "OneDrive",
        rf"[^/]+\.sharepoint\.com/(?::[viu]:/|{_MEDIA})",
        REDIRECT,
        given=("download",),
        file=True,
        idle=_SHARED,
    ),
    Row(
        "onedrive-page",
        "OneDrive",
        rf"[^/]+\.sharepoint\.com/(?::[viu]:/|{_MEDIA})",
        file=True,
        idle=_SHARED,
    ),
    Row(
        "onedrive-download",
        "OneDrive",
        r"[^/]+\.sharepoint\.com/.*_layouts/15/download\.aspx$",
        REDIRECT,
        given=("uniqueid", "sourceurl", "share"),
        file=True,
    ),
    Row(
        "onedrive-download",
        "OneDrive",
        r"[^/]+\.sharepoint\.com/",
        REDIRECT,
        given=("download",),
        holds=False,
    ),
    Row("onedrive-page", "OneDrive", r"[^/]+\.sharepoint\.com/", holds=False),
    Row("icloud-page", "iCloud", r"(?:www|share)\.icloud\.com/"),
    Row("wetransfer-page", "WeTransfer", r"(?:we\.tl|(?:[^/]+\.)?wetransfer\.com)/"),
    Row("mega-page", "MEGA", r"mega\.(?:co\.)?nz/(?:file/(?P<id>[\w-]+))?"),
    Row(
        "box-download",
        "Box",
        r"(?:[^/]+\.)?box\.com/shared/static/(?P<id>[A-Za-z0-9]+)(?:\.\w+)?$",
        REDIRECT,
        home=_BOX,
        file=True,
    ),
    Row("box-page", "Box", r"(?:[^/]+\.)?box\.com/(?:s|v)/(?P<id>[A-Za-z0-9]+)$", home=_BOX),
    Row("box-page", "Box", r"(?:[^/]+\.)?box\.com/"),
    Row("mediafire-page", "MediaFire", r"www\.mediafire\.com/"),
    Row("github-page", "GitHub", rf"github\.com/[^/]+/[^/]+/blob/{_MEDIA}", file=True),
    Row("github-page", "GitHub", r"github\.com/[^/]+/[^/]+/(?:blob|tree)/", holds=False),
    Row(
        "github-download",
        "GitHub",
        rf"github\.com/(?:[^/]+/[^/]+/(?:raw|releases/download)/{_MEDIA}|user-attachments/assets/)",
        REDIRECT,
        file=True,
    ),
    Row(
        "github-download",
        "GitHub",
        r"github\.com/[^/]+/[^/]+/(?:raw|releases/download)/",
        REDIRECT,
        holds=False,
    ),
    Row(
        "youtube-page",
        "YouTube",
        r"(?:www\.|m\.)?youtube\.com/(?:shorts/|embed/|live/)?(?P<id>(?<=/)[\w-]{11}$)?",
        HTML,
        ("v",),
        "youtube.com",
        holds=False,
    ),
    Row("youtube-page", "YouTube", r"youtu\.be/(?P<id>[\w-]+)", home="youtube.com", holds=False),
    Row("tiktok-page", "TikTok", r"(?:[^/]+\.)?tiktok\.com/", holds=False),
    Row("instagram-page", "Instagram", r"(?:www\.)?instagram\.com/", holds=False),
    Row("facebook-page", "Facebook", r"(?:(?:[^/]+\.)?facebook\.com|fb\.watch)/", holds=False),
    Row("x-page", "X", r"(?:[^/.]+\.)?(?:x|twitter)\.com/", holds=False),
    # "Direct links to the video file": one film has several, with parameters or paths of their own.
    Row(
        "vimeo-download",
        "Vimeo",
        r"player\.vimeo\.com/(?:external/[^/]+\.(?:mp4|mov|m4v)$|progressive_redirect/|play/)",
        REDIRECT,
        file=True,
        idle="s|signature|loc|log_user|oauth2_token_id|user_id|expires|exp|download|filename",
    ),
    Row("vimeo-page", "Vimeo", r"(?:www\.|player\.)?vimeo\.com/"),
    Row("telegram-page", "Telegram", r"t\.me/", holds=False),
    Row("loom-page", "Loom", r"www\.loom\.com/share/"),
    Row("canva-page", "Canva", r"www\.canva\.com/design/"),
)
"""The first that fits wins."""

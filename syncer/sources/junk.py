"""Files that macOS, Windows, Android and NAS boxes create beside media for their own use. Pure.

They look like media (`._clip.mp4`, thumbnails in `@eaDir`) or are deleted files (`#recycle`), and are not
meant to be published.
"""

from __future__ import annotations

import re
from functools import lru_cache

FOLDERS = (
    # Synology, QNAP, other NAS boxes and their file systems
    "@eaDir", "#recycle", "#snapshot", "@tmp", "@sharebin", "@Recycle", "@Recently-Snapshot", ".@__thumb",
    "@__thumb", ".@upload_cache", ".snapshot", ".snapshots", ".zfs", "lost+found",
    # macOS
    "__MACOSX", ".Trashes", ".Trash", ".Spotlight-V100", ".fseventsd", ".DocumentRevisions-V100",
    ".TemporaryItems", ".AppleDouble", ".AppleDB", ".AppleDesktop", "Network Trash Folder", "Temporary Items",
    # Windows
    "$RECYCLE.BIN", "System Volume Information",
    # programs that synchronise folders
    ".stfolder", ".stversions", ".dropbox.cache", ".sync",
    # Android
    ".thumbnails",
)  # fmt: skip
"""Names of folders; all files in them are junk too."""

FILES = (
    # macOS
    ".DS_Store", ".localized", "Icon\r", ".apdisk", ".VolumeIcon.icns", ".metadata_never_index",
    # Windows
    "Thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini",
    # others
    ".directory", ".picasa.ini", "Picasa.ini", ".nomedia", ".stignore",
)  # fmt: skip

BEGINNINGS = (
    "._",  # metadata of macOS about a file
    ".Trash-",  # Linux: `.Trash-1000`
    ".trashed-",  # Android: `.trashed-1690000000-IMG.jpg`
    ".pending-",  # Android, while it is being written
    ".fuse_hidden",
    ".nfs",
    ".smbdelete",
    ".syncthing.",
)
"""Starts of the names of folders and files."""

_WHOLE = {name.casefold(): name for name in (*FOLDERS, *FILES)}
_INSIDE = {name.casefold() for name in FOLDERS}
_BEGIN = re.compile("|".join(re.escape(each) for each in BEGINNINGS), re.IGNORECASE)
_AS_WRITTEN = {each.casefold(): each for each in BEGINNINGS}


def junk(key: str) -> str | None:
    """The kind of junk, such as `@eaDir` or `._*`; `None` if it is none. A folder's key ends with a slash."""
    *folders, name = key.split("/")
    for folder in folders:
        if (found := _named(folder)) and (found.endswith("*") or found.casefold() in _INSIDE):
            return found
    found = _named(name)
    return found if found and (found.endswith("*") or found.casefold() not in _INSIDE) else None


@lru_cache(maxsize=4096)
def _named(name: str) -> str | None:
    plain = name.casefold()
    if plain in _WHOLE:
        return _WHOLE[plain]
    begins = _BEGIN.match(name)
    return f"{_AS_WRITTEN[begins[0].casefold()]}*" if begins else None


def is_meant(kind: str, glob: str) -> bool:
    """Whether a glob of `include` names this kind of junk, so that it is wanted."""
    return kind.removesuffix("*").casefold() in glob.casefold()

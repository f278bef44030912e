"""Hints for types that no platform accepts. Pure."""

from __future__ import annotations

from syncer.probe.media_types import HTML, TEXTUAL, UNKNOWN

_REMUX = "put the streams into MP4 without encoding them again: ffmpeg -i IN -c copy OUT.mp4"

_NO_MEDIA = "leave it out: `exclude` its name, or remove it from the source"
_ARCHIVE = f"unpack it and publish the media in it, or {_NO_MEDIA}"
_TEXT_INSTEAD = (
    "this is text, not media: maybe an error message of a store (XML, JSON) or a pointer of Git LFS was saved"
    f" instead; download the file itself (`git lfs pull`), or, if it never was media, {_NO_MEDIA}"
)

FORMAT_HINTS = {
    HTML: "this is a web page, not media: a login or an error page was saved instead",
    "image/svg+xml": f"it is a drawing: export it as JPEG, or {_NO_MEDIA}",
    "application/pdf": f"export its pages as JPEG, or {_NO_MEDIA}",
    "application/gzip": f"it is compressed, by a server or by gzip: unpack it with gunzip, or {_NO_MEDIA}",
    "application/zip": _ARCHIVE,
    "application/x-7z-compressed": _ARCHIVE,
    "application/vnd.rar": _ARCHIVE,
    "video/x-matroska": _REMUX,
    "video/mp2t": _REMUX,
    UNKNOWN: "the bytes have no known format; is the file complete?",
}


def format_hint(media_type: str) -> str:
    kind = media_type.partition("/")[0]
    by_kind = {
        "image": "convert it to JPEG or WebP",
        "video": "convert it to MP4 with H.264",
        "audio": "make a video of it, with a picture; or `exclude` it",
        "text": _TEXT_INSTEAD,
    }
    if TEXTUAL.fullmatch(media_type):
        return FORMAT_HINTS.get(media_type, _TEXT_INSTEAD)
    return FORMAT_HINTS.get(media_type, by_kind.get(kind, _NO_MEDIA))

"""The media type of a file, from its first bytes: no name makes a file a video.

`puremagic` 1.30 reports HEIC photos and M4A audio as `video/mp4` and does not recognise MPEG-TS, so we have a
table of our own.
"""

from __future__ import annotations

import re

UNKNOWN = "application/octet-stream"
HTML = "text/html"
TEXT = "text/plain"

TYPES = {
    "3gp": "video/3gpp",
    "avi": "video/x-msvideo",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "cr3": "image/x-canon-cr3",
    "css": "text/css",
    "csv": "text/csv",
    "flv": "video/x-flv",
    "gif": "image/gif",
    "heic": "image/heic",
    "heif": "image/heif",
    "htm": HTML,
    "html": HTML,
    "jfif": "image/jpeg",
    "jpe": "image/jpeg",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "m4a": "audio/mp4",
    "m4v": "video/mp4",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mpeg": "video/mpeg",
    "mpg": "video/mpeg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "pdf": "application/pdf",
    "png": "image/png",
    "qt": "video/quicktime",
    "srt": "application/x-subrip",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "ts": "video/mp2t",
    "txt": TEXT,
    "vtt": "text/vtt",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
    "wmv": "video/x-ms-wmv",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "zip": "application/zip",
}
"""File name ending → media type, independent of the machine's tables."""

TEXTUAL = re.compile(r"text/(?!html).*|image/svg\+xml|application/(json|jsonl|xml|yaml|x-subrip)")
"""Types that only the name can distinguish: their bytes are all text."""


def sniff(head: bytes, name: str = "") -> str:
    """Media type of a file that begins with `head` (best: all of the first 64 KiB).

    `name` only says which kind of text a text file is.
    """
    for tell in (_by_signature, _iso_media, _matroska, _riff, _transport_stream, _bitmap, _html):
        if found := tell(head):
            return found
    return _text(head, name) or UNKNOWN


def by_name(name: str) -> str:
    return TYPES.get(name.rpartition(".")[2].lower(), UNKNOWN)


MEDIA = {
    ending: kind
    for ending, kind in TYPES.items()
    if kind.startswith(("video/", "image/", "audio/"))
    and kind != "image/svg+xml"  # it may contain scripts, as a page
}
"""The endings of media: public names have one of these."""


def extension(media_type: str) -> str:
    """The usual ending of a media type, with its dot; empty if it is not media, which gets no public name."""
    ending = _ENDINGS.get(media_type)
    return f".{ending}" if ending else ""


_ENDINGS = {kind: ending for ending, kind in MEDIA.items()} | {"video/quicktime": "mov"}
"""They are in public names: never change one."""

_ALIKE = (
    frozenset({"video/mp4", "video/quicktime"}),
    frozenset({"image/heic", "image/heif"}),
)
"""Types that share their endings: a program that reads one reads the other."""


def fits(ending: str, media_type: str) -> bool:
    """Whether bytes of this type may have the ending, with or without its dot."""
    kind = MEDIA.get(ending.removeprefix(".").lower())
    return kind == media_type or any({kind, media_type} <= alike for alike in _ALIKE)


_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"FLV\x01", "video/x-flv"),
    (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "video/x-ms-wmv"),
    (b"\0\0\x01\xba", "video/mpeg"),
    (b"\0\0\x01\xb3", "video/mpeg"),
    (b"ID3", "audio/mpeg"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
)


def _by_signature(head: bytes) -> str | None:
    if head.startswith(b"OggS"):
        return "video/ogg" if b"\x80theora" in head[:4096] else "audio/ogg"
    return next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), None)


_BRANDS = (
    (b"qt  ", "video/quicktime"),
    (b"M4A ", "audio/mp4"),
    (b"M4B ", "audio/mp4"),
    (b"M4P ", "audio/mp4"),
    (b"avif", "image/avif"),
    (b"avis", "image/avif"),
    (b"hei", "image/heic"),
    (b"hev", "image/heic"),
    (b"mif1", "image/heif"),
    (b"msf1", "image/heif"),
    (b"avci", "image/heif"),
    (b"avcs", "image/heif"),
    (b"crx ", "image/x-canon-cr3"),
)
"""Starts of major brands that decide the type, whatever the compatible brands are."""

_MP4_BRANDS = re.compile(
    rb"iso[m0-9a-c]|mp4[0-9]|avc1|hvc1|hev1|M4V.|f4v |dash|msdh|cmf[2cfs]|MSNV", re.DOTALL
)
"""A file with one of these brands anywhere in its `ftyp` is an MP4 (ISO 14496-12, 4.3)."""

_QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def _iso_media(head: bytes) -> str | None:
    """MP4 and related formats. Old QuickTime files have no `ftyp`, and padding may precede it."""
    kind, rest = None, head
    while len(rest) >= 8 and (atom := rest[4:8]) in _QUICKTIME_ATOMS:  # noqa: PLR2004 - length and name of an atom
        kind = "video/quicktime"
        size = int.from_bytes(rest[:4], "big")
        if size < 8 or atom in (b"moov", b"mdat"):  # noqa: PLR2004 - as above; 0 and 1 have special meanings
            return kind
        rest = rest[size:]
    if rest[4:8] != b"ftyp":
        return kind
    return _by_brands(rest[8:12], rest[16 : int.from_bytes(rest[:4], "big")])


def _by_brands(major: bytes, listed: bytes) -> str:
    """A file with only unknown brands is MP4 too: players ignore the brand."""
    compatible = [listed[at : at + 4] for at in range(0, len(listed) - 3, 4)]
    if major == b"mif1" and b"avif" in compatible:
        return "image/avif"
    if major == b"mif1" and b"heic" in compatible:
        return "image/heic"
    told = next((found for brand, found in _BRANDS if major.startswith(brand)), None)
    if told or any(_MP4_BRANDS.fullmatch(brand) for brand in (major, *compatible)):
        return told or "video/mp4"
    if b"qt  " in compatible:
        return "video/quicktime"
    return "video/3gpp" if major.startswith(b"3g") else "video/mp4"


def _matroska(head: bytes) -> str | None:
    """The DocType of the EBML header distinguishes WebM from Matroska."""
    if not head.startswith(b"\x1aE\xdf\xa3"):
        return None
    document = re.search(rb"\x42\x82.{1,8}?(webm|matroska)", head[:1024], re.DOTALL)
    if not document:
        return None
    return "video/webm" if document[1] == b"webm" else "video/x-matroska"


_RIFF = {b"AVI ": "video/x-msvideo", b"WEBP": "image/webp", b"WAVE": "audio/wav"}


def _riff(head: bytes) -> str | None:
    return _RIFF.get(head[8:12]) if head.startswith(b"RIFF") else None


def _transport_stream(head: bytes) -> str | None:
    """Each packet of 188 bytes begins with a sync byte; on discs, a time stamp of 4 bytes precedes it."""
    for first, packet in ((0, 188), (4, 192)):
        syncs = head[first : first + 5 * packet : packet]
        if syncs == b"\x47" * 5:
            return "video/mp2t"
    return None


def _bitmap(head: bytes) -> str | None:
    """`BM` alone is not enough: many words begin with it."""
    is_one = head.startswith(b"BM") and head[6:10] == bytes(4) and head[14:18] in _BITMAP_HEADERS
    return "image/bmp" if is_one else None


_BITMAP_HEADERS = {size.to_bytes(4, "little") for size in (12, 40, 52, 56, 108, 124)}

_HTML = re.compile(
    rb"(?>(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*)"
    rb"<(!doctype\s+html|html|head|body|title|meta|script|style|link|h1|div|table|p|a|br|iframe)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)


def _html(head: bytes) -> str | None:
    return HTML if _HTML.match(head[:4096]) else None


_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def _text(head: bytes, name: str) -> str | None:
    if not head or not _is_text(head):
        return None
    named = by_name(name)
    return named if TEXTUAL.fullmatch(named) else TEXT


def _is_text(head: bytes) -> bool:
    if _CONTROLS.search(head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The head may end in the middle of a character.
        return error.reason == "unexpected end of data" and bool(head[: error.start])
    return True

"""Does a file look like a signature file of the portal? By its name and bytes alone: pure.

An odd file may be right, so it is placed with a warning. A file that TikTok surely refuses (`unfit`,
`signature_flaw`) is not placed, as it could replace a right one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from syncer.probe.media_types import HTML, sniff

MAX_SIZE = 64 * 1024
"""Bytes; the known files have 68."""
PREFIX = b"tiktok-developers-site-verification="
RECORD_PREFIX = PREFIX.decode()
"""The same as text, as a TXT record begins."""
NAME = re.compile(r"tiktok([A-Za-z0-9]{32})\.txt")
HTML_NAME = re.compile(r"tiktok_verify_[^/]*\.html")
BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
AGAIN = "download it again from the portal and do not open it in an editor"
NOT_SAVED = (
    "in the developer portal, open the URL property and use its download button; do not save the page or copy"
    " its HTML. The name of the file is tiktok, 32 letters and digits, .txt"
)
WELL_KNOWN = ".well-known"

_CONTENT = re.compile(rb"(?:\xef\xbb\xbf)?\s*" + PREFIX + rb"([A-Za-z0-9_-]{1,128})\s*")
_SECOND = re.compile(r" ?\(\d+\)\.")
_PREFIX_AS_NAME = re.compile(r"tiktok[-_]developers[-_]site[-_]verification(\.\w+)?", re.IGNORECASE)
_META = re.compile(rb"<meta\b[^>]{0,500}tiktok-developers-site-verification[^>]{0,500}>", re.IGNORECASE)
_META_TOKEN = re.compile(
    rb"<meta\b[^>]{0,500}\bcontent\s*=\s*[\"']?(?:" + PREFIX + rb")?([A-Za-z0-9_-]{1,128})", re.IGNORECASE
)
_SAVED = (b"From: <Saved by ", b"bplist00", b"MIME-Version: 1.0\r\nContent-Type: multipart/related")
"""First bytes of a page that a browser saved as one file (MHTML, webarchive)."""


def is_signature(path: str) -> bool:
    """Whether a public path has the name of a signature file: such a path is never deleted."""
    name = path.rpartition("/")[2]
    return bool(NAME.fullmatch(name) or HTML_NAME.fullmatch(name))


def signature_flaw(name: str, content: bytes) -> str | None:
    """Why it is surely no signature file; `None` if it may be one."""
    if HTML_NAME.fullmatch(name):
        return None
    if has_meta_tag(content):
        return "it contains a meta tag or a page with one, and TikTok reads no meta tags"
    if is_html(content):
        return "it is a whole web page (HTML), as a browser saves it, instead of the token"
    return None


def is_html(content: bytes) -> bool:
    if content.startswith(_UTF_16):
        content = content.decode("utf-16", "replace").encode()
    return sniff(content) == HTML or content.startswith(_SAVED)


def has_meta_tag(content: bytes) -> bool:
    """Whether it contains TikTok's token in a meta tag, as other platforms verify it."""
    return bool(_META.search(content))


def meta_token(text: str) -> str | None:
    """The token in a meta tag."""
    found = _META_TOKEN.search(text.encode("utf-8", "replace"))
    return found[1].decode() if found else None


def named_after(content: bytes) -> str | None:
    """The name that the portal gives a file with this content; `None` if unknown."""
    found = _CONTENT.fullmatch(content)
    name = f"tiktok{found[1].decode()}.txt" if found else ""
    return name if NAME.fullmatch(name) else None


def content_by_name(name: str) -> bytes | None:
    """The content of the portal's file of this name; `None` if the name does not have the token."""
    found = NAME.fullmatch(name)
    return PREFIX + found[1].encode() if found else None


def odd_name(name: str, content: bytes) -> str | None:
    """What is odd about the name, and what to do."""
    if NAME.fullmatch(name) or HTML_NAME.fullmatch(name):
        return None
    right = named_after(content)
    if _PREFIX_AS_NAME.fullmatch(name):
        return f"has the start of its content as name: {_name_it(right)}"
    small = _in_small(name)
    if NAME.fullmatch(small) or HTML_NAME.fullmatch(small):
        return f"differs from the portal's names in upper and lower case: {_name_it(right or small)}"
    if name.lower().endswith(".txt.txt"):
        return f"ends in .txt.txt: remove one .txt, {_name_it(right, 'as the portal names it')}"
    if _SECOND.search(name):
        return f"has the number of a second download: {_name_it(right, 'name it as the portal does')}"
    end = (
        f", so TikTok does not look for it: {_name_it(right)}"
        if is_misnamed(name, content)
        else f": {_name_it(right)}; click Verify only if the portal offers it under exactly this name"
    )
    return f"is not named as the portal does (tiktok, 32 letters and digits, .txt){end}"


def unfit(name: str, content: bytes) -> str | None:
    """Why TikTok surely refuses it, and what to do; `None` if TikTok may accept it."""
    if is_misnamed(name, content):
        return odd_name(name, content) or odd_content(name, content)
    return odd_content(name, content) if is_spoilt(name, content) else None


def is_spoilt(name: str, content: bytes) -> bool:
    """Whether its bytes surely differ from the portal's file. White space at the end may be harmless."""
    if HTML_NAME.fullmatch(name):
        return False
    named = NAME.fullmatch(name)
    other = named is not None and content.strip() != PREFIX + named[1].encode()
    return other or content.startswith(BOM) or b"\0" in content or _is_utf_16(content)


def _is_utf_16(content: bytes) -> bool:
    """With or without its byte order mark: of ASCII text, every second byte is NUL."""
    halves = content[::2], content[1::2]
    return content.startswith(_UTF_16) or (len(content) > 1 and not all(map(any, halves)))


def is_misnamed(name: str, content: bytes) -> bool:
    """Whether TikTok surely never looks for a file of this name. Tokens may have any length."""
    if HTML_NAME.fullmatch(name):
        return False
    found = _CONTENT.fullmatch(content)
    if found:
        return name != f"tiktok{found[1].decode()}.txt"
    likely = re.fullmatch(r"tiktok[^/]*\.(?:txt|html)", name) and not name.lower().endswith(".txt.txt")
    return not likely or bool(_PREFIX_AS_NAME.fullmatch(name) or _SECOND.search(name))


def _in_small(name: str) -> str:
    """The name with the parts that all names of the portal share in lower case; the token stays."""
    return re.sub(r"^tiktok(_verify_)?|\.[a-z]+$", lambda found: found[0].lower(), name, flags=re.IGNORECASE)


def _name_it(right: str | None, otherwise: str = "do not rename the portal's file; download it again") -> str:
    return f"name it {right}" if right else otherwise


def odd_content(name: str, content: bytes) -> str | None:  # noqa: PLR0911 - one return for each oddity
    """What is odd about the bytes, and what to do."""
    if HTML_NAME.fullmatch(name):
        return None
    if has_meta_tag(content) or sniff(content) == HTML:
        return f"contains a web page, not a signature: {AGAIN}"
    if content.startswith(BOM):
        return f"begins with a byte order mark, which an editor added: {AGAIN}"
    if _is_utf_16(content):
        return f"is saved as UTF-16, as PowerShell's > does: {AGAIN}"
    if b"\0" in content:
        return f"is no text but {sniff(content)}: {AGAIN}"
    if not content.strip().startswith(PREFIX):
        return f"does not begin with {PREFIX.decode()}: {AGAIN}"
    named = NAME.fullmatch(name)
    if named and content.strip() != PREFIX + named[1].encode():
        if content.strip().lower() == (PREFIX + named[1].encode()).lower():
            right = named_after(content)
            return f"has a name that differs from its token in upper and lower case: {_name_it(right)}"
        return f"contains another token than its name: {AGAIN}"
    if content != content.strip():
        return f"begins or ends with white space or a newline, which an editor added: {AGAIN}"
    return None


def odd_place(url: str) -> str | None:
    """What is odd about the URL that it will have."""
    if f"/{WELL_KNOWN}/" not in url:
        return None
    return (
        f"will be below {WELL_KNOWN}/, where TikTok does not look: it looks directly under the prefix that"
        " you verify, so verify the prefix of your media"
    )


def odd_folders(root: PurePath | None, files: Iterable[PurePath]) -> Iterator[str]:
    """What is odd about the served folder and the folders of the signature files."""
    if root is not None and root.name == WELL_KNOWN:
        yield f"the destination's root is a folder {WELL_KNOWN}, where TikTok never looks: use the web root"
    for file in files:
        if file.parent.name == WELL_KNOWN:
            yield (
                f"{file} comes from a folder {WELL_KNOWN}, where TikTok does not look: it is placed directly"
                " under the prefix"
            )

r"""Where a link begins: text may touch its start, as in `videohttps://…` or `\ud83d\udc49https://…`. Pure."""

from __future__ import annotations

import re
import string

from syncer.migrate.documents.emphasis import CONTEXT

SCHEME = re.compile(rb"(?i:https?)(?P<escape>\\{0,8})\Z")
LONGEST_SCHEME = 13
"""Bytes, with backslashes before the colon."""

TOUCHED = "text touches its start, so it can't be told where it begins: put a space before it"
INSIDE = "it may be a part of another address, as `/` or `%…` is before it: put a space before it"
BROWSER = "`blob:` or `filesystem:` is before it, and only a browser can open such an address"
COLON = "its colon is written as `\\:`, and syncer replaces only links with https:// or http://"


def doubted_start(text: bytes, start: int, *, glued: bool, escape: bytes) -> str | None:
    """Why it can't be told that a link begins at `start`. `glued`: another one ends there. `escape`: the
    backslashes before its colon.
    """
    if escape:
        return COLON
    if text[start - 1 : start] not in _TOUCHING:
        return None
    before = text[max(0, start - CONTEXT) : start]
    if _BROWSER.search(before):
        return BROWSER
    if not glued and _INSIDE.search(before):
        return INSIDE
    if glued or _ESCAPE.search(before):
        return None
    # The name of a scheme has a letter: `git+https://`.
    word = before[len(before.rstrip(_OF_SCHEMES)) :]
    touches = before[-1:].isalnum() or before[-1:] == b"+"
    return TOUCHED if touches and _LETTER.search(word) else None


_ESCAPE = re.compile(
    rb"(?:\\(?:[A-Za-z0-9+]|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-3][0-7]{2}|'[0-9a-fA-F]{2})"
    rb"|=[0-9A-F]{2}"
    # The colours of a terminal.
    rb"|(?:\x1b|\\(?:[eE]|0?33|x1[bB]|u001[bB]|u\{1[bB]\})|\^\[|\xe2\x90\x9b)\[[0-9;:]{0,40}[A-Za-z])\Z"
)
"""An escape of JSON, YAML, RTF, programs and mails, which is no word."""
_BROWSER = re.compile(rb"(?:blob|filesystem):\Z", re.IGNORECASE)
_INSIDE = re.compile(rb"(?:[A-Za-z0-9_%.~-](?:\\{0,8}/|\\{1,8}u002[fF])|%[0-9A-Fa-f]{2})\Z")
_ALNUM = (string.ascii_letters + string.digits).encode()
_OF_SCHEMES = _ALNUM + b"+.-"
_TOUCHING = frozenset(bytes([byte]) for byte in _ALNUM + b"+/:")
"""Other bytes before a link are no part of it."""
_LETTER = re.compile(rb"[A-Za-z]")

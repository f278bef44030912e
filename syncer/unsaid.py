"""The secrets that this process has read. No message may repeat one, even if a server sends it back.

`without_secrets` cleans what others said. `SyncerError` cleans each message once more, but spares words that
our own sentences may have: a password may be `password`.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator

HIDDEN = "***"

_SHORTEST_INSIDE = 4
"""A shorter secret counts only as a word of its own: it is part of many words."""
_SHORTEST_RANDOM = 8
"""A shorter secret may be a word of our own messages."""
_SHORTEST_PIECE = 5
"""Characters of base64 that no other text has by chance."""

_known: dict[str, tuple[re.Pattern[str], bool]] = {}


def keep_unsaid(secret: str) -> None:
    """From now on no message repeats it."""
    secret = str.__str__(secret)
    if secret and secret not in _known:
        spellings = sorted(set(_spellings(secret)), key=len, reverse=True)
        _known[secret] = re.compile("|".join(spellings), re.IGNORECASE), _is_no_word(secret)


def without_secrets(text: str, *, ours: bool = False) -> str:
    """The text without the secrets, in any spelling that programs use. `ours`: syncer wrote the sentence."""
    for pattern, is_no_word in list(_known.values()):
        if is_no_word or not ours:
            text = pattern.sub(HIDDEN, text)
    return text


def _is_no_word(secret: str) -> bool:
    kinds = ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9._-]")
    return len(secret) >= _SHORTEST_RANDOM and sum(bool(re.search(kind, secret)) for kind in kinds) > 1


def _spellings(secret: str) -> Iterator[str]:
    """Patterns."""
    plain = {
        secret,
        _percent(secret),
        _percent(secret, "/"),
        _percent(secret, " ").replace(" ", "+"),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        ascii(secret)[1:-1],
        " ".join(secret.split()),
        "".join(each for each in secret if each.isprintable()),
    } - {""}
    for each in plain:
        is_part = len(secret) < _SHORTEST_INSIDE
        yield rf"(?<![A-Za-z0-9]){re.escape(each)}(?![A-Za-z0-9])" if is_part else re.escape(each)
    data = secret.encode("utf-8", "surrogatepass")
    if len(data) >= _SHORTEST_INSIDE:
        yield re.escape(data.hex())
        yield from _base64(data)


def _percent(text: str, safe: str = "") -> str:
    """As in URLs. (`urllib` is not for the modules that decide, which import the errors.)"""
    safe += "_.-~"
    return "".join(
        chr(each) if (chr(each).isalnum() and each < _ASCII) or chr(each) in safe else f"%{each:02X}"
        for each in text.encode("utf-8", "surrogatepass")
    )


_ASCII = 128


def _base64(data: bytes) -> Iterator[str]:
    """Also as a part of a longer text, such as `user:password`: what neighbours don't change of it."""
    yield re.escape(base64.b64encode(data).decode()) + "=*"
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):
            whole = encode(bytes(before) + data).decode().rstrip("=")
            piece = whole[(0, 2, 3)[before] : len(whole) - (1 if (before + len(data)) % 3 else 0)]
            if len(piece) >= _SHORTEST_PIECE:
                yield f"[A-Za-z0-9+/_-]?{re.escape(piece)}[A-Za-z0-9+/_-]?=*"

"""The parts of a value that a message may repeat: never a part that may be secret. Pure.

A user may paste a URL with a password in place of a name. So a message never shows the text before an `@` (a
password may have slashes), the text after `?`, `#` or `&name=`, or a random word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, unquote

HIDDEN = "***"
PLACEHOLDER = "…"
"""Replaces the parts that a suggested line must not repeat."""

_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]{0,15}:)?//")
_AT = re.compile(r"@|\uff20|%(?:25)*40|&#(?:64|x40);", re.IGNORECASE)
_TAIL = re.compile(r"[?#]|&[^=&]*=|%(?:25)*(?:3f|23)", re.IGNORECASE)
_BETWEEN = re.compile(r"[/:@?#&=;,\s\\]|%(?:25)*(?:2f|3a|40|3f|23|26|3d)", re.IGNORECASE)
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_SHORTEST = 6
"""Shortest piece to look for in a sentence: shorter ones are parts of many words."""


class ValueParts(NamedTuple):
    """A value, split into plain parts and parts that may be secret."""

    scheme: str
    """With its slashes: `https://`."""
    user: str | None
    """The text before the last `@`; `None` if there is none."""
    plain: str
    """The part that a message may show."""
    tail: str
    """The text from the first `?`, `#` or `&name=` on."""

    @property
    def is_plain(self) -> bool:
        return self.user is None and not self.tail

    @property
    def shown(self) -> str:
        """The plain parts as one text."""
        return self.scheme + self.plain


def value_parts(text: str, *, url: bool = False) -> ValueParts:
    """With `url`, an `@` after the host of a URL belongs to its path, which is not secret."""
    found = _SCHEME.match(text)
    scheme = found[0] if found and not is_random(found[0].rstrip("/:")) else ""
    rest = text[len(scheme) :]
    tail = _TAIL.search(rest)
    end = tail.start() if tail else len(rest)
    if url and scheme and not is_misplaced(text):
        mark = re.search("[?#]", rest)
        end = mark.start() if mark else len(rest)
        ats = [each.end() for each in re.finditer("@", rest[:end].partition("/")[0])]
    else:
        ats = [each.end() for each in _AT.finditer(rest)]
    start = ats[-1] if ats else 0
    return ValueParts(
        scheme, rest[:start] if ats else None, rest[start:end] if start < end else "", rest[end:]
    )


def public_part(url: str) -> str:
    """The URL without user info, query and fragment."""
    found = value_parts(url, url=True)
    return found.shown if found.scheme else _unmixed(found)


def marked(url: str) -> str:
    """The URL with `***@` instead of user info that hides its host; any other URL unchanged."""
    if not is_misplaced(url):
        return url
    found = value_parts(url)
    return f"{found.scheme}{HIDDEN}@{found.plain}{found.tail}"


def is_misplaced(url: str) -> bool:
    """Whether user info has a slash, `?`, `#` or an encoded `@`: clients then read its start as the host."""
    found = _SCHEME.match(url)
    if not found or not _AT.search(url):
        return False
    host = re.split("[/?#\\\\]", url[found.end() :], maxsplit=1)[0].rpartition("@")[2]
    if not _HOST.fullmatch(host):
        return True
    at = _AT.split(url)[-1]
    named = "." in host or host.startswith("[") or host.partition(":")[0].lower() == "localhost"
    return not named and "@" not in url[: url.find(host)] and "." in re.split("[/:?#]", at, maxsplit=1)[0]


_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[^\s:%@]+)(?::[0-9]*)?")


def has_login(text: str) -> bool:
    """Whether it begins like `user:password@`, or is a URL with a user name."""
    found = value_parts(text)
    if found.user is None:
        return False
    return bool(found.scheme or re.match(r"[^/:]+(?::|%3a)", found.user, re.IGNORECASE))


def masked(text: str, *, beside: bool = False, random: bool = True) -> str:
    """The value for a message: `https://***@host/a?…`. `beside` as for `is_random`. Without `random`, it
    shows words that look random.
    """
    found = value_parts(text)
    plain = _unmixed(found, beside=beside) if random else found.plain
    user = f"{HIDDEN}@" if found.user is not None else ""
    mark = f"{found.tail[0].replace('%', '?')}{PLACEHOLDER}" if found.tail else ""
    return f"{found.scheme}{user}{plain}{mark}"


def without(sentence: str, value: str, *, beside: bool = False, url: bool = False) -> str:
    """The sentence about a value, without the parts of the value that may be secret. `beside` as for
    `is_random`, `url` as for `value_parts`.
    """
    for piece in sorted(set(_pieces(value, beside=beside, url=url)), key=len, reverse=True):
        sentence = re.sub(re.escape(piece), PLACEHOLDER, sentence, flags=re.IGNORECASE)
    return sentence


def _pieces(value: str, *, beside: bool, url: bool) -> Iterator[str]:
    """The parts of the value that a message must not have, in every spelling."""
    found = value_parts(value, url=url)
    hidden = [found.user[: -len(_last_at(found.user))]] if found.user else []
    hidden += [each.partition("=")[2] or each for each in re.split("[?#&;]", found.tail)]
    hidden += [piece for whole in hidden[:] for piece in _BETWEEN.split(whole)]
    hidden += _random(found, beside=beside)
    for piece in hidden:
        for each in (piece, unquote(piece), unquote(unquote(piece))):
            if len(each) >= _SHORTEST and not _REGION.fullmatch(each):
                yield from (each, quote(each, safe=""), quote(each), repr(each)[1:-1])


def _last_at(user: str) -> str:
    return [found[0] for found in _AT.finditer(user)][-1]


# Random words


def _unmixed(found: ValueParts, *, beside: bool = False) -> str:
    """The plain part without random words."""
    plain = found.plain
    for word in _random(found, beside=beside):
        plain = plain.replace(word, HIDDEN)
    return plain


def _random(found: ValueParts, *, beside: bool) -> list[str]:
    """The random words of the plain part, the longest first; none in a URL, where hosts and paths have random
    names of accounts and objects.
    """
    if found.scheme:
        return []
    text = found.plain
    is_mixed = _kinds(text) == len(_KINDS) and _changes(text) >= len(text) / 4
    if _BASE64.fullmatch(text) and is_mixed:
        return [text]
    words = [word for word in _WORDS.findall(text) if is_random(word, beside=beside)]
    return sorted(words, key=len, reverse=True)


_WORDS = re.compile(r"[^/:@&=;,\s\\]+")
_BASE64 = re.compile("[A-Za-z0-9+/]{30,}={0,2}")
_KNOWN = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{16}|(?:AIza|gh[pousr]_|GOCSPX-|sk_live_)[A-Za-z0-9_-]+")
"""Keys with the prefix of a known service."""

_LONG, _MIXED = 20, 12
"""Shortest length of a random word: with two kinds of characters (a-z, A-Z, 0-9), and with all three."""
_SPOKEN = re.compile(r"[a-z]*(?:[A-Z][a-z]+)*[0-9]{0,4}|[A-Z]+[0-9]{0,4}|[0-9]+[A-Za-z]{0,3}")
"""Words of people: `clip12`, `HolidayVideos2024`, `IMG`, `1080p`."""
_FILE = re.compile(r".*\.[A-Za-z][A-Za-z0-9]{1,4}", re.DOTALL)
"""A file's name with an ending."""


def is_random(word: str, *, beside: bool = False) -> bool:
    """Whether it looks like a random key, token or password. `beside` if the word is next to settings with
    secrets: there letters with digits are enough.
    """
    if _FILE.fullmatch(word):
        return False
    if _KNOWN.fullmatch(word):
        return True
    pieces = re.split("[-_.~]", word)
    if all(map(_SPOKEN.fullmatch, pieces)):
        return beside and len(word) >= _SHORTEST and _kinds(word) > 1
    joined = "".join(pieces)
    kinds = _kinds(joined)
    if beside and len(joined) >= _SHORTEST and kinds > 1:
        return True
    long = len(joined) >= (_MIXED if kinds == len(_KINDS) or "+" in joined else _LONG)
    return kinds > 1 and long and (kinds == len(_KINDS) or _changes(joined) >= len(joined) / 8)


def is_key(text: str) -> bool:
    """Whether a word of it is random, and has small letters, capitals and digits. Hosts and buckets have no
    such names.
    """
    return any(is_random(word) and _kinds(word) == len(_KINDS) for word in _WORDS.findall(text))


_KINDS = ("[a-z]", "[A-Z]", "[0-9]")


def _kinds(word: str) -> int:
    return sum(bool(re.search(kind, word)) for kind in _KINDS)


def _changes(word: str) -> int:
    """How often the kind of character changes: letters and digits, small and capital letters."""
    return len(re.findall("[a-z][A-Z0-9]|[A-Z][a-z0-9]|[0-9][A-Za-z]", word))

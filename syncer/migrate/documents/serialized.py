"""Values as PHP serialises them (WordPress keeps settings so): each string has its length before it. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counted:
    """A string and where its length is written."""

    digits: int
    start: int
    end: int


def looks(text: bytes) -> bool:
    return bool(_LOOKS.match(text))


def counts(text: bytes, start: int, end: int) -> bool:
    """Whether the length of a string stands between the two places, whatever it is part of."""
    return bool(_COUNTS.search(text, start, end))


def strings(text: bytes, depth: int = 0) -> list[Counted] | None:
    """Every string in a serialised value, those in strings that hold serialised values too.

    `None` unless each byte of `text` is accounted for.
    """
    read = _value(text)
    if read is None or depth > _DEEPEST:
        return None
    found = list(read)
    for outer in read:
        content = text[outer.start : outer.end]
        if looks(content):
            inner = strings(content, depth + 1)
            if inner is None:
                return None
            found += [
                Counted(at.digits + outer.start, at.start + outer.start, at.end + outer.start) for at in inner
            ]
    return found


def lengths(text: bytes, counted: Iterable[Counted], grown: Iterable[tuple[int, int]]) -> dict[int, bytes]:
    """New lengths by where they are written, when the text grows by so many bytes at each of those places.

    From the last to the first, as a length that needs another digit makes what it stands in longer.
    """
    events: list[tuple[int, int | Counted]] = list(grown)  # first, as one may begin where its string does
    events += [(at.start, at) for at in counted]
    new: dict[int, bytes] = {}
    places, sums = [0], [0]
    for place, event in sorted(events, key=lambda event: -event[0]):
        if isinstance(event, int):
            places.append(-place)
            sums.append(sums[-1] + event)
            continue
        inside = sums[-1] - sums[_first(places, -event.end)]
        if inside:
            old = text[event.digits : text.index(b":", event.digits)]
            new[event.digits] = b"%d" % (int(old) + inside)
            places.append(-event.digits)
            sums.append(sums[-1] + len(new[event.digits]) - len(old))
    return new


def _first(places: list[int], limit: int) -> int:
    """The last of the sums that has nothing of a string that ends at the limit."""
    return bisect_right(places, limit, lo=1) - 1


_LOOKS = re.compile(rb'\s*+(?:[aOCs]:[0-9]{1,9}:[{"]|E:[0-9]{1,9}:")')
_COUNTS = re.compile(rb's:[0-9]{1,9}:\\{0,8}"')
_DEEPEST = 8
_SIMPLE = re.compile(
    rb"N;|b:[01];|i:[+-]?[0-9]{1,20};|d:(?:[0-9.eE+-]{1,40}|-?INF|NAN);|[rR]:[0-9]{1,9};"
    rb'|E:[0-9]{1,9}:"[^"]{1,200}";'
)
_STRING = re.compile(rb's:([0-9]{1,9}):"')
_MANY = re.compile(rb'(?:a|O:[0-9]{1,9}:"[^"]{1,200}"):([0-9]{1,9}):\{')


def _value(text: bytes) -> list[Counted] | None:
    found: list[Counted] = []
    at = len(text) - len(text.lstrip())
    missing = [1]
    while len(missing) > 1 or missing[0]:
        if not missing[-1]:
            if text[at : at + 1] != b"}":
                return None
            at += 1
            missing.pop()
            continue
        missing[-1] -= 1
        if simple := _SIMPLE.match(text, at):
            at = simple.end()
        elif string := _STRING.match(text, at):
            end = string.end() + int(string[1])
            if text[end : end + 2] != b'";':
                return None
            found.append(Counted(string.start(1), string.end(), end))
            at = end + 2
        elif many := _MANY.match(text, at):
            missing.append(2 * int(many[1]))
            at = many.end()
        else:
            return None
    return None if text[at:].strip() else found

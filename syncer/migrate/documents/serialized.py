"""Values that PHP serialised, as WordPress stores settings: a length precedes each string. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counted:
    """A string, and the position of its length (`digits`)."""

    digits: int
    start: int
    end: int


def looks(text: bytes) -> bool:
    return bool(_LOOKS.match(text))


def counts(text: bytes, start: int, end: int) -> bool:
    """Whether there is a length of a string between the two positions, in any value."""
    return bool(_COUNTS.search(text, start, end))


def strings(text: bytes, depth: int = 0) -> list[Counted] | None:
    """Every string in a serialised value, also in serialised values inside its strings.

    `None` if any byte of `text` does not fit.
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
    """New lengths by their positions, if the text grows by these bytes at these positions.

    It works from the last string to the first: a length with one more digit makes the outer string longer.
    """
    events: list[tuple[int, int | Counted]] = list(
        grown
    )  # first, as one may begin at the start of its string
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
    """Index of the last sum without bytes of the string that ends at the limit."""
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

"""URLs that copying damaged: text was added around them, or a part is missing. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from syncer.settings.spelling import QUOTES, around, bare_value

_BRACKETS = {"<": ">", "(": ")", "[": "]", "{": "}"}
_STARTS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_INSIDE = re.compile(rf"https?://[^\s<>()\[\]{{}}|\\^{re.escape(QUOTES)}]+", re.IGNORECASE)
_PARAMETER = re.compile(r"[^\s\"'<>()\[\]]*[?/][^\s\"'<>()\[\]]*")
"""The start of a URL without a scheme that contains another URL."""
_BROKEN = re.compile(r"(https?)(?:[:;,.]?//|[:;]/?)(?=[^/\s])", re.IGNORECASE)
_TWICE = re.compile(r"(?:https?:/{0,2}){2,}(?=[^/\s])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Copied:
    """`what` says what is wrong and does not repeat the text; `url` is the URL alone."""

    what: str
    url: str


def find_copied(text: str) -> Copied | None:
    """`None` if the text is only a URL, or contains nothing like one."""
    found = _outside(text) or _among(text) or _scheme(text)
    if found is None:
        return None
    more = find_copied(found.url)
    return Copied(found.what, more.url) if more else found


def _outside(text: str) -> Copied | None:
    if what := around(text):
        return Copied(what, bare_value(text))
    alone = len(text) > 1 and "/" in text and not re.search(r"[\s<>]", text[1:-1].strip())
    if alone and _BRACKETS.get(text[0]) == text[-1]:
        return Copied(f"the brackets {text[0]} and {text[-1]} are part of it", text[1:-1])
    return None


def _among(text: str) -> Copied | None:
    """A URL inside a Markdown link, an HTML tag, a row of a table or a sentence."""
    inside = None if _STARTS.match(text) else _INSIDE.search(text)
    if not inside or not inside.start() or _PARAMETER.fullmatch(text[: inside.start()]):
        return None
    return Copied("there is other text around the URL", inside[0])


def _scheme(text: str) -> Copied | None:
    if twice := _TWICE.match(text):
        return Copied("it has https:// twice", f"https://{text[twice.end() :]}")
    broken = _BROKEN.match(text)
    if not broken or _STARTS.match(text):
        return None
    scheme, given = broken[1].lower(), broken[0]
    missing = given == f"{broken[1]}//"
    what = f"the colon after {scheme} is missing" if missing else f"it has {given} instead of {scheme}://"
    return Copied(what, f"{scheme}://{text[broken.end() :]}")

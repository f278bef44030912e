"""Globs of keys: their meaning, and the flaw of a glob that can't match any key. Pure."""

from __future__ import annotations

import fnmatch
import json
import re
import unicodedata
from collections.abc import Callable

from syncer.probe.media_types import MEDIA
from syncer.settings.spelling import around, bare_value

_ANY_FOLDERS = re.compile(r"(?:^|(?<=/))\*\*/")
_BRACKETS = re.compile(r"\[!?\]?[^\]]*\]")
_BELOW = "a key is relative to the source's root or prefix"
_ONE_EACH = "each item of a list is one glob"

Meant = Callable[[str, re.Match[str]], list[str]]


def _rest(text: str, found: re.Match[str]) -> list[str]:
    """The text without the match."""
    return [text[: found.start()] + text[found.end() :] or "*"]


def _below(text: str, found: re.Match[str]) -> list[str]:
    """The rest of the text; of a whole path only the name, as it is unknown where the root ends."""
    rest = text[found.end() :] or "*"
    folder, _, name = rest.rpartition("/")
    is_whole = found[0] in ("/", "~/") and "/" in folder and not re.search(r"[*?\[]", folder)
    return [(name or "*") if is_whole else rest]


def _slashes(text: str, _: re.Match[str]) -> list[str]:
    """A backslash is the separator of Windows, or before a dot the escape of a regular expression."""
    if r"\." not in text:
        return [text.replace("\\", "/")]
    return [re.sub(r"\\(.)", r"\1", text.replace(".*", "*")).removeprefix("^").removesuffix("$")]


def _apart(text: str, _: re.Match[str]) -> list[str]:
    return re.split(r"\s*[,;|]\s*|\s+", text)


def _each(text: str, found: re.Match[str]) -> list[str]:
    before, after = text[: found.start()], text[found.end() :]
    return [f"{before}{each.strip()}{after}" for each in text[found.start(1) : found.end(1)].split(",")]


_SHAPES: tuple[tuple[str, str, Meant], ...] = (
    (r"[,;|]\s*\*|\s\*\.", _ONE_EACH, _apart),
    (r"\{([^{}]*,[^{}]*)\}", f"braces have no meaning here, and {_ONE_EACH}", _each),
    (r"^[A-Za-z][A-Za-z0-9+.-]*://[^/]*/*", f"no key is a URL: {_BELOW}", _rest),
    (r"^[A-Za-z]:[\\/](?:.*[\\/])?", f"no key starts with a drive: {_BELOW}", _rest),
    (r"\\", "a slash separates the folders of a key, and [\\] matches a backslash in a name", _slashes),
    (r"^(?:~?/|\.{1,2}/)+", f"no key starts with /, ./, ../ or ~/: {_BELOW}", _below),
    (r"(?<=/)(?:\.{1,2}/)+", "no key has a folder . or ..", _rest),
    (r"/$", "no key ends in a slash, and a folder is no key", lambda text, _: [text + "*"]),
    (
        rf"^\.(?:{'|'.join(sorted(MEDIA))})$",
        "a glob has to match the whole key",
        lambda text, _: ["*" + text],
    ),
)
"""A pattern that no key matches, the reason, and the globs that the user may mean."""


def glob(text: str) -> str:
    """The glob in Unicode normal form C, as keys are. Raises `ValueError` for a glob that can't match any
    key: such an `include` or `exclude` has no effect on any file.
    """
    if not bare_value(text):
        raise ValueError('must not be empty; "*" takes everything')
    if flaw := around(text):
        worse = _misshapen(bare_value(text))
        raise ValueError(f"{flaw}; write {_written(worse[1] if worse else [bare_value(text)])}")
    if found := _misshapen(text):
        why, meant = found
        raise ValueError(f"matches no key: {why}; write {_written(meant)}")
    return unicodedata.normalize("NFC", text)


def _misshapen(text: str) -> tuple[str, list[str]] | None:
    """Why the glob matches no key, and the globs that the user may mean."""
    plain = _BRACKETS.sub(lambda found: "x" * len(found[0]), text)  # characters in brackets are literal
    for shape, why, meant in _SHAPES:
        if found := re.search(shape, plain, re.IGNORECASE):
            further = ((each, _misshapen(each)) for each in meant(text, found))
            return why, [glob for each, worse in further for glob in (worse[1] if worse else [each])]
    return None


def _written(globs: list[str]) -> str:
    """The globs as the config has them."""
    quoted = ", ".join(json.dumps(each, ensure_ascii=False) for each in globs)
    return f"[{quoted}]" if len(globs) > 1 else quoted


def exactly(key: str) -> str:
    """The glob that matches only this key, as the config has it."""
    plain = re.sub(r"[*?\[\\{]", r"[\g<0>]", key)
    ends = re.sub(r"^[^\w!\[]|[^\w!\]]$", r"[\g<0>]", plain)
    return _written([ends])


def any_of(globs: tuple[str, ...]) -> re.Pattern[str] | None:
    """One pattern for all globs. It ignores case, as names may end in .MP4 or .mp4."""
    return re.compile("|".join(map(_pattern, globs)), re.IGNORECASE) if globs else None


def _pattern(text: str) -> str:
    """The regular expression. `**/` may match no folder at all, which `fnmatch` does not support."""
    parts = _ANY_FOLDERS.split(text)
    return "(?:.*/)?".join(fnmatch.translate(part)[:-2] for part in parts)  # each ends in its own end mark


def folders_of(globs: tuple[str, ...]) -> dict[str, str]:
    """Globs that name only a folder, and so match nothing in it, by the start of the keys below it."""
    return {f"{each.casefold()}/": each for each in globs if not re.search(r"[*?\[]", each)}

"""The prefix of a bucket: a folder, with or without a final slash. Pure.

| prefix            | matches                                      | not                     |
| ----------------- | -------------------------------------------- | ----------------------- |
| `exports/`        | `exports/a.mp4`, `exports/b/c.mp4`           | `exports-private/d.mp4` |
| `exports`         | the same, and an object with that very key   | `exports-private/d.mp4` |
| `exports/clip-*`  | `exports/clip-1.mp4`                         | `exports/clip-2/a.mp4`  |

The key of an asset is the rest after the prefix: `a.mp4`, `b/c.mp4`, `1.mp4`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from syncer.model import Finding, Severity
from syncer.settings.masked import has_login, is_key, value_parts
from syncer.settings.pasted import pasted

MOST_NAMED = 5
"""Prefixes in one message."""


def checked_prefix(prefix: str) -> str:
    """Raises `ValueError` for a prefix that no key can have."""
    if flaw := pasted(prefix):
        raise ValueError(flaw)
    given = value_parts(prefix)
    if given.scheme.strip("/") or has_login(prefix):
        inside = given.plain.partition("/")[2].lstrip("/")
        raise ValueError(f"must not hold the bucket: write {_quoted(inside)}")
    if "/" not in prefix and is_key(prefix):
        raise ValueError("looks like an access key; if it is a folder in the bucket, add a slash at its end")
    if found := re.match(r"(?:\.{1,2}/)+", prefix):
        raise ValueError(f"no key starts with {found[0]}: write {_quoted(prefix[found.end() :])}")
    if "*" in prefix.removesuffix("*") or prefix.endswith("/*") or prefix == "*":
        raise ValueError(_as_folder(prefix))
    return prefix


def _as_folder(prefix: str) -> str:
    folder = prefix[: prefix.index("*")]
    folder = folder[: folder.rfind("/") + 1]
    rest = prefix[len(folder) :].strip("*/")
    where = f"write {_quoted(folder)}" if folder else "leave it out"
    glob = prefix[len(folder) :] + ("*" if prefix.endswith("/") else "")
    only = f" and include: [{_quoted(glob)}]" if rest else ""
    return f"must be one folder, not a glob: {where}{only}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def start(prefix: str) -> str:
    """The start of all keys below the prefix."""
    return prefix.removesuffix("*") if is_open(prefix) else f"{prefix}/"


def is_open(prefix: str) -> bool:
    """Whether keys below it start with the prefix as it is written; it can't be the key of an object then."""
    return not prefix or prefix.endswith(("/", "*"))


def key_below(prefix: str, found: str) -> str | None:
    """The asset's key for the key of an object; `None` if the object is not below the prefix."""
    if found == prefix:
        return found
    below = found.removeprefix(start(prefix))
    if not found.startswith(start(prefix)) or (prefix.endswith("*") and "/" in below):
        return None
    return below or found


def meant(prefix: str) -> Iterator[str]:
    """Other prefixes that the user may mean, if nothing is below this one."""
    if prefix.startswith("/") or "\\" in prefix:
        yield prefix.replace("\\", "/").strip("/*")
    yield prefix.rstrip("/*")


def candidates(start: str, folders: Iterable[str], keys: Sequence[str]) -> list[str]:
    """Prefixes that match some of the keys that start so; the most similar comes first."""
    if start in keys:
        return [start]
    found = sorted(folders, key=lambda folder: (len(folder), folder))
    return [*found, *([f"{start}*"] if keys else [])]


def empty(place: str, found: Sequence[str], sample: str, *, more: bool = False) -> Finding:
    """The finding that nothing is at `place`, with the prefixes that the user may mean; an empty one is the
    whole bucket. `sample` is a key below the first of them.

    If there are several, it recommends none: another folder may be private.
    """
    if len(found) > 1 or more:
        there = f"are {_listed(found, 'and', more=more)}"
        hint = f"set prefix to the right one: {_listed(found, 'or', more=more)}"
    else:
        there = f"is {_quoted(sample)}"
        hint = f"write prefix: {_quoted(found[0])} if that is the right one"
        hint = hint if found[0] else "leave prefix out to use the whole bucket"
    return Finding(
        "source.prefix",
        Severity.WARN,
        f"nothing is in {place}, but there {there}: a prefix is the whole name of a folder",
        value=place,
        hint=hint,
    )


def _listed(found: Sequence[str], word: str, *, more: bool) -> str:
    named = [_quoted(each) for each in found[:MOST_NAMED]]
    if more or len(found) > MOST_NAMED:
        return f"{', '.join(named)} {word} others"
    return f"{', '.join(named[:-1])} {word} {named[-1]}"

"""Finds the parts of an export by the names of the archives. `takeout-20250912T060118Z-1-001.zip` belongs to
all parts with the same time in their names. An archive with another name is a whole export.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from syncer.model import Asset

ENDINGS = (".zip", ".tgz", ".tar.gz")

_NAME = re.compile(
    r"(?P<export>(?:takeout|drive-download)-\d{8}T\d{6}Z)(?P<batch>-\d{1,6})?-(?P<number>\d{3,6})"
    r"(?:[ _]?\((?P<copy>\d{1,4})\))?(?P<ending>\.zip|\.tgz|\.tar\.gz)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    archive: Asset
    name: str
    """The name of the file."""
    export: str
    """The same for all parts of one export."""
    pattern: str = ""
    """The file's name with {} for its number; empty for a whole export."""
    number: int = 0
    copy: int = 0
    """The number of the download, as browsers count: `(1)`."""


def part_of(archive: Asset) -> Part:
    name = archive.key.rpartition("/")[2]
    found = _NAME.fullmatch(name)
    if not found:
        return Part(archive, name, archive.key)
    digits = len(found["number"])
    pattern = f"{found['export']}{found['batch'] or ''}-{{:0{digits}}}{found['ending']}"
    return Part(
        archive, name, found["export"].lower(), pattern, int(found["number"]), int(found["copy"] or 0)
    )


def gathered(parts: Iterable[Part]) -> list[list[Part]]:
    """The downloads of each part, the first one first, in any order of the listing."""
    groups: dict[tuple[str, str, int], list[Part]] = {}
    for each in parts:
        groups.setdefault((each.export, each.pattern, each.number), []).append(each)
    ordered = sorted(groups.items(), key=lambda group: group[0])
    return [sorted(copies, key=lambda each: (each.copy, each.archive.key)) for _, copies in ordered]


def missing_parts(parts: Iterable[Part]) -> list[str]:
    """The names of parts with a missing number. It is unknown whether parts after the last are missing."""
    numbers: dict[str, set[int]] = {}
    for each in parts:
        if each.pattern:
            numbers.setdefault(each.pattern, set()).add(each.number)
    return [
        pattern.format(number)
        for pattern, seen in sorted(numbers.items())
        for number in range(1, max(seen))
        if number not in seen
    ]


def is_archive(name: str) -> bool:
    return name.casefold().endswith(ENDINGS)

"""Whose an owner mark is: of this catalogue, of another state of it, or of another catalogue."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from enum import Enum

from syncer.errors import DestinationError
from syncer.model import Entry, Finding, Severity
from syncer.protocols.tenure import Mark, Named, Tenure
from syncer.settings.spelling import counted
from syncer.settings.terminal import shorten, visible


class OwnerStatus(Enum):
    FREE = "free"
    """No mark: nobody has published there yet."""
    OURS = "ours"
    OLDER = "older"
    """The mark is of a later state of this catalogue, or of a copy of it on another machine."""
    EARLIER = "earlier"
    """The mark is of an earlier run of this catalogue: an older state of the destination is back."""
    OTHERS = "others"


NAMED = 20
"""Files that one warning names at most."""

FOREIGN = (OwnerStatus.OLDER, OwnerStatus.EARLIER, OwnerStatus.OTHERS)


def at(place: str, known: Iterable[Tenure]) -> Tenure | None:
    """The tenure at this destination."""
    return next((tenure for tenure in known if tenure.place == place), None)


def judge_mark(content: bytes | None, known: Iterable[Tenure], place: str) -> tuple[OwnerStatus, Mark]:
    """The owner of a mark, for a catalogue that knows these tenures."""
    if content is None:
        return OwnerStatus.FREE, Mark("", "")
    mark, standing = parsed(content), OwnerStatus.OTHERS
    for tenure in known:
        # Another destination of ours may be copied to this one in an earlier state: all bytes are compared.
        earlier = tenure.written if tenure.place != place else ()
        if turn_of(content) in (tenure.turn, tenure.before, *earlier):
            return OwnerStatus.OURS, mark
        if tenure.catalogue == mark.catalogue:
            if tenure.turn is None and tenure.place == place:
                return OwnerStatus.OURS, mark
            if standing is not OwnerStatus.EARLIER:
                is_earlier = turn_of(content) in tenure.written
                standing = OwnerStatus.EARLIER if is_earlier else OwnerStatus.OLDER
    return standing, mark


def owner_error(standing: OwnerStatus, mark: Mark, place: str) -> DestinationError:
    whose = (
        f"host {mark.host} uses it for {mark.origin} since {mark.since}"
        if mark.host
        else "its owner mark can't be read"
    )
    if standing is OwnerStatus.OLDER:
        return DestinationError(
            f"the destination ({place}) was written by a later state of this catalogue or by a copy of it:"
            f" {whose}",
            code="destination.owner",
            hint="if two machines have the same catalogue, stop one. If an old copy of the catalogue was put"
            " back, `syncer sync --take-over` looks at each file again, and copies only missing files. What"
            " you unpublished after that copy becomes public again: the run names it (`catalogue.older`)",
        )
    if standing is OwnerStatus.EARLIER:
        return DestinationError(
            f"the destination ({place}) is in an older state than this catalogue left it: its owner mark is"
            f" of an earlier run; {whose}",
            code="destination.owner",
            hint="is the right disk mounted? If another disk was mounted here meanwhile, or a backup was put"
            " back, `syncer sync --take-over` looks at each file again: nothing is lost, and only missing"
            " files are copied",
        )
    return DestinationError(
        f"the destination ({place}) belongs to another catalogue: {whose}",
        code="destination.owner",
        hint="give each catalogue a root or prefix of its own; if that catalogue was lost, run"
        " `syncer catalogue rebuild`; if this one takes its place, run `syncer sync --take-over`",
    )


def is_listed(entry: Entry, listed: Named) -> bool:
    return (entry.source, entry.key, entry.path) in listed or entry.url in listed


def older(count: int, first: Sequence[str]) -> Finding:
    """The catalogue may be an old copy: the newest manifest lacks so many files, which it has as published.
    `first` are the names of up to `NAMED` of them.
    """
    names = ", ".join(map(visible, first))
    return Finding(
        "catalogue.older",
        Severity.WARN,
        f"{counted(count, 'file is', 'files are')} published as this catalogue says, but the newest manifest"
        f" does not list {'it' if count == 1 else 'them'}: {names}{', …' if count > NAMED else ''}; if an old"
        " copy of the catalogue was put back, these were unpublished or deleted since, and are public again"
        " if their sources still have them",
        value=str(count),
        hint="run `syncer unpublish` for each of them that must not be public",
    )


def parsed(content: bytes) -> Mark:
    """The mark; one without a name if the content can't be read."""
    try:
        said = json.loads(content)
        mark = Mark(**{field.name: str(said[field.name]) for field in fields(Mark)})
    except (ValueError, LookupError, TypeError, RecursionError):
        return Mark("", "")
    return replace(
        mark, **{name: shorten(visible(getattr(mark, name)), 200) for name in ("host", "origin", "since")}
    )


def turn_of(content: bytes | None) -> str | None:
    """The turn of a mark; the hash of its bytes if it can't be read."""
    return None if content is None else parsed(content).turn or hashlib.sha256(content).hexdigest()

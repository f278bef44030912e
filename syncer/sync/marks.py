"""Whose an owner mark is: of this catalogue, of another state of it, or of another catalogue."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields, replace
from enum import Enum

from syncer.errors import DestinationError
from syncer.protocols.tenure import Mark, Tenure
from syncer.settings.terminal import shorten, visible


class OwnerStatus(Enum):
    FREE = "free"
    """No mark: nobody has published there yet."""
    OURS = "ours"
    OLDER = "older"
    """The mark is of a later state of this catalogue, or of a copy of it on another machine."""
    OTHERS = "others"


FOREIGN = (OwnerStatus.OLDER, OwnerStatus.OTHERS)


def at(place: str, known: Iterable[Tenure]) -> Tenure | None:
    """The tenure at this destination."""
    return next((tenure for tenure in known if tenure.place == place), None)


def judge_mark(content: bytes | None, known: Iterable[Tenure], place: str) -> tuple[OwnerStatus, Mark]:
    """The owner of a mark, for a catalogue that knows these tenures."""
    if content is None:
        return OwnerStatus.FREE, Mark("", "")
    mark, standing = parsed(content), OwnerStatus.OTHERS
    for tenure in known:
        if turn_of(content) in (tenure.turn, tenure.before):
            return OwnerStatus.OURS, mark
        if tenure.catalogue == mark.catalogue:
            if tenure.turn is None and tenure.place == place:
                return OwnerStatus.OURS, mark
            standing = OwnerStatus.OLDER
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
            hint="if two machines have the same catalogue, stop one. If another disk was mounted here"
            " meanwhile, or an old copy of the catalogue or the disk was restored, `syncer sync --take-over`"
            " looks at each file again: nothing is lost, and only missing files are copied",
        )
    return DestinationError(
        f"the destination ({place}) belongs to another catalogue: {whose}",
        code="destination.owner",
        hint="give each catalogue a root or prefix of its own; if that catalogue was lost, run"
        " `syncer catalogue rebuild`; if this one takes its place, run `syncer sync --take-over`",
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

"""Sources in place: where their files are below the destination's root, and what may not share that place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from syncer.config.complaints import shown_value
from syncer.config.same_kind import SAME_KINDS
from syncer.config.yamlfile import Loc
from syncer.destinations import Store
from syncer.destinations.keys import path_below_root
from syncer.errors import DestinationError
from syncer.origin.paths import PathTemplate
from syncer.settings.fields import Settings
from syncer.sources import KINDS, Listing, is_in_place
from syncer.urls import safe_names

if TYPE_CHECKING:
    from syncer.config import Config

Flaw = tuple[Loc, str]


def places(config: Config) -> dict[str, str]:
    """For each source in place, the common start of its files' paths: a folder and its slash, or nothing.

    In a bucket it is the rest of the prefix.
    """
    found = {
        name: place_at_destination(source, config.origin.destination)
        for name, source in config.sources.items()
        if is_in_place(source)
    }
    return {name: where for name, where in found.items() if where is not None}


def place_at_destination(source: Listing, destination: Store) -> str | None:
    """The path of the source's root below the destination's; `None` if it is outside, or that is unknown."""
    if source.kind != destination.kind or source.kind not in SAME_KINDS:
        return None
    return SAME_KINDS[source.kind].place(source, destination)


def place_flaws(config: Config, given: Mapping[str, Any]) -> Iterator[Flaw]:
    """Wrong places of sources. `given` are the sources as in the file."""
    taken: dict[str, str] = {}
    for name, source in config.sources.items():
        loc = ("sources", name, _root(source))
        if not is_in_place(source):
            if reason := _apart_flaw(config, name, given.get(name) or {}):
                yield loc, reason
            continue
        if "path" in source.model_fields_set:
            yield ("sources", name, "path"), _NO_PATH
        where = place_at_destination(source, config.origin.destination)
        if where is None:
            yield loc, _not_inside(source, config.origin.destination)
            continue
        if reason := _unpublishable(where):
            yield loc, f"its files can't be published where they are: {reason}{_or_meant(source)}"
        yield from ((loc, _twice(other)) for other in taken if _share(where, taken[other]))
        taken[name] = where
    yield from _template_flaws(config, taken)


_NO_PATH = "a source in place has no path, because its files keep their URLs; remove this line"


def _share(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _twice(other: str) -> str:
    return (
        f"it and the source {other} would list the same files in place; remove one, or give it another folder"
    )


def _template_flaws(config: Config, taken: Mapping[str, str]) -> Iterator[Flaw]:
    """A copying source never writes into a folder of the user's own files."""
    for name, source in config.sources.items():
        if is_in_place(source):
            continue
        try:
            template = PathTemplate.parse(source.path)
        except ValueError:
            continue  # another check reports this
        for other, where in taken.items():
            if template.may_lead_into(where, name):
                yield ("sources", name, "path"), _among(name, source.path, other, where)


def _among(name: str, path: str, other: str, where: str) -> str:
    folder = shown_value(where) if where else "all of the destination"
    fix = f"give {other} a root below the destination's"
    if where:
        fix = f"let it begin with another folder, such as path: {name}/{{key}}"
    return f"{shown_value(path)} may lead into the folder of the source {other}, in place in {folder}; {fix}"


def _apart_flaw(config: Config, name: str, given: Mapping[str, Any]) -> str | None:
    """A source must not list its own copies."""
    source, destination = config.sources[name], config.origin.destination
    if not _feeds_on_itself(name, source, destination):
        return None
    ours, theirs = (shown_value(_written(part)) for part in (source, destination))
    if place_at_destination(source, destination) is None:
        return (
            f"{ours} and the destination's root {theirs} must be separate: otherwise copies would be listed"
            " and copied again, without end"
        )
    lines = [f"    {key}: {_as_yaml(value)}" for key, value in given.items() if key in _WHERE]
    why = (
        f"{ours} is inside the destination's root {theirs}: copies would be listed and copied again,"
        " without end. To publish these files where they are, without a copy, write"
    )
    yaml = ("sources:", f"  {name}:", *lines, "    in_place: true")
    return "\n".join([why, *yaml, "To copy them, move them out of the destination's root."])


_WHERE = ("kind", "host", "port", "user", "root", "bucket", "prefix", "endpoint")
"""Settings that say where a source is, and are not secret."""


def _as_yaml(value: object) -> str:
    plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z~./][\w~./:-]*", value)
    return str(value) if plain else json.dumps(value, ensure_ascii=False)


def _feeds_on_itself(name: str, source: Listing, destination: Store) -> bool:
    if source.kind != destination.kind or source.kind not in SAME_KINDS:
        return False
    return SAME_KINDS[source.kind].feeds_on_itself(source, destination, name)


def _not_inside(source: Listing, destination: Store) -> str:
    if destination.kind not in KINDS:
        return (
            "in_place needs a source of the destination's kind, and there are no sources of the kind"
            f" {destination.kind}: leave in_place out to copy"
        )
    if source.kind != destination.kind:
        return (
            f"in_place is for files at the destination, which is of the kind {destination.kind}; this source"
            f" is of the kind {source.kind}: write kind: {destination.kind} with its settings, or leave"
            " in_place out to copy"
        )
    ours, theirs = (shown_value(_written(part)) for part in (source, destination))
    return (
        f"{ours} is not inside the destination's root {theirs}, so the URLs of its files are unknown;"
        f" correct {_SETTINGS[source.kind]}, or let the destination be the folder that origin.url serves, or"
        " leave in_place out to copy"
    )


_SETTINGS = {"local": "root", "sftp": "host, port, user or root", "s3": "endpoint, bucket or prefix"}


def _written(part: Settings) -> str:
    """A root as the config has it."""
    if bucket := getattr(part, "bucket", ""):
        return f"{bucket}/{getattr(part, 'prefix', '')}"
    return str(getattr(part, "root", ""))


def _root(source: Listing) -> str:
    return "prefix" if source.kind == "s3" else "root"


def _unpublishable(where: str) -> str | None:
    path = f"{where}name.mp4"
    try:
        return safe_names.obeyed(path_below_root(path))
    except DestinationError as error:
        return error.message


def _or_meant(source: Listing) -> str:
    """What to write if there are too many slashes, or slashes of the wrong kind."""
    prefix = str(getattr(source, "prefix", ""))
    if not prefix:
        return ""
    meant = re.sub(r"[/\\\\]+", "/", prefix).lstrip("/")
    usual = meant != prefix and _unpublishable(meant if meant.endswith("/") else f"{meant}/") is None
    return f"; if no key begins with that, write {shown_value(meant)}" if usual else ""

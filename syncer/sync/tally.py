"""Counts one listing of a source: what was listed, and what its settings left out."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from syncer.model import Asset, Entry, Finding, Severity
from syncer.settings.spelling import counted

NARROWING = ("include", "exclude", "min_size", "max_size")
"""Settings that leave out a published file only if somebody changed the setting or the file."""


_KIND = re.compile(r"(?:\*\*/)?\*\.\w+")
"""A glob for a file ending: it is no mistake if there are no such files yet."""


@dataclass(slots=True)
class Tally:
    source: str
    listed: int = 0
    """Objects, without junk."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Objects that a setting left out, by setting."""
    overlooked: Counter[str] = field(default_factory=Counter)
    """Objects in the folder that an `exclude` glob names without leaving them out, by glob."""
    junk: Counter[str] = field(default_factory=Counter)
    """System files, by kind (`syncer.sources.junk`)."""
    sample: str = ""
    """The key of an object that was left out."""

    narrowed: Counter[str] = field(default_factory=Counter)
    """Published files that a setting of `NARROWING` leaves out now, by setting."""
    stays: str = ""
    """The key of one of them."""

    dead: dict[str, re.Pattern[str]] = field(default_factory=dict)
    """Globs of `include` that have matched nothing so far."""

    def meet(self, key: str) -> None:
        for glob in [glob for glob, pattern in self.dead.items() if pattern.fullmatch(key)]:
            del self.dead[glob]

    def leave_out(self, setting: str, asset: Asset, junk: str | None) -> None:
        """`junk` is the kind, if it is a system file."""
        if junk:
            self.junk[junk] += 1
            return
        self.listed += 1
        self.left_out[setting] += 1
        self.sample = self.sample or asset.key

    def stay(self, setting: str, key: str) -> None:
        """Count a published file that a setting leaves out now."""
        if setting in NARROWING:
            self.narrowed[setting] += 1
            self.stays = self.stays or key

    def _staying(self) -> Iterator[Finding]:
        """The warning that published files no longer match the settings: a filter deletes nothing."""
        if count := self.narrowed.total():
            files = counted(
                count,
                "published file is now left out by {} and stays published: '{}'",
                "published files are now left out by {} and stay published, such as '{}'",
            )
            told = files.format(" and ".join(sorted(self.narrowed, reverse=True)), self.stays)
            they = "This file stays" if count == 1 else f"These {count} files stay"
            key = shlex.quote(f"{self.source}:{self.stays}")
            hint = f"{they} public. Find them: syncer urls. To remove one: syncer unpublish {key}"
            yield self._warning("source.narrowed", told, count, hint)

    def findings(self) -> Iterator[Finding]:
        """Warnings if every object was left out, a published file is left out now, or a glob did nothing."""
        yield from self._staying()
        if self.left_out.total() == self.listed:
            objects = counted(self.listed, "object")
            told = none_taken(objects, self.left_out)
            if len(self.dead) > 1:
                told += f": none matches {_quoted(self.dead)}"
            yield self._warning("source.unmatched", told, self.listed, glob_advice(self.sample))
        elif dead := [glob for glob in self.dead if not _KIND.fullmatch(glob)]:
            told = f"none of {counted(self.listed, 'object')} matches {_quoted(dead)} of include"
            hint = "a glob matches a whole key, which begins below the root or prefix"
            yield self._warning("source.include", told, len(dead), hint)
        for glob, count in self.overlooked.items():
            told = (
                f"exclude {glob} names a folder and leaves out nothing:"
                f" {counted(count, f'object in {glob}/ is', f'objects in {glob}/ are')} taken"
            )
            yield self._warning("source.exclude", told, count, f'write exclude: ["{glob}/*"]')

    def empty(self, published: int, fate: str) -> Finding:
        """The warning that nothing was listed; `published` paths of the source exist, and `fate` says what
        happens to them.
        """
        if not published:
            hint = "are its folder, prefix or list right?"
            return self._warning("source.empty", "0 objects listed", 0, hint)
        told = f"0 objects listed, {published} published before"
        hint = f"is its disk mounted, its folder or prefix right? {fate}"
        return self._warning("source.empty", told, published, hint)

    def left_as_junk(self) -> Iterator[Finding]:
        """The warning that system files were left out: how many of each kind."""
        if self.junk:
            kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(self.junk.items()))
            count = self.junk.total()
            hint = (
                "if you want some of them, name their kind in `include` beside the rest, such as"
                f' include: ["*", "*{min(self.junk).rstrip("*")}*"]'
            )
            of = "of macOS, Windows or a NAS"
            files = counted(count, f"file {of} is", f"files {of} are")
            yield self._warning("source.junk", f"{files} left out: {kinds}", count, hint)

    def _warning(self, rule: str, told: str, value: int, hint: str) -> Finding:
        return _warning(self.source, rule, told, value, hint)


@dataclass(slots=True)
class Absences:
    """Published files that a complete listing lacks for the first time."""

    counts: Counter[tuple[str, bool]] = field(default_factory=Counter)
    """Files by source, and whether they lay in place."""
    examples: dict[tuple[str, bool], str] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        kind = entry.source, entry.in_place
        self.counts[kind] += 1
        self.examples.setdefault(kind, entry.key)

    def findings(self, fate: str) -> Iterator[Finding]:
        """`fate` says what happens to the copies."""
        for (source, in_place), count in self.counts.items():
            example = self.examples[source, in_place]
            files = (
                f"1 published file is no longer there: '{example}'"
                if count == 1
                else f"{count} published files are no longer there, such as '{example}'"
            )
            becomes = "files that are gone leave the manifest" if in_place else fate
            hint = f"{becomes}; if you did not remove them, check `root`, `prefix` or the list"
            yield _warning(source, "source.gone", files, count, hint)


def _quoted(globs: Iterable[str]) -> str:
    return " or ".join(json.dumps(glob, ensure_ascii=False) for glob in globs)


def _warning(source: str, rule: str, told: str, value: int, hint: str) -> Finding:
    return Finding(rule, Severity.WARN, f"source {source}: {told}", value=str(value), hint=hint)


def fate_of_gone(after: timedelta | None) -> str:
    """What happens to copies whose source files are gone. They stay for `after`; `None` means for ever."""
    if after is None:
        return "`delete` is never, so the copies stay"
    if after <= timedelta():
        return "the run deletes the copies, unless `max_delete` or an error forbids it"
    return f"a run deletes the copies after the files were gone for {_spelt(after)}"


def fate_of_emptied(after: timedelta | None, *, held_back: bool) -> str:
    """The same for a source that lists nothing. `held_back`: `max_delete` is below 100%."""
    if held_back:
        return "Nothing of it is deleted, whatever `delete` is, until a run with --max-delete 100%"
    return f"`max_delete` is 100%, and {fate_of_gone(after)}".replace("`max_delete` or ", "")


def _spelt(time: timedelta) -> str:
    seconds = time.total_seconds()
    sizes = ((86400, "day"), (3600, "hour"), (60, "minute"))
    size, unit = next((each for each in sizes if seconds >= each[0]), (1, "second"))
    return f"{seconds / size:g} {unit}{'' if seconds == size else 's'}"


def none_taken(objects: str, left_out: Counter[str]) -> str:
    """The message that every one of the `objects` (such as `211 objects`) is left
    out, and by which settings.
    """
    if [*left_out] == ["include"]:
        return f"0 of {objects} match include"
    shares = ", ".join(f"{setting} leaves out {count}" for setting, count in left_out.most_common())
    return f"0 of {objects} taken: {shares}"


def glob_advice(sample: str) -> str:
    return f"one of them is '{sample}': a glob has to match all of that, and `*` also crosses folders"

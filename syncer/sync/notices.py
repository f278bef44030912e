"""Warnings about many files at once, which a run collects and reports at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from syncer.model import Asset, Copy, Entry, Finding, Published, Severity, unknowns
from syncer.settings.spelling import counted

MOST_DOUBTS = 5
"""Files, or reasons why files can't be judged, that one warning of a run names."""


@dataclass(slots=True)
class Notices:
    orphans: Counter[str] = field(default_factory=Counter)
    """Published entries whose source can't be read any more, by source."""
    undecided: Counter[str] = field(default_factory=Counter)
    """Published files that no rule refuses and some rule could not judge, by the reason."""
    _example: dict[str, str] = field(default_factory=dict)
    _lost: dict[str, list[str]] = field(default_factory=dict)
    """Keys of files that the destination lost, by source."""
    _found: list[str] = field(default_factory=list)
    """Paths of files that were at this destination before syncer came."""
    _again: list[tuple[str, str, str]] = field(default_factory=list)
    """Asset, URL, and the asset of which somebody unpublished the same bytes."""
    _taken: list[tuple[str, str, str]] = field(default_factory=list)
    """Asset, URL, and the asset that had this URL."""

    def again(self, entry: Entry, other: str) -> None:
        """Note a new public file with bytes that somebody unpublished as another asset."""
        self._again.append((f"{entry.source}:{entry.key}", entry.url or "", other))

    def take(self, owner: Entry, action: Copy, outcome: Published) -> None:
        """Note a URL that now serves other bytes than those of an asset whose source left the config."""
        if owner.sha256 != outcome.content.sha256:
            asset = f"{action.asset.source}:{action.asset.key}"
            self._taken.append((asset, outcome.url, f"{owner.source}:{owner.key}"))

    def find(self, entry: Entry, outcome: Published) -> None:
        """Note a file that a first look saw there, if nothing shows that syncer wrote it."""
        if outcome.seen and entry.unconfirmed and entry.found:
            self._found.append(outcome.path)

    def doubt(self, entry: Entry) -> None:
        """A published file can't be judged."""
        why = unknowns(entry.findings)[0].message
        self.undecided[why] += 1
        self._example.setdefault(why, f"{entry.source}:{entry.key}")

    def lose(self, asset: Asset) -> None:
        """The destination lost a file, and the run copies it again."""
        self._lost.setdefault(asset.source, []).append(asset.key)

    def findings(self) -> list[Finding]:
        return [
            *self.lost(),
            *self.found(),
            *self.republished(),
            *self.replaced(),
            *self.orphaned(),
            *self.doubts(),
        ]

    def republished(self) -> Iterator[Finding]:
        told = (
            (
                f"{asset} is published at {url}, and has the very bytes that you unpublished as {other}",
                f"if nobody should see them, run `syncer unpublish {asset}`, too",
            )
            for asset, url, other in self._again
        )
        rest = "more new files have the very bytes of files that you unpublished"
        return _first_of("unpublish.again", told, len(self._again), rest)

    def replaced(self) -> Iterator[Finding]:
        hint = "if you did not rename the source, give this one another `path`, such as {source}/{key}"
        told = (
            (
                f"{url} now serves {asset}; before, it served {other}, whose source is not in the config now",
                hint,
            )
            for asset, url, other in self._taken
        )
        rest = "more URLs of sources that are not in the config now serve other files now"
        return _first_of("source.replaced", told, len(self._taken), rest)

    def lost(self) -> Iterator[Finding]:
        for source, keys in self._lost.items():
            one = f"published file was missing or changed at the destination: '{keys[0]}'"
            many = f"published files were missing or changed at the destination, such as '{keys[0]}'"
            yield Finding(
                "destination.changed",
                Severity.WARN,
                f"source {source}: {counted(len(keys), one, many)}",
                value=str(len(keys)),
                hint="this run copies them again if the source has them; find out what else changes them",
            )

    def found(self) -> Iterator[Finding]:
        if self._found:
            they = "it" if len(self._found) == 1 else "them"
            one = f"file was at the destination already: '{min(self._found)}'"
            many = f"files were at the destination already, such as '{min(self._found)}'"
            yield Finding(
                "destination.found",
                Severity.WARN,
                f"{counted(len(self._found), one, many)}; syncer has no proof that it wrote {they}, so it"
                f" publishes {they} and never replaces or deletes {they}",
                value=str(len(self._found)),
                hint=f"if you copied {they} there from an earlier destination of this config, copy its file"
                " `.syncer-owner` there, too, and run `syncer sync` again",
            )

    def orphaned(self) -> Iterator[Finding]:
        for source, count in self.orphans.items():
            one = f"published file of {source} can't be downloaded there any more; the copy stays"
            many = f"published files of {source} can't be downloaded there any more; the copies stay"
            yield Finding(
                "source.over",
                Severity.WARN,
                f"{counted(count, one, many)} online",
                value=str(count),
                hint="the stable URLs still work; add new links only for files that changed",
            )

    def doubts(self) -> Iterator[Finding]:
        """Why published files can't be judged, each reason once."""
        for why, count in self.undecided.most_common(MOST_DOUBTS):
            they = "it" if count == 1 else "they"
            yield Finding(
                "media.unread",
                Severity.UNKNOWN,
                f"{count} published, and it is unknown whether {they} would be accepted: {why}, such as"
                f" {self._example[why]}",
                value=str(count),
                hint="they are in the manifest with accepted: null; `syncer check` reads them again",
            )


def _first_of(rule: str, told: Iterable[tuple[str, str]], count: int, rest: str) -> Iterator[Finding]:
    """One warning, with its hint, for each of the first files, and one for all others."""
    for message, hint in islice(told, MOST_DOUBTS):
        yield Finding(rule, Severity.WARN, message, hint=hint)
    if (more := count - MOST_DOUBTS) > 0:
        yield Finding(rule, Severity.WARN, f"{more} {rest}", value=str(more))

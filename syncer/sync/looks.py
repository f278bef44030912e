"""Looks at public URLs: the first one after a copy, and each later one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from syncer.errors import DestinationError, SyncerError
from syncer.model import (
    Content,
    Entry,
    Finding,
    Outcome,
    Published,
    Severity,
    Stored,
    acceptance,
    is_cut,
    rejects,
    still_cut,
    unknowns,
)
from syncer.probe.prober import Prober
from syncer.protocols import Addresses, Destination, Pace, Stopped, View
from syncer.settings.spelling import counted
from syncer.sync.learned import learned
from syncer.sync.reading_back import read_back
from syncer.sync.rules import Rules
from syncer.sync.transitions import UNREACHED

STOPPED = "origin.stopped"
"""The rule that fails if the run was stopped between the upload and the look."""


@dataclass(frozen=True, slots=True)
class Looks:
    destination: Destination
    view: View
    addresses: Addresses
    rules: Rules
    prober: Prober
    pace: Pace

    def after_copy(self, path: str, content: Content, warnings: tuple[Finding, ...]) -> Published:
        """The first look at what was committed at the path."""
        url = self.addresses.url(path)
        try:
            seen = self._look(url, content, first=True)
        except Stopped:
            seen = (Finding(STOPPED, Severity.REJECT, "the run was stopped before it was seen at its URL"),)
        return self.published(path, url, content, warnings + seen, first=True)

    def _look(self, url: str, content: Content, *, first: bool) -> tuple[Finding, ...]:
        look = self.view.compare if first and self.rules.verify_all else self.view.look
        return look(url, content)

    def published(
        self, path: str, url: str, content: Content, seen: tuple[Finding, ...], *, first: bool
    ) -> Published:
        """If the look can't decide, a URL that was never seen is not listed, and one that was seen stays."""
        was_seen = acceptance(seen) is True if first else not (rejects(seen) or _was_not_requested(seen))
        found = self.rules.judge(content) + seen
        return Published(path, url, content, was_seen, found, read=self.view.read)

    def served(self, path: str, content: Content) -> Published | None:
        """After an upload that ended with an error: some destinations store the file nevertheless. Only all
        of its bytes at the public URL prove that.
        """
        url = self.addresses.url(path)
        try:
            if acceptance(self.view.look(url, content)) is not True:
                return None
            if acceptance(seen := self.view.compare(url, content)) is not True:
                return None
        except Stopped:
            return None
        return self.published(path, url, content, seen, first=True)

    def again(self, entry: Entry, *, first: bool, stat: bool) -> Outcome:
        """A later look. With `stat`, the destination must first confirm that it holds the file. Raises
        `DestinationError` if the file is gone or was changed.
        """
        content = entry.content
        path, url = entry.path or "", entry.url or ""
        # It is unknown who wrote it, or a run died before any byte of it was compared.
        whole = stat and (entry.doubted or entry.published_at is None or not content.head_sha256)
        if stat:
            stored = self._confirm(path, content)
            if whole and not self.holds(stored, content.sha256):
                raise _not_ours(path)
        if unread := whole and not content.head_sha256:  # only the manifest knows the file
            content = learned(self.view, self.prober, url, content)
        seen = self.view.compare(url, content) if unread else self._look(url, content, first=first)
        if not unread and is_cut(entry.findings) and acceptance(seen) is True:
            seen = self.view.compare(url, content)
        proven = unread or acceptance(seen) is True
        seen = _with_hints_in_place(seen) if entry.in_place else seen
        other_bytes = not whole and _serves_other_bytes(entry, seen, at_once=stat)
        lost = not entry.in_place and bool(rejects(seen)) and self._lost(path, content)
        if rejects(seen) and (other_bytes or lost):
            raise _changed(path, entry, lost=lost)
        content = entry.content if rejects(seen) else content
        seen = seen if proven else still_cut(entry.findings, seen)
        return self.published(path, url, content, seen, first=first)

    def holds(self, stored: Stored, sha256: str) -> bool:
        """Whether the file at the destination has exactly these bytes. It is read there, as a URL may lead
        elsewhere. Raises `DestinationError`.
        """
        try:
            return read_back(self.destination, stored, self.pace).sha256 == sha256
        except DestinationError as error:
            if error.code not in ("destination.changed", "destination.missing") or error.transient:
                raise
            return False  # a link, or gone

    def _confirm(self, path: str, content: Content) -> Stored:
        """Raises `DestinationError` unless the destination holds a file of this size at the path."""
        stored = self.destination.stat(path)
        if stored is None or stored.size != content.size:
            found = "nothing" if stored is None else f"a file of {counted(stored.size, 'byte')}"
            belong = counted(content.size, "byte belongs", "bytes belong")
            raise DestinationError(
                f"the new destination holds {found} at '{path}', where {belong}",
                code="destination.absent",
                hint="syncer copies it if its source has it and no other file lies there; otherwise copy it"
                " there from the old destination, or set `delete` so that syncer forgets it",
            )
        return stored

    def _lost(self, path: str, content: Content) -> bool:
        """Whether the destination certainly does not hold what we stored."""
        try:
            stored = self.destination.stat(path)
        except SyncerError:
            return False
        return stored is None or stored.size != content.size


def _was_not_requested(seen: tuple[Finding, ...]) -> bool:
    """Whether there was no request to the URL, because its host answers nothing."""
    return any(found.rule == UNREACHED for found in unknowns(seen))


def _with_hints_in_place(seen: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """A look can't tell whether a file in place still lies where its URL leads, so the hint says to check."""
    hint = (
        "see that the file is still there, that everyone may read it, and that origin.url serves the"
        " destination's root"
    )
    absent = ("403", "404", "410")  # S3 answers 403 if the requester may not list the bucket
    return tuple(
        replace(finding, hint=hint)
        if finding.rule == "origin.status" and finding.value in absent
        else finding
        for finding in seen
    )


def _not_ours(path: str) -> DestinationError:
    return DestinationError(
        f"the file at '{path}' has other bytes at the destination than syncer published",
        code="destination.changed",
        hint="syncer neither replaces nor deletes it; if nobody needs it, remove it there, and the next run"
        " copies the file",
    )


class OtherBytesError(DestinationError):
    """A URL serves other bytes of the same size, so a cache may be the reason."""


def _changed(path: str, entry: Entry, *, lost: bool) -> DestinationError:
    if entry.in_place:
        message = f"the URL of '{path}' serves other bytes than the file had"
        hint = "the next run reads the file again; look for a cache, or a second folder behind that URL"
        return DestinationError(message, code="destination.changed", hint=hint)
    message = f"'{path}' is missing or changed at the destination"
    hint = "syncer copies it again if its source still has it; find out what else changes files there"
    if lost:
        return DestinationError(message, code="destination.changed", hint=hint)
    message += ": its URL serves other bytes"
    hint = f"{hint.replace('syncer', 'the next run')}, or whether a cache serves an old file"
    return OtherBytesError(message, code="destination.changed", hint=hint)


def _serves_other_bytes(entry: Entry, seen: tuple[Finding, ...], *, at_once: bool) -> bool:
    """Whether two looks in a row found other bytes and no other fault: then it is no cache, but the file.

    `at_once`: the destination never served our bytes, so one look is enough.
    """
    before = {finding.rule for finding in rejects(entry.findings)}
    now = {finding.rule for finding in rejects(seen)}
    return now == {"origin.bytes"} and (at_once or before == now)

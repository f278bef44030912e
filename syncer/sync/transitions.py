"""Makes the new entry from the old one and an event: the state, and each field. Pure.

An asset that the catalogue does not know is `Entry(source, key, State.FAILED)`. The tests compare both tables
with the code, for every state and event.

| event                    | failed    | rejected  | stored    | published | doomed    |
| ------------------------ | --------- | --------- | --------- | --------- | --------- |
| copied, seen             | published | published | published | published | published |
| copied, not seen         | stored    | stored    | stored    | stored    | stored    |
| copy rejected            | rejected  | rejected  | rejected  | rejected  | rejected  |
| copy failed              | failed    | rejected  | stored    | published | failed    |
| copy failed, unsure      | failed    | rejected  | stored    | stored    | failed    |
| copy begun               | failed    | rejected  | stored    | stored    | doomed    |
| looked at, seen          | published | rejected  | published | published | published |
| looked at, not seen      | stored    | rejected  | stored    | stored    | stored    |
| look failed              | failed    | rejected  | stored    | published | doomed    |
| look found it lost       | failed    | rejected  | failed    | failed    | failed    |
| kept                     | failed    | rejected  | stored    | published | doomed    |
| refused by today's rules | rejected  | rejected  | rejected  | rejected  | rejected  |
| its type is not served   | failed    | rejected  | stored    | stored    | doomed    |
| checked, seen            | failed    | rejected  | published | published | doomed    |
| checked, not seen        | failed    | rejected  | stored    | stored    | doomed    |
| checked, too slow        | failed    | rejected  | stored    | published | doomed    |
| checked, not reached     | failed    | rejected  | stored    | published | doomed    |
| destination changed      | stored    | rejected  | stored    | stored    | stored    |
| to be deleted            | doomed    | doomed    | doomed    | doomed    | doomed    |
| delete failed            | failed    | rejected  | stored    | published | doomed    |
| still served             | published | rejected  | published | published | doomed    |
| not seen to be served    | failed    | rejected  | stored    | published | doomed    |

Only a listing may say that an asset is gone, so only an event of a listed asset clears `gone_since`. `bytes`
are path, URL, size, hashes, media type and facts; a rejected copy has no hashes and keeps its old path.
`first` is the time of the first look that saw these bytes at this URL. `attempts` follows `error`: 0 without
one, and one more for each new one.

| event                    | version | bytes | findings | error | published_at | checked_at | gone_since |
| ------------------------ | ------- | ----- | -------- | ----- | ------------ | ---------- | ---------- |
| copied, seen             | new     | new   | new      | none  | first        | now        | none       |
| copied, not seen         | new     | new   | new      | none  | first        | now        | none       |
| copy rejected            | new     | none  | new      | none  | none         | kept       | none       |
| copy failed              | kept    | kept  | kept     | new   | kept         | kept       | none       |
| copy failed, unsure      | kept    | kept  | kept     | new   | kept         | kept       | none       |
| copy begun               | kept    | kept  | kept     | kept  | kept         | kept       | kept       |
| looked at, seen          | kept    | new   | new      | none  | first        | now        | kept       |
| looked at, not seen      | kept    | new   | new      | none  | first        | now        | kept       |
| look failed              | kept    | kept  | kept     | new   | kept         | kept       | kept       |
| look found it lost       | kept    | kept  | kept     | new   | kept         | kept       | kept       |
| kept                     | kept    | kept  | kept     | none  | kept         | kept       | none       |
| refused by today's rules | kept    | kept  | new      | none  | none         | kept       | kept       |
| its type is not served   | kept    | kept  | added    | kept  | kept         | kept       | kept       |
| checked, seen            | kept    | kept  | new      | kept  | kept         | now        | kept       |
| checked, not seen        | kept    | kept  | new      | kept  | kept         | now        | kept       |
| checked, too slow        | kept    | kept  | new      | kept  | kept         | now        | kept       |
| checked, not reached     | kept    | kept  | kept     | kept  | kept         | kept       | kept       |
| destination changed      | kept    | kept  | kept     | kept  | kept         | none       | kept       |
| to be deleted            | kept    | kept  | kept     | kept  | kept         | kept       | kept       |
| delete failed            | kept    | kept  | kept     | new   | kept         | kept       | kept       |
| still served             | kept    | kept  | new      | kept  | kept         | now        | kept       |
| not seen to be served    | kept    | kept  | new      | kept  | kept         | kept       | kept       |

`destination changed` sets `doubted` if the entry keeps a path. A copy clears it, and so does a look; for the
exception see below. No event changes `in_place` and `found`: the copy sets them, and they stay.
A move sets `found` unless syncer wrote at that destination before, and our mark there clears it. A failed
entry without a path stays failed.

A look changes nothing if the entry was rejected meanwhile. An entry from another destination that was not
seen at this one loses its path when it is rejected or refused, as it has no file here. `check` does not
confirm such an entry: only a look that also asks the destination can. If such a look does not see the bytes,
the file there may be somebody else's, and the entry stays `doubted`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from syncer.model import Entry, Facts, Failed, Finding, Published, Rejected, Severity, State

UNREACHED = "origin.unreachable"
LOST = frozenset({"destination.changed", "destination.absent"})
"""Codes of a look that did not find the file at the destination."""


def copied(entry: Entry, version: str | None, outcome: Published, now: datetime) -> Entry:
    return replace(_stored(entry, outcome, now), version=version, gone_since=None)


def looked(entry: Entry, outcome: Published, now: datetime) -> Entry:
    """A look. It does not show whether the source still has the asset."""
    if entry.state is State.REJECTED:
        return entry
    looked_at = _stored(entry, outcome, now)
    if entry.unconfirmed and not outcome.seen:
        return replace(looked_at, checked_at=None, doubted=entry.doubted)
    return looked_at


def _stored(entry: Entry, outcome: Published, now: datetime) -> Entry:
    same = entry.sha256 == outcome.content.sha256 and entry.url == outcome.url
    first_seen = entry.published_at if same else None
    return replace(
        entry.holding(outcome.content),
        state=State.PUBLISHED if outcome.seen else State.STORED,
        path=outcome.path,
        url=outcome.url,
        findings=outcome.findings,
        error=None,
        attempts=0,
        published_at=first_seen or (now if outcome.seen else None),
        checked_at=now,
        doubted=False,
    )


def rejected(entry: Entry, version: str | None, outcome: Rejected) -> Entry:
    """A copy was rejected. The version is remembered, so that it is not downloaded again.

    The file of an earlier version stays at the URL, but not in the manifest.
    """
    return replace(
        _placed(entry),
        state=State.REJECTED,
        version=version,
        size=outcome.size,
        sha256=None,
        head_sha256=None,
        media_type=outcome.media_type,
        verified_by=None,
        facts=outcome.facts,
        findings=outcome.findings,
        error=None,
        attempts=0,
        published_at=None,
        gone_since=None,
    )


def refused(entry: Entry, findings: tuple[Finding, ...]) -> Entry:
    """Published before, and refused by today's limits."""
    return replace(
        _placed(entry), state=State.REJECTED, findings=findings, error=None, attempts=0, published_at=None
    )


def _placed(entry: Entry) -> Entry:
    """Without its path if nobody has seen it at this destination: the file there is not ours to delete."""
    return replace(entry, path=None, url=None) if entry.unconfirmed else entry


def failed(entry: Entry, outcome: Failed) -> Entry:
    """A copy failed. What was published stays published, unless new bytes may have taken its place."""
    state = entry.state
    if state is State.DOOMED:
        state = State.FAILED
    elif outcome.unsure and state is State.PUBLISHED:
        state = State.STORED
    return replace(entry, state=state, error=outcome, attempts=entry.attempts + 1, gone_since=None)


def begun(entry: Entry) -> Entry:
    """New bytes are about to replace old ones. If the run dies now, it is unknown which are there."""
    return replace(entry, state=State.STORED) if entry.state is State.PUBLISHED else entry


def unlooked(entry: Entry, outcome: Failed) -> Entry:
    """A look failed. It may have found that the destination lost the file."""
    if entry.state is State.REJECTED:
        return entry
    state = State.FAILED if outcome.code in LOST else entry.state
    return replace(entry, state=state, error=outcome, attempts=entry.attempts + 1)


def kept(entry: Entry) -> Entry:
    """The source has the same version, so an error or absence of an earlier run is cleared."""
    return replace(entry, error=None, attempts=0, gone_since=None)


def unserved(entry: Entry, findings: tuple[Finding, ...]) -> Entry:
    """The origin does not serve its media type as platforms need it."""
    state = State.STORED if entry.state is State.PUBLISHED else entry.state
    return replace(entry, state=state, findings=entry.findings + findings)


def checked(entry: Entry, facts: Facts, findings: tuple[Finding, ...], now: datetime) -> Entry:
    """`syncer check` looked at its URL with all rules. If the host can't be reached, nothing is known about
    the URL.
    """
    if any(finding.rule == UNREACHED for finding in findings):
        return entry
    state = entry.state
    if state in (State.PUBLISHED, State.STORED) and not entry.unconfirmed:
        told = [finding.severity for finding in findings if finding.rule.startswith("origin.")]
        if Severity.REJECT in told:
            state = State.STORED
        elif Severity.UNKNOWN not in told:
            state = State.PUBLISHED
    return replace(
        entry,
        state=state,
        facts=facts if facts != Facts() else entry.facts,
        findings=findings,
        checked_at=None if entry.unconfirmed else now,
    )


def moved(entry: Entry) -> Entry:
    """The destination is another one now, or our mark there is gone: no file is known to be ours.
    `Catalogue.adopt` and `Catalogue.disown` do the same.
    """
    if entry.state is State.REJECTED:
        return replace(entry, path=None, url=None, checked_at=None)
    never_stored = entry.state is State.FAILED and entry.path is None
    state = State.FAILED if never_stored else State.STORED
    return replace(entry, state=state, checked_at=None, doubted=entry.path is not None)


def doomed(entry: Entry) -> Entry:
    """About to be deleted, so that the manifest no longer lists it."""
    return replace(entry, state=State.DOOMED)


def stands(entry: Entry, outcome: Published, now: datetime) -> Entry:
    """Its replacement failed or was not tried. If its URL still serves the old bytes, it is published and
    keeps its error. Otherwise the findings of the look keep it out of the manifest.
    """
    if entry.doubted or entry.state not in (State.FAILED, State.STORED, State.PUBLISHED):
        return entry
    if not outcome.seen:
        return replace(entry, findings=outcome.findings)
    return replace(
        entry,
        state=State.PUBLISHED,
        findings=outcome.findings,
        published_at=entry.published_at or now,
        checked_at=now,
    )


def undeleted(entry: Entry, outcome: Failed) -> Entry:
    """A delete failed, and the next run tries again."""
    return replace(entry, error=outcome, attempts=entry.attempts + 1)

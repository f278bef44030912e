"""What an event makes of an entry: the state after it, and each field. Pure.

An asset that the catalogue did not know is `Entry(source, key, State.FAILED)`. The tests compare both tables
with the code, over every state and event.

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
| destination changed      | failed    | rejected  | stored    | stored    | stored    |
| to be deleted            | doomed    | doomed    | doomed    | doomed    | doomed    |
| delete failed            | failed    | rejected  | stored    | published | doomed    |
| still served             | published | rejected  | published | published | doomed    |
| not seen to be served    | failed    | rejected  | stored    | published | doomed    |

Only a listing may say that an asset is gone, so only an event that needs the asset to be listed forgets
`gone_since`. `bytes` are path, URL, size, hashes, media type and facts; of a rejected copy the hashes are
none, and the path is the one before. `first` is the time of the first look that saw these bytes at this URL.
`attempts` goes with `error`: 0 without one, and one more with each new one.

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

`doubted` begins with `destination changed`, where the entry keeps a path. It ends with a copy, and with a
look; but see below.
`in_place` is the asset's, and no event's: a copy that is done sets it, and it stays. So is `found`.

A look changes nothing of what was rejected meanwhile. An entry that was stored at another destination and
not seen at this one loses its path where it is rejected or refused, as nothing of it is here; and `check`
does not confirm it, as only a look that asks the destination can. Nor does a look that does not see it: what
lies there may be somebody else's, and it stays `doubted`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from syncer.model import Entry, Facts, Failed, Finding, Published, Rejected, Severity, State

UNREACHED = "origin.unreachable"
LOST = frozenset({"destination.changed", "destination.absent"})
"""Codes of a look that found the destination without the file."""


def copied(entry: Entry, version: str | None, outcome: Published, now: datetime) -> Entry:
    return replace(_stored(entry, outcome, now), version=version, gone_since=None)


def looked(entry: Entry, outcome: Published, now: datetime) -> Entry:
    """Whether its source still has it or not, which a look does not tell."""
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
    """Remembered with its version, so that it is not downloaded again.

    What an earlier version left at the URL stays there, out of the manifest.
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
    """Without a path that nobody has seen at this destination: what lies there is not ours to delete."""
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
    """New bytes are about to replace old ones. If the run dies now, nobody knows which are there."""
    return replace(entry, state=State.STORED) if entry.state is State.PUBLISHED else entry


def unlooked(entry: Entry, outcome: Failed) -> Entry:
    """A look failed. It may have found that the destination lost the file."""
    if entry.state is State.REJECTED:
        return entry
    state = State.FAILED if outcome.code in LOST else entry.state
    return replace(entry, state=state, error=outcome, attempts=entry.attempts + 1)


def kept(entry: Entry) -> Entry:
    """It is at its source as it was, so what failed or seemed gone in an earlier run is over."""
    return replace(entry, error=None, attempts=0, gone_since=None)


def unserved(entry: Entry, findings: tuple[Finding, ...]) -> Entry:
    """The origin does not serve media of its type as platforms need it."""
    state = State.STORED if entry.state is State.PUBLISHED else entry.state
    return replace(entry, state=state, findings=entry.findings + findings)


def checked(entry: Entry, facts: Facts, findings: tuple[Finding, ...], now: datetime) -> Entry:
    """Its URL was looked at with all rules, by `syncer check`. A host that can't be reached from here says
    nothing of what it serves.
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
    """The destination is another one now, or our mark is gone there: nothing is known to be ours.
    `Catalogue.adopt` and `Catalogue.disown` do the same.
    """
    if entry.state is State.REJECTED:
        return replace(entry, path=None, url=None, checked_at=None)
    state = entry.state if entry.state is State.FAILED else State.STORED
    return replace(entry, state=state, checked_at=None, doubted=entry.path is not None)


def doomed(entry: Entry) -> Entry:
    """About to be deleted, so that the manifest no longer lists it."""
    return replace(entry, state=State.DOOMED)


def stands(entry: Entry, outcome: Published, now: datetime) -> Entry:
    """Its replacement failed or was not tried. Its URL still serves the old bytes: the error stays. Or that
    could not be seen: why not is what keeps it out of the manifest.
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

"""Compares the tables in `transitions` with the code, for all states and events."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields, replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from syncer.model import Content, Entry, Facts, Failed, Finding, Proof, Published, Rejected, Severity, State
from syncer.sync import transitions
from tests.laws.world import ORIGIN, START

NOW = START + timedelta(days=1)
OLD_FACTS, NEW_FACTS = Facts(width=1), Facts(width=2)
OLD_FINDINGS = (Finding("media.old", Severity.WARN, "old"),)
NEW_FINDINGS = (Finding("media.new", Severity.WARN, "new"),)
UNSERVED = (Finding("origin.get", Severity.REJECT, "answered 403"),)
OLD_ERROR, NEW_ERROR = Failed("source.old", "old"), Failed("source.new", "new")
CONTENT = Content(20, "new", "newer", "video/new", NEW_FACTS, "new-md5")
REFUSED = Rejected("image/new", 20, NEW_FINDINGS, NEW_FACTS)

BEFORE = Entry(
    "clips",
    "a",
    State.PUBLISHED,
    version="old",
    path="old",
    url=f"{ORIGIN}old",
    size=10,
    sha256="old",
    head_sha256="older",
    media_type="video/old",
    verified_by="old-md5",
    facts=OLD_FACTS,
    findings=OLD_FINDINGS,
    error=OLD_ERROR,
    attempts=4,
    published_at=START,
    checked_at=START,
    gone_since=START,
)


def published(*, seen: bool) -> Published:
    return Published("new", f"{ORIGIN}new", CONTENT, seen, NEW_FINDINGS)


def checked(entry: Entry, rule: str, severity: Severity) -> Entry:
    return transitions.checked(entry, NEW_FACTS, (Finding(rule, severity, "new"),), NOW)


EVENTS: dict[str, Callable[[Entry], Entry]] = {
    "copied, seen": lambda entry: transitions.copied(entry, "new", published(seen=True), NOW),
    "copied, not seen": lambda entry: transitions.copied(entry, "new", published(seen=False), NOW),
    "copy rejected": lambda entry: transitions.rejected(entry, "new", REFUSED),
    "copy failed": lambda entry: transitions.failed(entry, NEW_ERROR),
    "copy failed, unsure": lambda entry: transitions.failed(entry, replace(NEW_ERROR, unsure=True)),
    "copy begun": transitions.begun,
    "looked at, seen": lambda entry: transitions.looked(entry, published(seen=True), NOW),
    "looked at, not seen": lambda entry: transitions.looked(entry, published(seen=False), NOW),
    "look failed": lambda entry: transitions.unlooked(entry, NEW_ERROR),
    "look found it lost": lambda entry: transitions.unlooked(entry, Failed("destination.changed", "lost")),
    "kept": transitions.kept,
    "refused by today's rules": lambda entry: transitions.refused(entry, NEW_FINDINGS),
    "its type is not served": lambda entry: transitions.unserved(entry, UNSERVED),
    "checked, seen": lambda entry: checked(entry, "media.size", Severity.REJECT),
    "checked, not seen": lambda entry: checked(entry, "origin.status", Severity.REJECT),
    "checked, too slow": lambda entry: checked(entry, "origin.slow", Severity.UNKNOWN),
    "checked, not reached": lambda entry: checked(entry, "origin.unreachable", Severity.REJECT),
    "destination changed": transitions.moved,
    "to be deleted": transitions.doomed,
    "delete failed": lambda entry: transitions.undeleted(entry, NEW_ERROR),
    "still served": lambda entry: transitions.stands(entry, published(seen=True), NOW),
    "not seen to be served": lambda entry: transitions.stands(entry, published(seen=False), NOW),
}


def table(number: int) -> dict[str, dict[str, str]]:
    """A table of the docstring: row → column → cell."""
    blocks = [block for block in str(transitions.__doc__).split("\n\n") if block.startswith("| event")]
    head, _, *rows = (
        [cell.strip() for cell in line.split("|")[1:-1]] for line in blocks[number].splitlines()
    )
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


STATES, FIELDS = table(0), table(1)


def test_the_tables_are_whole() -> None:
    assert list(EVENTS) == list(STATES) == list(FIELDS)
    assert all(set(row) == set(State) for row in STATES.values())
    public = {name for name, made in vars(transitions).items() if inspect.isfunction(made) and name[0] != "_"}
    used = {name for name in public if f"transitions.{name}" in Path(__file__).read_text(encoding="utf-8")}
    assert {name for name in used if vars(transitions)[name].__module__ == "syncer.sync.transitions"} == {
        name for name in public if vars(transitions)[name].__module__ == "syncer.sync.transitions"
    }


@pytest.mark.parametrize(("state", "event"), [*product(State, EVENTS)])
def test_every_event_leads_from_every_state_where_the_table_says(state: State, event: str) -> None:
    entry = replace(BEFORE, state=state)
    assert EVENTS[event](entry).state == STATES[event][state]


IGNORED = {("looked at, seen", State.REJECTED), ("looked at, not seen", State.REJECTED)}
IGNORED |= {*product(["checked, not reached"], State)}
IGNORED |= {*product(("still served", "not seen to be served"), (State.REJECTED, State.DOOMED))}
IGNORED |= {("look failed", State.REJECTED), ("look found it lost", State.REJECTED)}


@pytest.mark.parametrize(("state", "event"), [*product(State, EVENTS)])
def test_every_event_makes_of_every_field_what_the_table_says(state: State, event: str) -> None:
    entry = replace(BEFORE, state=state)
    after = EVENTS[event](entry)
    if (event, state) in IGNORED:
        assert after == entry
        return
    said, seen = FIELDS[event], STATES[event][state] == State.PUBLISHED
    expected = replace(
        entry,
        state=after.state,
        version={"kept": "old", "new": "new"}[said["version"]],
        findings={"kept": OLD_FINDINGS, "new": after.findings, "added": OLD_FINDINGS + UNSERVED}[
            said["findings"]
        ],
        error={"kept": OLD_ERROR, "none": None, "new": after.error}[said["error"]],
        attempts={"kept": 4, "none": 0, "new": 5}[said["error"]],
        published_at={"kept": START, "none": None, "first": NOW if seen else None}[said["published_at"]],
        checked_at={"kept": START, "none": None, "now": NOW}[said["checked_at"]],
        gone_since={"kept": START, "none": None}[said["gone_since"]],
        doubted=event == "destination changed" and state is not State.REJECTED,
    )
    assert said["findings"] != "new" or {finding.message for finding in after.findings} == {"new"}
    assert said["error"] != "new" or after.error not in (None, OLD_ERROR)
    assert after == with_bytes(expected, event, said["bytes"])


def with_bytes(entry: Entry, event: str, said: str) -> Entry:
    """`check` reads the facts again; a rejected entry keeps the path of the version before."""
    if event.startswith("checked"):
        return replace(entry, facts=NEW_FACTS)
    if event == "destination changed" and entry.state is State.REJECTED:
        return replace(entry, path=None, url=None)
    if said == "new":
        new = {"size": 20, "sha256": "new", "head_sha256": "newer", "media_type": "video/new"}
        new["verified_by"] = "new-md5"
        return replace(entry, path="new", url=f"{ORIGIN}new", facts=NEW_FACTS, **new)  # type: ignore[arg-type] # their names
    if said == "none":
        none = replace(entry, sha256=None, head_sha256=None, verified_by=None)
        return replace(none, size=20, media_type="image/new", facts=NEW_FACTS)
    return entry


@pytest.mark.parametrize("event", ["copied", "looked at"])
@pytest.mark.parametrize(("same_bytes", "same_url", "before", "seen"), [*product([False, True], repeat=4)])
def test_the_time_of_publishing_is_that_of_the_first_look_that_saw_these_bytes_at_this_url(
    event: str, *, same_bytes: bool, same_url: bool, before: bool, seen: bool
) -> None:
    entry = replace(BEFORE, published_at=START if before else None)
    entry = replace(entry, sha256="new" if same_bytes else "old")
    entry = replace(entry, url=f"{ORIGIN}new" if same_url else f"{ORIGIN}old")
    after = EVENTS[f"{event}, {'seen' if seen else 'not seen'}"](entry)
    kept = START if same_bytes and same_url and before else None
    assert after.published_at == (kept or (NOW if seen else None))


UNCONFIRMED = replace(BEFORE, state=State.STORED, checked_at=None)


def test_what_nobody_saw_at_this_destination_leaves_no_path_there_when_it_is_refused() -> None:
    """So no file with that name is deleted there: it is somebody else's."""
    for entry in (UNCONFIRMED, replace(UNCONFIRMED, state=State.FAILED)):
        assert entry.unconfirmed
        for event in ("copy rejected", "refused by today's rules"):
            after = EVENTS[event](entry)
            assert (after.path, after.url, after.state) == (None, None, State.REJECTED)


@pytest.mark.parametrize("state", [State.STORED, State.FAILED])
@pytest.mark.parametrize("event", EVENTS)
def test_a_doubt_ends_only_when_the_bytes_are_ours(event: str, state: State) -> None:
    """After a copy, or a look that sees the bytes; without a path it means nothing."""
    after = EVENTS[event](replace(UNCONFIRMED, state=state, doubted=True))
    ends = event in ("copied, seen", "copied, not seen", "looked at, seen") or after.path is None
    assert ends or after.unconfirmed or after.state is State.DOOMED
    assert after.doubted is not ends or after.path is None


@pytest.mark.parametrize("before", [START, None])
def test_what_is_still_served_keeps_the_time_of_its_publishing(before: datetime | None) -> None:
    failed = replace(BEFORE, state=State.FAILED, published_at=before)
    assert EVENTS["still served"](failed).published_at == (before or NOW)


@pytest.mark.parametrize("event", ["checked, seen", "checked, not seen", "checked, too slow"])
def test_a_check_of_its_url_does_not_say_what_the_destination_holds(event: str) -> None:
    after = EVENTS[event](UNCONFIRMED)
    assert after.unconfirmed
    assert (after.state, after.facts) == (State.STORED, NEW_FACTS)


@pytest.mark.parametrize(
    ("state", "path", "checked", "unconfirmed"),
    [
        (state, path, checked, state in (State.STORED, State.FAILED) and path is not None and checked is None)
        for state, path, checked in product(State, [None, "p"], [None, START])
    ],
)
def test_unconfirmed_is_what_was_stored_elsewhere_and_not_looked_for_here(
    state: State, path: str | None, checked: object, *, unconfirmed: bool
) -> None:
    entry = Entry("clips", "a", state, path=path, checked_at=START if checked else None)
    assert entry.unconfirmed is unconfirmed


def test_facts_that_could_not_be_read_leave_the_ones_before() -> None:
    assert transitions.checked(BEFORE, Facts(), (), NOW).facts == OLD_FACTS


@pytest.mark.parametrize("severity", [Severity.WARN, Severity.UNKNOWN])
def test_what_an_origin_only_warns_of_is_seen(severity: Severity) -> None:
    assert checked(BEFORE, "origin.head", severity).state is State.PUBLISHED


@pytest.mark.parametrize("code", ["destination.changed", "destination.absent"])
def test_a_look_that_finds_it_gone_is_told_from_one_that_fails(code: str) -> None:
    assert transitions.unlooked(BEFORE, Failed(code, "gone")).state is State.FAILED
    assert transitions.unlooked(BEFORE, Failed("destination.lost", "cut off")).state is State.PUBLISHED


@pytest.mark.parametrize(("state", "path"), [*product(State, [None, "p"])])
def test_the_catalogue_moves_entries_as_the_table_says(
    tmp_path: Path, state: State, path: str | None
) -> None:
    with closing(open_catalogue(f"sqlite:///{tmp_path / 'syncer.db'}")) as catalogue:
        entry = replace(BEFORE, state=state, path=path, url=None if path is None else f"{ORIGIN}{path}")
        other = Entry("clips", "new", State.FAILED)
        catalogue.adopt(ORIGIN, "one")
        for each in (entry, other):
            catalogue.put(each)
        assert catalogue.adopt(ORIGIN, "two") == "one"
        now = transitions.moved(entry)
        now = replace(now, found=now.path is not None)  # until something shows that syncer wrote it there
        assert catalogue.entry("clips", "a") == now
        assert catalogue.entry("clips", "new") == transitions.moved(other) == other
        expected = [now] if path and state is not State.REJECTED else []
        assert list(catalogue.unconfirmed()) == expected


def test_a_new_destination_has_no_paths_of_the_one_before_and_no_proof_was_seen_there(tmp_path: Path) -> None:
    with closing(open_catalogue(f"sqlite:///{tmp_path / 'syncer.db'}")) as catalogue:
        proof = Proof("tiktok.txt", f"{ORIGIN}tiktok.txt", "ab", START, START)
        for destination, before in (("one", None), ("one", None), ("two", "one"), ("one", "two")):
            catalogue.put_proof(proof)
            catalogue.retire("left", "clips", "a", START)
            assert catalogue.adopt(ORIGIN, destination) == before
            moved = before is not None
            assert catalogue.proofs() == [replace(proof, checked_at=None) if moved else proof]
            assert list(catalogue.retired(NOW)) == ([] if moved else [("left", "clips", "a")])
            assert catalogue.recognise(ORIGIN, destination) == (ORIGIN, destination)


def test_no_field_of_an_entry_is_forgotten_here() -> None:
    """A new field has its place in the tables, or in `bytes`."""
    bytes_ = {"path", "url", "size", "sha256", "head_sha256", "media_type", "verified_by", "facts"}
    of_the_source = {"source", "key", "in_place", "found"}  # which no event changes
    named = (
        of_the_source
        | {"doubted"}
        | {"state", "attempts"}
        | bytes_
        | set(next(iter(FIELDS.values()))) - {"bytes"}
    )
    assert named == {field.name for field in fields(Entry)}

"""Whether the file at the destination is the asset's version. Unknown is never yes.

| source lists it | manifest has it       | proof, besides path and size at the destination                |
| --------------- | --------------------- | -------------------------------------------------------------- |
| yes             | with the same version | the file has the manifest's sha256, and begins as the source   |
| yes             | with another version  | none is possible                                               |
| yes             | no                    | the file has the source's hash                                 |
| no              | yes                   | the file has the manifest's sha256                             |

The file is read at the destination. Its public URL must begin as it does (`whole`: serve all of it). A file
in place is the source's own: there only the URL is compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from syncer.connect.retry import Policy, retry
from syncer.connect.web.reader import read_from
from syncer.destinations import Store, open_destination
from syncer.errors import SourceError, SyncerError
from syncer.manifest.records import Record
from syncer.model import Asset, Content, Entry, Finding, Severity, State, Stored
from syncer.origin.http import Asker
from syncer.origin.rules import Look, Manner, judge_answer, judge_whole
from syncer.origin.view import PublicOrigin
from syncer.preflight import Limits, judge_media
from syncer.probe.media_types import sniff
from syncer.probe.prober import Prober
from syncer.protocols import Addresses, Destination, Pace, Source, Stopped
from syncer.settings.spelling import counted
from syncer.sources import Listing, is_in_place, open_source
from syncer.sync.claims import Claim, Shown, is_of_all
from syncer.sync.learned import head_and_facts
from syncer.sync.reading_back import BytesThere, hashed, read_back
from syncer.sync.readings import Doubts, Readings
from syncer.sync.scope import DEAD_LINK
from syncer.sync.stream import Incoming

POLICY = Policy()


Evidence = tuple[str, Content, tuple[Finding, ...]]
"""The path, its content, and the findings of the look at its URL."""


class _Unproven(Exception):  # noqa: N818 - reads as what happened
    """Why a claim is not proven."""


@dataclass(frozen=True, slots=True)
class Examiner:
    """The job of a rebuild: plain data; each worker opens handles of its own."""

    sources: Mapping[str, Listing]
    origin: PublicOrigin
    addresses: Addresses
    held: Mapping[str, Stored]
    """The destination's listing, by path."""
    limits: Limits
    store: Store | None = None
    """The destination, if it holds any file."""
    whole: bool = False
    """Compare all bytes at the URL even if the first ones would be enough."""
    doubted: bool = False
    """Whether our mark is missing: the next run must see that the URLs lead to the destination."""
    unmarked: bool = False
    """Whether there is no mark at all, and so no proof that syncer wrote any file there."""

    @contextmanager
    def open(self, pace: Pace) -> Iterator[Callable[[Claim], tuple[Claim, Shown]]]:
        with ExitStack() as handles:
            sources = {
                name: handles.enter_context(closing(open_source(name, config, pace)))
                for name, config in self.sources.items()
            }
            asker = handles.enter_context(closing(Asker(self.origin.web(), pace)))
            prober = handles.enter_context(closing(Prober(pace=pace)))
            there = closing(open_destination(self.store, pace)) if self.store else nullcontext()
            destination = handles.enter_context(there)
            bench = _Bench(self, sources, asker, prober, pace, destination)
            yield lambda claim: (claim, bench.shown(claim))


@dataclass(frozen=True, slots=True)
class _Bench:
    """A worker's handles. `shown` examines one claim."""

    examiner: Examiner
    sources: Mapping[str, Source]
    asker: Asker
    prober: Prober
    pace: Pace
    destination: Destination | None
    read: dict[str, BytesThere] = field(default_factory=dict)
    """What was read at the destination for this claim, by path."""

    def shown(self, claim: Claim) -> Shown:
        """Raises `SyncerError` if the origin or the destination can't be reached at all, and `Stopped`."""
        path = claim.record.path if claim.record else None
        self.read.clear()
        try:
            return retry(lambda: self._shown(claim), self.pace, POLICY)
        except _Unproven as error:
            reason = str(error)
        except SyncerError as error:
            if is_of_all(error):
                raise
            reason = error.message
        return Shown(reason=reason, path=path, is_ours=self._is_ours(claim))

    def _is_ours(self, claim: Claim) -> bool:
        record = claim.record
        if record is None or record.in_place or claim.asset is None or self.examiner.doubted:
            return False
        try:
            retry(lambda: self._as_recorded(record), self.pace, POLICY)
        except _Unproven:
            return False
        except SyncerError as error:
            if is_of_all(error):
                raise
            return False
        return True

    def _shown(self, claim: Claim) -> Shown:
        if self.pace.stopped():
            raise Stopped
        asset = self._identified(claim)
        if asset is None and claim.record and self._lies_in_place(claim.record):
            raise _Unproven("it lay in place, and no source lists it there any more")
        if asset is None:
            path, content, findings = self._by_its_record(claim.record)
            version = claim.record.version if claim.record else None
        else:
            by = self._by_both(asset, claim.record) if claim.record else self._by_its_digest(asset)
            path, content, findings = by
            version = asset.version
        return Shown(self._entry(claim, path, version, content, findings), path=path)

    def _identified(self, claim: Claim) -> Asset | None:
        """The asset with its version; `None` if its source can't read it any more."""
        asset = claim.asset
        if asset is None or asset.version is not None:
            return asset
        try:
            return self.sources[asset.source].look(asset)
        except SourceError as error:
            if claim.record and (error.code in DEAD_LINK or error.code == "source.signature"):
                return None
            raise

    # The proofs

    def _by_both(self, asset: Asset, record: Record) -> Evidence:
        if asset.version != record.version:
            raise _Unproven("its source has another version than the manifest lists")
        if self._path(asset, record) != record.path or asset.size not in (None, record.size):
            raise _Unproven("its path or size is another one today than the manifest lists")
        with self.sources[asset.source].open(asset) as reader:
            head = Incoming.begin(asset, reader, self.pace, Readings(asset, Doubts())).head
        content = _content(record, head)
        if not asset.in_place and self._as_recorded(record).head != head:
            raise _Unproven("its first bytes at the destination are not those at its source")
        return record.path, content, self._seen(record.path, content)

    def _by_its_record(self, record: Record | None) -> Evidence:
        if record is None:
            raise _Unproven("nothing is known of it")
        content = _content(record, self._as_recorded(record).head)
        return record.path, content, self._seen(record.path, content)

    def _by_its_digest(self, asset: Asset) -> Evidence:
        kind, _, told = (asset.digest or "").partition(":")
        if asset.size is None or kind not in ("md5", "sha256"):
            raise _Unproven("no manifest lists it, and its source tells no hash of it")
        path = self._path(asset, None)
        there = self._served(path, asset.size) if asset.in_place else self._there(path, asset.size)
        if told.lower() != (there.md5 if kind == "md5" else there.sha256):
            where = "the public URL serves" if asset.in_place else "the destination holds"
            raise _Unproven(f"{where} other bytes than its source's {kind} says")
        content = Content(asset.size, there.sha256, there.head_sha256, sniff(there.head, asset.key))
        return path, content, self._seen(path, content)

    # Their parts

    def _path(self, asset: Asset, record: Record | None) -> str:
        """Its path: the one of today, or the one that an older syncer gave it."""
        known = (record.sha256, record.media_type) if record else ()
        fitting = self.examiner.addresses.fitting(asset, record.media_type) if record else asset
        paths = [
            self.examiner.addresses.path(replace(named, plain_slug=plain), *known)
            for named in dict.fromkeys((asset, fitting))
            for plain in (False, True)
        ]
        found = (
            record.path
            if record and record.path in paths
            else next(filter(self.examiner.held.get, filter(None, paths)), paths[0])
        )
        if found is None:
            raise _Unproven("its path can't be told without its bytes")
        return found

    def _lies_in_place(self, record: Record) -> bool:
        """Whether the file is the user's own: then it proves nothing, and syncer never deletes it."""
        config = self.examiner.sources.get(record.source)
        return record.in_place or (config is not None and is_in_place(config))

    def _as_recorded(self, record: Record) -> BytesThere:
        """The file at the destination. Raises `_Unproven` unless it is what the manifest lists."""
        there = self._there(record.path, record.size)
        if there.sha256 != record.sha256:
            raise _Unproven("it has other bytes at the destination than the manifest says")
        return there

    def _there(self, path: str, size: int) -> BytesThere:
        if path in self.read:
            return self.read[path]
        held = self.examiner.held.get(path)
        stored = self.destination.stat(path) if held and self.destination else None
        if stored is None or self.destination is None:
            raise _Unproven("it is not at the destination")
        if stored.size != size:
            raise _Unproven(
                f"it has {counted(stored.size, 'byte')} at the destination, and should have {size}"
            )
        self.read[path] = read_back(self.destination, stored, self.pace)
        return self.read[path]

    def _served(self, path: str, size: int) -> BytesThere:
        with read_from(self.asker.http, self.examiner.addresses.url(path), 0, size, None) as reader:
            found = hashed(reader, size, self.pace)
        if found.size != size:
            raise _Unproven("the public URL serves another number of bytes")
        return found

    def _seen(self, path: str, content: Content) -> tuple[Finding, ...]:
        """A range is not what the platform asks for: a plain GET follows it. If that tells no length, all of
        it is read.
        """
        url, whole = self.examiner.addresses.url(path), self.examiner.whole
        manner = (Manner.WHOLE if whole else Manner.RANGE) if content.size else Manner.PLAIN
        look, found = self._judged(manner, url, content)
        if manner is Manner.RANGE and not any(each.rule == "origin.range" for each in found):
            look, _ = self._judged(Manner.PLAIN, url, content)
        if look.open_ended:
            self._judged(Manner.WHOLE, url, content)
        return found

    def _judged(self, manner: Manner, url: str, content: Content) -> tuple[Look, tuple[Finding, ...]]:
        look = Look(manner, url, content, self.asker.ask(manner, url, content.size))
        return look, _refuse(judge_answer(look) + judge_whole(look))

    def _entry(
        self, claim: Claim, path: str, version: str | None, content: Content, findings: tuple[Finding, ...]
    ) -> Entry:
        url, now, record = self.examiner.addresses.url(path), datetime.now(UTC), claim.record
        http, size = self.asker.http, content.size
        _, facts = head_and_facts(lambda start: read_from(http, url, start, size, None), self.prober, content)
        content = replace(content, facts=facts)
        judged = judge_media(content.media_type, content.size, content.facts, self.examiner.limits)
        entry = Entry(
            claim.source,
            claim.key,
            State.PUBLISHED,
            version=version,
            path=path,
            url=url,
            findings=judged + findings,
            published_at=(record and record.published_at) or now,
            checked_at=now,
            in_place=(is_own := bool(claim.asset and claim.asset.in_place)),
            found=not is_own and (record is None or record.in_place or self.examiner.unmarked),
        ).holding(content)
        if self.examiner.doubted and not is_own:
            entry = replace(entry, state=State.STORED, checked_at=None, doubted=True)
        if not self.examiner.addresses.serves(entry) or (record and record.url != url):
            raise _Unproven("its URL is another one today")
        return entry


def _content(record: Record, head: bytes) -> Content:
    if sniff(head, record.key) != record.media_type:
        raise _Unproven(f"it does not begin as {record.media_type} does")
    start = hashlib.sha256(head).hexdigest()
    return Content(record.size, record.sha256, start, record.media_type, verified_by=record.verified_by)


def _refuse(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    if against := [finding for finding in findings if finding.severity is not Severity.WARN]:
        raise _Unproven(against[0].message)
    return findings

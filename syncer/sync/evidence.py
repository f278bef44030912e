"""Whether what lies at the destination is what an asset's version is. Unknown is never yes.

| source lists it | manifest has it       | what has to be shown, besides path and size at the destination |
| --------------- | --------------------- | -------------------------------------------------------------- |
| yes             | with the same version | the file has the manifest's sha256, and begins as the source   |
| yes             | with another version  | nothing helps                                                  |
| yes             | no                    | the file has the hash that the source tells                    |
| no              | yes                   | the file has the manifest's sha256                             |

The file is read at the destination. Its public URL has to begin as it does (`whole`: serve all of it). A
file in place is the source's own: there the URL alone tells.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from syncer.connect.circuit import GIVEN_UP
from syncer.connect.retry import Policy, retry
from syncer.connect.web.errors import UNREACHABLE
from syncer.connect.web.reader import read_from
from syncer.destinations import Store, open_destination
from syncer.errors import DestinationError, OriginError, SourceError, SyncerError
from syncer.manifest.records import Record
from syncer.model import HEAD_SIZE, Asset, Content, Entry, Facts, Finding, Severity, State, Stored
from syncer.origin.http import Asker
from syncer.origin.rules import Look, Manner, judge_answer
from syncer.origin.view import PublicOrigin
from syncer.preflight import Limits, judge_media
from syncer.probe import Prober
from syncer.probe.media_types import sniff
from syncer.protocols import Addresses, Destination, Pace, Reader, Source, Stopped
from syncer.settings.spelling import counted
from syncer.sources import Listing, is_in_place, open_source
from syncer.sync.reading_back import BytesThere, read_back
from syncer.sync.readings import Doubts, Readings
from syncer.sync.stream import CHUNK, Incoming

DEAD = (UNREACHABLE, "origin.tls", "origin.protocol", "origin.dns")
"""What says something about the origin, and nothing about one URL."""

POLICY = Policy()

_OVER = ("source.denied", "source.expired", "source.missing", "source.page", "source.signature")
"""Links that were fine once: what was copied then is right still."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody says that it was published: a source that lists it, a manifest, or both."""

    source: str
    key: str
    asset: Asset | None
    record: Record | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What could be shown of a claim."""

    entry: Entry | None = None
    """The entry that it deserves."""
    reason: str = ""
    """Why it deserves none."""
    path: str | None = None
    """The path that is claimed, where that can be told."""
    is_ours: bool = False
    """Whether what lies there is what the manifest lists, so that another version may replace it."""


Evidence = tuple[str, Content, tuple[Finding, ...]]
"""The path, what it holds, and what was found at its URL."""


class _Unproven(Exception):  # noqa: N818 - reads as what happened
    """Why a claim is not shown to be right."""


@dataclass(frozen=True, slots=True)
class Examiner:
    """The job of a rebuild: plain data that opens its handles where it works."""

    sources: Mapping[str, Listing]
    origin: PublicOrigin
    addresses: Addresses
    held: Mapping[str, Stored]
    """What the destination holds, by path."""
    limits: Limits
    store: Store | None = None
    """The destination; `None` where all files are in place."""
    whole: bool = False
    """Compare all bytes at a URL, also where the start of them would do."""
    doubted: bool = False
    """Whether our mark is not there: the next run has to see that the URLs lead to the destination."""

    @contextmanager
    def open(self, pace: Pace) -> Iterator[Callable[[Claim], tuple[Claim, Shown]]]:
        with ExitStack() as handles:
            sources = {
                name: handles.enter_context(closing(open_source(name, config, pace)))
                for name, config in self.sources.items()
            }
            asker = handles.enter_context(closing(Asker(self.origin.web(), pace)))
            prober = handles.enter_context(closing(Prober(pace=pace)))
            destination = None
            if self.store:
                destination = handles.enter_context(closing(open_destination(self.store, pace)))
            bench = _Bench(self, sources, asker, prober, pace, destination)
            yield lambda claim: (claim, bench.shown(claim))


@dataclass(frozen=True, slots=True)
class _Bench:
    """A worker's handles, and what it does with them for one claim at a time."""

    examiner: Examiner
    sources: Mapping[str, Source]
    asker: Asker
    prober: Prober
    pace: Pace
    destination: Destination | None
    read: dict[str, BytesThere] = field(default_factory=dict)
    """What was read at the destination for this claim, by path."""

    def shown(self, claim: Claim) -> Shown:
        """Raises `OriginError` or `DestinationError` where the one or the other can't be asked at all, and
        `Stopped`.
        """
        path = claim.record.path if claim.record else None
        self.read.clear()
        try:
            return retry(lambda: self._shown(claim), self.pace, POLICY)
        except _Unproven as error:
            reason = str(error)
        except OriginError as error:
            if error.code in DEAD:
                raise
            reason = error.message
        except SyncerError as error:
            if _may_pass(error):
                raise
            reason = error.message
        return Shown(reason=reason, path=path, is_ours=self._is_ours(claim))

    def _is_ours(self, claim: Claim) -> bool:
        """Whether the very bytes that the manifest lists lie at the destination, by our mark."""
        if claim.record is None or claim.asset is None or self.examiner.doubted:
            return False
        record = claim.record
        try:
            return retry(lambda: self._as_recorded(record), self.pace, POLICY) is not None
        except _Unproven:
            return False
        except SyncerError as error:
            if _may_pass(error):
                raise
            return False

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
        """The asset with its version; `None` where its source can't tell that any more."""
        asset = claim.asset
        if asset is None or asset.version is not None:
            return asset
        try:
            return self.sources[asset.source].look(asset)
        except SourceError as error:
            if claim.record and error.code in _OVER:
                return None
            raise

    # What has to be shown

    def _by_both(self, asset: Asset, record: Record) -> Evidence:
        if asset.version != record.version:
            raise _Unproven("its source has another version than the manifest lists")
        if self._path(asset, record) != record.path or asset.size not in (None, record.size):
            raise _Unproven("its path or size is another one today than the manifest lists")
        with self.sources[asset.source].open(asset) as reader:
            head = Incoming.begin(asset, reader, self.pace, Readings(asset, Doubts())).head
        content = _content(record, head)
        if not asset.in_place and self._as_recorded(record).head != head:
            raise _Unproven("it begins otherwise at the destination than at its source")
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

    # Parts of that

    def _path(self, asset: Asset, record: Record | None) -> str:
        """Where it lies: at the path of today, or at the one that an earlier syncer gave it."""
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
        """Then the destination's file proves nothing: it is the user's, and never ours to delete."""
        config = self.examiner.sources.get(record.source)
        return record.in_place or (config is not None and is_in_place(config))

    def _as_recorded(self, record: Record) -> BytesThere:
        """What lies at the destination, which is what the manifest says."""
        there = self._there(record.path, record.size)
        if there.sha256 != record.sha256:
            raise _Unproven("it has other bytes at the destination than the manifest says")
        return there

    def _there(self, path: str, size: int) -> BytesThere:
        """All that the destination holds there, which has to have this size."""
        held = self.examiner.held.get(path)
        stored = self.destination.stat(path) if held and self.destination else None
        if stored is None or self.destination is None:
            raise _Unproven("it is not at the destination")
        if stored.size != size:
            raise _Unproven(
                f"it has {counted(stored.size, 'byte')} at the destination, and should have {size}"
            )
        if path not in self.read:
            self.read[path] = read_back(self.destination, stored, self.pace)
        return self.read[path]

    def _served(self, path: str, size: int) -> BytesThere:
        """All that the public URL serves of a file in place."""
        md5, sha256, head, left = hashlib.md5(usedforsecurity=False), hashlib.sha256(), bytearray(), size
        with read_from(self.asker.http, self.examiner.addresses.url(path), 0, size, None) as reader:
            while left >= 0 and (chunk := reader.read(CHUNK)):
                md5.update(chunk)
                sha256.update(chunk)
                head += chunk[: HEAD_SIZE - len(head)]
                left -= len(chunk)
                self.pace.take(len(chunk))
                if self.pace.stopped():
                    raise Stopped
        if left:
            raise _Unproven("the public URL serves another number of bytes")
        return BytesThere(sha256.hexdigest(), md5.hexdigest(), bytes(head))

    def _seen(self, path: str, content: Content) -> tuple[Finding, ...]:
        url = self.examiner.addresses.url(path)
        manner = Manner.WHOLE if self.examiner.whole else Manner.RANGE
        manner = manner if content.size else Manner.PLAIN
        answer = self.asker.ask(manner, url, content.size)
        return _refuse(judge_answer(Look(manner, url, content, answer)))

    def _entry(
        self, claim: Claim, path: str, version: str | None, content: Content, findings: tuple[Finding, ...]
    ) -> Entry:
        url, now, record = self.examiner.addresses.url(path), datetime.now(UTC), claim.record
        content = replace(content, facts=self._facts(url, content))
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
            found=not is_own and (record is None or record.in_place),
        ).holding(content)
        if self.examiner.doubted and not is_own:
            entry = replace(entry, state=State.STORED, checked_at=None, doubted=True)
        if not self.examiner.addresses.serves(entry) or (record and record.url != url):
            raise _Unproven("its URL is another one today")
        return entry

    def _facts(self, url: str, content: Content) -> Facts:
        """Read from the public URL: what lies there is what they are told of."""

        @contextmanager
        def reopen(start: int) -> Iterator[Reader]:
            with read_from(self.asker.http, url, start, content.size, None) as reader:
                yield reader

        with reopen(0) as reader:
            head = bytearray()
            while len(head) < HEAD_SIZE and (chunk := reader.read(HEAD_SIZE - len(head))):
                head += chunk
        return self.prober.probe(bytes(head), content.size, content.media_type, reopen)


def _may_pass(error: SyncerError) -> bool:
    """Whether it speaks of the destination as a whole, and not of one file there."""
    if not isinstance(error, DestinationError) or error.code == "destination.changed":
        return False
    return error.transient or error.attempts > 1 or error.code.endswith(GIVEN_UP)


def _content(record: Record, head: bytes) -> Content:
    if sniff(head, record.key) != record.media_type:
        raise _Unproven(f"it does not begin as {record.media_type} does")
    return Content(
        record.size,
        record.sha256,
        hashlib.sha256(head).hexdigest(),
        record.media_type,
        verified_by=record.verified_by,
    )


def _refuse(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    if against := [finding for finding in findings if finding.severity is not Severity.WARN]:
        raise _Unproven(against[0].message)
    return findings

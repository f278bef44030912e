"""The examinations of sources and of the media library."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from itertools import islice
from pathlib import Path

from syncer.doctor.diagnosis import ExaminationResult, not_ok, of_findings, ok, skipped, warn
from syncer.errors import OwnershipError, SyncerError
from syncer.model import HEAD_SIZE, Asset, Content, Finding
from syncer.origin.view import PublicOrigin, PublicView
from syncer.probe.media_types import sniff
from syncer.probe.prober import Prober
from syncer.protocols import Addresses, Pace, Partial, Reader
from syncer.settings.spelling import counted
from syncer.sources import Listing, open_source
from syncer.sync.stream import read_head
from syncer.sync.tally import Tally, glob_advice, none_taken

PAGE = 1000
"""Assets that are listed to find one that the filters accept: a page of an S3 listing."""


def source(name: str, listing: Listing, addresses: Addresses, pace: Pace) -> ExaminationResult:
    """List the source up to the first asset that the filters accept, and read one byte of it."""
    now, begun = datetime.now(UTC), time.perf_counter()
    with closing(open_source(name, listing, pace)) as opened:
        tally = Tally(name)
        first = _first(opened.assets(), listing, now, tally)
        listed = time.perf_counter()
        if isinstance(opened, Partial) and (error := opened.lacking()):
            raise error
        if first is None:
            return _nothing(tally, opened.remarks())
        if first.flaw:
            said = f"no file can be copied; '{first.key}', for one: {first.flaw}"
            return warn(said, "doctor.unwanted", "rename them, or exclude them")
        first = opened.look(first)
        with opened.open(first) as reader:
            reader.read(1)
    read = time.perf_counter()
    if uncovered := _uncovered(first, addresses):
        return warn(uncovered.message, uncovered.code, uncovered.hint or "")
    return ok(
        f"listed in {(listed - begun) * 1000:.0f} ms, and the first byte of '{first.key}' came after "
        f"{(read - listed) * 1000:.0f} ms"
    )


def examine_in_place(
    name: str, listing: Listing, addresses: Addresses, origin: PublicOrigin, pace: Pace
) -> ExaminationResult:
    """Whether the public URL of the first file serves that file, so that `root` and `origin.url` match."""
    now = datetime.now(UTC)
    with closing(open_source(name, listing, pace)) as opened:
        assets = (asset for asset in opened.assets() if asset.size)
        first = _first(assets, listing, now, Tally(name))
        if first is None or first.flaw:
            return skipped("there is no file to check")
        with opened.open(first) as reader:
            head = read_head(reader)
    try:
        url = addresses.url(addresses.path(first) or "")
    except SyncerError as error:
        return warn(error.message, error.code, error.hint or "")
    content = Content(first.size or 0, "", hashlib.sha256(head).hexdigest(), sniff(head, first.key))
    with closing(PublicView(origin, pace)) as view:
        return of_findings(view.look(url, content), f"{url} serves the file in place")


def _first(assets: Iterator[Asset], listing: Listing, now: datetime, tally: Tally) -> Asset | None:
    """The first asset that can be copied, or else one with a flaw. `tally` counts the listed assets."""
    flawed = None
    for asset in islice(assets, PAGE):
        if setting := listing.left_out_by(asset, now):
            tally.leave_out(setting, asset, listing.junk(asset.key))
            continue
        tally.listed += 1
        if not asset.flaw:
            return asset
        flawed = flawed or asset
    return flawed


def _nothing(tally: Tally, remarks: tuple[Finding, ...]) -> ExaminationResult:
    if not tally.listed:
        why = next(iter((*remarks, *tally.left_as_junk())), None)
        hint = "put media there, or correct its root or prefix"
        told = f"it is empty: {why.message}" if why else "it is empty: 0 objects listed"
        return warn(told, "doctor.empty", (why and why.hint) or hint)
    seen = tally.listed + tally.junk.total()
    among = counted(tally.listed, "object") if seen < PAGE else f"its first {tally.listed} objects"
    return warn(none_taken(among, tally.left_out), "doctor.unwanted", glob_advice(tally.sample))


def _uncovered(asset: Asset, addresses: Addresses) -> OwnershipError | None:
    """The error if the property does not cover the asset. `syncer plan` reports other errors of its path."""
    try:
        addresses.path(asset)
    except OwnershipError as error:
        return error
    except SyncerError:
        return None
    return None


def library(sample: Path) -> ExaminationResult:
    """Whether videos can be read, with the same code as in a run."""
    content = sample.read_bytes()

    @contextmanager
    def reopen(start: int) -> Iterator[Reader]:
        yield BytesIO(content[start:])

    with Prober() as prober:
        facts = prober.probe(content[:HEAD_SIZE], len(content), sniff(content[:HEAD_SIZE]), reopen)
    if facts.video_codec is None:
        return not_ok(
            f"the media library can't read a sample: {facts.flaw or facts.unread or 'it sees no video'}",
            "doctor.library",
            "pip install --force-reinstall av",
        )
    return ok(f"PyAV {version('av')}, reads {facts.video_codec}")

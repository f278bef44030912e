"""The laws of a transfer: an error is an outcome, and leaves nothing half-done."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.connect.retry import Policy
from syncer.destinations.local import LocalDestination
from syncer.model import Abandoned, Asset, Copy, Entry, Failed, Keep, Published, Recheck, State
from syncer.origin.addresses import OriginAddresses
from syncer.origin.paths import PathTemplate
from syncer.origin.view import PublicOrigin, PublicView
from syncer.preflight import load_limits
from syncer.probe.prober import Prober
from syncer.runners import SharedPace
from syncer.sources.local import LocalSource
from syncer.sync import stream
from syncer.sync.rules import Rules
from syncer.sync.transfer import Transfer
from tests.home import Home
from tests.media import mp4

HASHED = PathTemplate.parse("{sha256:12}.mp4")
PLAIN = PathTemplate.parse("{key}")


@pytest.fixture
def work(home: Home) -> Iterator[Transfer]:
    pace = SharedPace()
    origin = PublicOrigin(home.site.url, home.site.url, home.site.ca, home.site.connect_to)
    with closing(PublicView(origin, pace)) as view, closing(Prober()) as prober:
        yield Transfer(
            sources={"clips": LocalSource("clips", LocalSource.Config(kind="local", root=home.media))},
            destination=LocalDestination(LocalDestination.Config(kind="local", root=home.site.root)),
            view=view,
            addresses=OriginAddresses(home.site.url, home.site.url, {"clips": PLAIN}),
            rules=Rules(load_limits("tiktok"), policy=Policy(attempts=1)),
            pace=pace,
            prober=prober,
        )


def listed(work: Transfer) -> Asset:
    (asset,) = work.sources["clips"].assets()
    return asset


def test_a_copy_is_seen(home: Home, work: Transfer) -> None:
    home.put("a.mp4", mp4())
    outcome = work(Copy(listed(work), "a.mp4", "new"))
    assert isinstance(outcome, Published)
    assert outcome.seen


def test_a_stopped_run_commits_nothing(home: Home, work: Transfer) -> None:
    home.put("a.mp4", mp4())
    asset = listed(work)
    assert isinstance(work.pace, SharedPace)
    work.pace.stop()
    assert work(Copy(asset, "a.mp4", "new")) == Abandoned()
    assert work(Copy(asset, None, "new")) == Abandoned()
    assert home.public() == set()


def test_a_look_that_is_broken_off_tells_nothing(home: Home, work: Transfer) -> None:
    """A file that was just stored is not seen yet; one that was seen before stays seen."""

    class Stopping(SharedPace):
        def take(self, size: int) -> None:
            super().take(size)
            if self.passed > 3_000_000:
                self.stop()

    home.put("a.mp4", mp4(3_000_000))
    pace = Stopping()
    origin = PublicOrigin(home.site.url, home.site.url, home.site.ca, home.site.connect_to)
    with closing(PublicView(origin, pace)) as view:
        rules = replace(work.rules, verify_all=True)
        stopping = replace(work, pace=pace, view=view, rules=rules)
        outcome = stopping(Copy(listed(work), "a.mp4", "new"))
        assert isinstance(outcome, Published)
        assert [finding.rule for finding in outcome.findings] == ["origin.stopped"]
        assert not outcome.seen
        assert home.public() == {"a.mp4"}
        known = Entry("clips", "a.mp4", State.PUBLISHED, path="a.mp4", url=outcome.url)
        entry = replace(known, size=3_000_000, sha256=outcome.content.sha256, head_sha256="")
        assert stopping(Recheck(entry, "due", first=True)) == Abandoned()


def test_other_bytes_than_the_hash_in_the_path_are_not_published(home: Home, work: Transfer) -> None:
    """The version did not show the change."""
    home.put("a.mp4", mp4())
    addresses = OriginAddresses(home.site.url, home.site.url, {"clips": HASHED})
    outcome = replace(work, addresses=addresses)(Copy(listed(work), "0123456789ab.mp4", "moved"))
    assert isinstance(outcome, Failed)
    assert outcome.code == "source.changed"
    assert home.public() == set()


def test_another_size_than_was_listed_is_not_published(home: Home, work: Transfer) -> None:
    home.put("a.mp4", mp4())
    outcome = work(Copy(replace(listed(work), size=1), "a.mp4", "new"))
    assert isinstance(outcome, Failed)
    assert outcome.code == "source.changed"
    assert home.public() == set()


def test_no_room_for_a_spool_is_one_sentence(
    home: Home, work: Transfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.put("a.mp4", mp4(9_000_000))
    monkeypatch.setattr(tempfile, "tempdir", str(home.folder / "missing"))
    addresses = OriginAddresses(home.site.url, home.site.url, {"clips": HASHED})
    outcome = replace(work, addresses=addresses)(Copy(listed(work), None, "new"))
    assert isinstance(outcome, Failed)
    assert outcome.code == "disk"
    assert "TMPDIR" in str(outcome.hint)


def test_after_a_failed_commit_it_is_unknown_what_is_public(
    home: Home, work: Transfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example, the folder can't be flushed after the rename, and the disk does not return the bytes."""

    def broken(folder: Path) -> None:
        (folder / "a.mp4").write_bytes(b"other bytes")
        raise OSError(5, "Input/output error")

    home.put("a.mp4", mp4())
    monkeypatch.setattr("syncer.destinations.local.fsync", broken)
    outcome = work(Copy(listed(work), "a.mp4", "new"))
    assert isinstance(outcome, Failed)
    assert outcome.unsure


def test_a_failure_before_the_commit_is_sure(home: Home, work: Transfer) -> None:
    home.put("a.mp4", mp4())
    (home.site.root / "a.mp4").mkdir()
    outcome = work(Copy(listed(work), "a.mp4", "new"))
    assert isinstance(outcome, Failed)
    assert not outcome.unsure


def test_a_mistake_of_ours_costs_one_asset(
    home: Home, work: Transfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError

    home.put("a.mp4", mp4())
    asset = listed(work)
    monkeypatch.setattr(stream, "sniff", broken)
    outcome = work(Copy(asset, "a.mp4", "new"))
    assert isinstance(outcome, Failed)
    assert outcome.code == "internal"
    monkeypatch.setenv("SYNCER_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        work(Copy(asset, "a.mp4", "new"))


def test_an_unchanged_file_is_no_work(work: Transfer) -> None:
    assert isinstance(work(Keep(Entry("clips", "a", State.PUBLISHED))), Failed)


def test_a_look_that_fails_at_a_destination_that_cannot_be_asked_is_no_loss(
    home: Home, work: Transfer
) -> None:
    """It was not seen; nothing else is known."""
    home.put("a.mp4", mp4())
    published = work(Copy(listed(work), "a.mp4", "new"))
    assert isinstance(published, Published)
    content = published.content
    entry = Entry(
        "clips",
        "a.mp4",
        State.PUBLISHED,
        path="a.mp4",
        url=published.url,
        size=content.size,
        sha256=content.sha256,
        head_sha256=content.head_sha256,
        media_type=content.media_type,
    )
    (home.site.root / "a.mp4").unlink()
    home.site.root.rename(home.site.root.parent / "aside")
    home.site.root.write_text("a file where the root was")
    outcome = work(Recheck(entry, "due"))
    assert isinstance(outcome, Published)
    assert not outcome.seen


@pytest.mark.parametrize("kind", ["md5", "sha256"])
def test_other_bytes_than_the_source_speaks_of_are_not_published(
    home: Home, work: Transfer, kind: str
) -> None:
    home.put("a.mp4", mp4())
    right = hashlib.new(kind, mp4()).hexdigest().upper()
    outcome = work(Copy(replace(listed(work), digest=f"{kind}:{'0' * len(right)}"), "a.mp4", "new"))
    assert isinstance(outcome, Failed)
    assert outcome.code == "source.digest"
    assert home.public() == set()
    assert isinstance(work(Copy(replace(listed(work), digest=f"{kind}:{right}"), "a.mp4", "new")), Published)


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("{key}", "drive.example/1AbC.mp4"),
        ("{slug}.{ext}", "drive-example-1abc.mp4"),
        ("{stem}-{sha256:12}.{ext}", "1AbC-%s.mp4"),
    ],
)
def test_a_key_without_a_name_gets_the_extension_of_its_bytes(
    home: Home, work: Transfer, template: str, path: str
) -> None:
    home.put("a", mp4())
    asset = replace(listed(work), key="drive.example/1AbC", nameless=True)
    addresses = OriginAddresses(home.site.url, home.site.url, {"clips": PathTemplate.parse(template)})
    assert addresses.path(asset) is None
    outcome = replace(work, addresses=addresses)(Copy(asset, None, "new"))
    assert isinstance(outcome, Published)
    assert outcome.path == path.replace("%s", outcome.content.sha256[:12])
    assert outcome.seen

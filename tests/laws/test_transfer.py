"""Of an asset, all bytes that were judged become public, and only after that, or none do."""

from __future__ import annotations

import hashlib
from dataclasses import fields

import pytest

from syncer.errors import SourceError
from syncer.model import (
    Asset,
    Copy,
    Digest,
    Published,
)
from syncer.preflight import Limits
from syncer.sync.stream import CHUNK
from tests.laws.places import ORIGIN
from tests.laws.way import (
    BY_END,
    GOOD,
    LARGEST,
    Way,
    copied,
    failed,
    md5,
    refused,
    rules,
    unlisted,
    video,
)


@pytest.fixture
def way() -> Way:
    return Way()


# What is taken


@pytest.mark.parametrize("template", ["{key}", "{sha256:12}.mp4", "{stem}-{sha256}.{ext}"])
@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("size", [2000, 2 * CHUNK + 1])
def test_a_video_is_published_as_it_is_at_its_path(
    way: Way, template: str, *, ranges: bool, size: int
) -> None:
    way.set(template, publish_rejected=size > LARGEST)
    way.tape.ranges = ranges
    content = video(size=size)
    sha256 = hashlib.sha256(content).hexdigest()
    path = template.format_map({"key": "a.mp4", "stem": "a", "ext": "mp4", "sha256": _Sliced(sha256)})
    outcome = copied(way, content, path=path if template == "{key}" else None)
    assert isinstance(outcome, Published)
    assert (way.shop.files, way.shop.types) == ({path: content}, {path: "video/mp4"})
    assert (outcome.path, outcome.url, outcome.seen) == (path, ORIGIN + path, True)
    assert (outcome.content.sha256, outcome.content.facts) == (sha256, GOOD)
    assert way.eyes.manners == ["look"]


class _Sliced(str):
    __slots__ = ()

    def __format__(self, length: str) -> str:
        return self[: int(length)] if length else str(self)


def test_a_name_without_an_ending_gets_that_of_its_bytes(way: Way) -> None:
    way.tape.files["a"] = video()
    outcome = way.work(Copy(way.tape.asset("a"), None, "new"))
    assert isinstance(outcome, Published)
    assert set(way.shop.files) == {"a.mp4"}


def test_what_is_read_once_more_for_its_facts_is_read_from_there_only(way: Way) -> None:
    copied(way, video())
    assert way.tape.starts == [0, 1996]


def test_where_no_place_can_be_read_from_all_is_read_once(way: Way) -> None:
    way.tape.ranges = False
    copied(way, video())
    assert (way.tape.starts, way.tape.given) == ([0, 1996], 2000)


def test_where_it_lies_in_s3_is_told_to_a_destination_that_may_copy_it(way: Way) -> None:
    way.tape.at = "s3.example.test/bucket/etag"
    copied(way, video())
    assert way.shop.staged == [("a.mp4", "s3.example.test/bucket/etag/a.mp4", None, False)]


def test_a_warning_of_the_limits_is_told_and_keeps_nothing_back(way: Way) -> None:
    outcome = copied(way, video(b"warn"))
    assert isinstance(outcome, Published)
    assert outcome.seen
    assert outcome.findings


# What is refused


def test_what_its_last_bytes_condemn_is_not_even_staged(way: Way) -> None:
    for ranges in (True, False):
        way.tape.ranges = ranges
        outcome = refused(way, copied(way, video(b"flaw")))
        assert (outcome.media_type, outcome.size, outcome.facts) == ("video/mp4", 2000, BY_END[b"flaw"])
    assert way.shop.staged == []


def test_what_its_first_bytes_condemn_is_read_no_further(way: Way) -> None:
    way.tape.files["a.mp4"] = b"a text" * 50_000
    outcome = refused(way, way.work(Copy(way.tape.asset(), "a.mp4", "new")))
    assert outcome.media_type == "text/plain"
    assert way.tape.given < 2 * 66_000, "two reads agree on it, and each is of the head"


class Untold(Limits):
    """Limits that judge only a complete file."""

    def largest(self, media_type: str) -> None:
        del media_type


@pytest.mark.parametrize("template", ["{key}", "{sha256:12}.mp4"])
def test_what_only_its_whole_size_condemns_is_not_committed(way: Way, template: str) -> None:
    told = way.work.rules.limits
    way.set(template, limits=Untold(*(getattr(told, each.name) for each in fields(told))))
    content = video(size=LARGEST + 1)
    path = "a.mp4" if template == "{key}" else None
    outcome = refused(way, copied(way, content, path=path, asset=unlisted(way, content)))
    assert (rules(outcome), outcome.size, outcome.facts) == (["media.size"], LARGEST + 1, GOOD)
    assert way.eyes.manners == []


def test_a_corrupted_read_refuses_nothing(way: Way) -> None:
    way.tape.flips = {1: 1996}  # in the tail, which decides the facts
    way.tape.files["a.mp4"] = video()
    assert isinstance(copied(way, video(b"flaw")[:-4] + b"good"), Published)


def test_a_refusal_that_another_read_does_not_confirm_is_none(way: Way) -> None:
    way.tape.flips = {0: 4}  # of `ftyp`
    assert isinstance(copied(way, video()), Published)
    assert way.shop.staged != []


@pytest.mark.parametrize("known", [True, False])
def test_what_is_larger_than_the_limits_is_refused_and_not_read_to_its_end(way: Way, *, known: bool) -> None:
    content = video(size=3 * LARGEST)
    outcome = refused(way, copied(way, content, asset=None if known else unlisted(way, content)))
    assert rules(outcome) == ["media.size"]
    assert outcome.size == (3 * LARGEST if known else LARGEST + 1)
    assert way.tape.given <= LARGEST + 1
    assert way.tape.starts == [0], "nor are its facts asked for"


def test_a_limit_is_met_exactly(way: Way) -> None:
    assert isinstance(copied(way, video(size=LARGEST)), Published)
    content = video(size=LARGEST)
    assert isinstance(copied(way, content, asset=unlisted(way, content)), Published)


def test_where_all_is_published_only_what_is_no_media_is_refused(way: Way) -> None:
    way.set(publish_rejected=True)
    outcome = copied(way, video(b"flaw", size=LARGEST + 1))
    assert isinstance(outcome, Published)
    assert {"media.size", "media.broken"} & {*rules(outcome)}
    way.shop.files.clear()
    assert rules(refused(way, copied(way, b"a text" * 500))) == ["media.none"]


@pytest.mark.parametrize("publish", [True, False])
@pytest.mark.parametrize("most", [1999, 2000])
def test_a_source_has_a_limit_of_its_own(way: Way, most: int, *, publish: bool) -> None:
    content = video()
    way.set(max_sizes={"clips": most, "other": 1}, publish_rejected=publish)
    outcome = copied(way, content, asset=unlisted(way, content))
    if most == 2000:
        assert isinstance(outcome, Published)
    else:
        assert rules(refused(way, outcome)) == ["source.max_size"]


# Bytes that changed


def test_other_bytes_than_the_path_speaks_of_are_not_published(way: Way) -> None:
    way.set("{sha256:12}.mp4")
    error = failed(way, copied(way, video(), path="0123456789ab.mp4"), "source.changed")
    assert "clips:a.mp4 has other bytes under the same version" in error.message


@pytest.mark.parametrize("size", [1999, 2001])
def test_another_size_than_the_listed_one_is_not_published(way: Way, size: int) -> None:
    asset = Asset("clips", "a.mp4", "a.mp4", size, "1")
    failed(way, copied(way, video(), asset=asset), "source.changed")


def test_bytes_that_differ_from_the_sources_hash_are_read_again_at_once(
    way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    content = video()
    way.tape.told = (md5(content),)
    way.tape.flips = {0: 1000}
    outcome = copied(way, content)
    assert isinstance(outcome, Published)
    assert outcome.content.verified_by == "etag-md5"
    assert "corrupted on their way, it seems; nothing of it was published; it is read again" in caplog.text
    assert way.shop.files == {"a.mp4": content}


def test_a_hash_that_two_reads_refute_is_an_error_or_a_warning(way: Way) -> None:
    way.tape.told = (Digest("etag-md5", "md5", "0" * 32),)
    assert failed(way, copied(way, video()), "source.digest").attempts == 1
    way.tape.told = (Digest("etag-md5", "md5", "0" * 32, certain=False),)
    outcome = copied(way, video(b"warn"))
    assert isinstance(outcome, Published)
    assert outcome.seen
    assert (rules(outcome)[-1], len(rules(outcome))) == ("source.etag", 2)


def test_a_source_that_never_gives_the_same_bytes_is_given_up(way: Way) -> None:
    content = video()
    way.tape.told = (md5(content),)
    way.tape.flips = {number: 1000 + number for number in range(50)}
    assert failed(way, copied(way, content), "source.digest").attempts == 1


def test_an_error_of_the_source_is_told(way: Way) -> None:
    for number in (0, 1):
        way.tape.starts, way.tape.breaks = [], {number: SourceError("403", code="source.denied", hint="ask")}
        error = failed(way, copied(way, video()), "source.denied")
        assert (error.message, error.hint, error.attempts, error.unsure) == ("403", "ask", 1, False)

"""Laws of several links to one object: the best that works is used, in whatever order they are listed."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.sources.links.deduplicate import MOST, Deduplicator
from syncer.urls.links import recognise
from tests.links.asked import listed, looked, read, refusal, source
from tests.servers.certificates import Certificates
from tests.servers.rgw import S3Service
from tests.servers.scripted import answer, scripted

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
CLIP = b"\0\0\0\x18ftypmp42" + bytes(5000)
RAW = "https://raw.s3.amazonaws.com/a.mp4"


def signed(hours: int, url: str = RAW) -> str:
    """Valid for so many hours from `NOW`, or expired since then."""
    day = NOW + timedelta(hours=hours) - timedelta(days=1)
    return f"{url}?X-Amz-Signature=1&X-Amz-Date={day:%Y%m%dT%H%M%SZ}&X-Amz-Expires=86400"


BEST_FIRST = (
    signed(20),
    signed(20, "http://s3.amazonaws.com/raw/a.mp4"),
    f"{RAW}?X-Amz-Signature=1",
    RAW,
    "http://raw.s3.eu-west-1.amazonaws.com/a.mp4",
    signed(-1),
    signed(-30),
)
SHARED = (
    "https://drive.google.com/file/d/1AbC/view?resourcekey=0-x",
    "https://drive.google.com/file/d/1AbC/view",
)
DROPBOX = ("https://www.dropbox.com/scl/fi/x/a.mp4?rlkey=k&dl=0", "https://www.dropbox.com/scl/fi/x/a.mp4")


def gathered(urls: list[str]) -> list[tuple[str, ...]]:
    several = Deduplicator()
    for url in urls:
        several.see(url, recognise(url).place)
    return [found for url in urls if (found := several.gathered(url, recognise(url), NOW))]


@given(st.data())
def test_the_order_of_the_list_changes_nothing(data: st.DataObject) -> None:
    """Also where some of them stand there twice."""
    for best_first in (BEST_FIRST, SHARED, DROPBOX):
        some = data.draw(st.lists(st.sampled_from(best_first), min_size=1, max_size=12))
        assert gathered(some) == [tuple(url for url in best_first if url in some)]


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=60, unique=True))
def test_of_very_many_links_the_best_are_kept(hours: list[int]) -> None:
    best = [signed(each) for each in sorted(hours, reverse=True)][:MOST]
    assert gathered([signed(each) for each in hours]) == [tuple(best)]


def test_each_of_many_objects_gets_its_own_links() -> None:
    urls = [signed(number % 7, f"https://h{number % 1000}.example/a.mp4") for number in range(2200)]
    meant: dict[str, set[str]] = {}
    for url in urls:
        meant.setdefault(url.partition("?")[0], set()).add(url)
    found = gathered(urls)
    assert len(found) == len(meant)
    assert all(set(kept) == meant[kept[0].partition("?")[0]] for kept in found)


def test_a_link_that_stands_there_twice_is_one_link(tmp_path: Path) -> None:
    file = tmp_path / "l.txt"
    file.write_text("https://h.example/a.mp4\nhttps://h.example/b.mp4\nhttps://h.example/a.mp4\n")
    assert [(asset.locator, asset.others) for asset in listed(file)] == [
        ("https://h.example/a.mp4", ()),
        ("https://h.example/b.mp4", ()),
    ]


def test_of_a_picture_in_google_drive_the_file_itself_is_asked_for_first() -> None:
    ident = "1AbC_dEf-2345678901234567890"
    picture = f"https://lh3.googleusercontent.com/d/{ident}=w1200"
    original = f"https://drive.google.com/uc?export=download&id={ident}"
    assert gathered([picture]) == [(original, picture)]
    shared = f"https://drive.google.com/file/d/{ident}/view?resourcekey=0-x"
    for listed_so in ([picture, shared], [shared, picture]):
        assert gathered(listed_so) == [(shared, picture)]


def links_of(store: S3Service) -> list[str]:
    """To one object: all but the last are refused, and would be tried before it or after it."""
    bucket = store.bucket()
    with closing(store.client()) as client:
        client.put_object(Bucket=bucket, Key="a.mp4", Body=CLIP, ContentType="video/mp4")
    tampered = store.signed(bucket, "a.mp4", 7200)[:-3] + "000"
    foreign = store.signed(bucket, "a.mp4", 7000).replace(store.access_key, "AKNOBODY")
    return [tampered, foreign, f"{store.endpoint}/{bucket}/a.mp4", store.signed(bucket, "a.mp4", 3600)]


def test_a_link_that_works_is_found_among_those_that_do_not(rgw: S3Service) -> None:
    links = links_of(rgw)

    @given(st.permutations(links))
    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    def law(urls: list[str]) -> None:
        with closing(source(*urls)) as made:
            (asset,) = made.assets()
            seen = made.look(asset)
            with made.open(seen, 100) as reader:
                assert reader.read(len(CLIP)) == CLIP[100:]
        assert seen.locator == links[-1], "the one that worked is asked first from then on"

    law()


def test_keys_are_used_where_no_link_works(rgw: S3Service) -> None:
    settings_of = rgw.settings("")
    del settings_of["bucket"]
    assert read(*links_of(rgw)[:-1], refresh={"s3": settings_of}) == CLIP


def test_where_all_fail_the_best_links_reason_is_given(rgw: S3Service) -> None:
    error = refusal(*links_of(rgw)[:-1])
    assert error.code == "source.signature"
    assert "2 other links to it failed too" in error.message


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_failure_that_may_pass_is_told_before_one_that_stays(
    certificates: Certificates, order: tuple[int, int]
) -> None:
    urls = ("https://www.dropbox.com/s/x/a.mp4?rlkey=k", "https://www.dropbox.com/s/x/a.mp4")
    answers = [answer("404 Not Found"), answer("503 Slow Down")]
    with scripted(certificates.leaf("www.dropbox.com"), *(answers[number] for number in order)) as server:
        others: dict[str, Any] = {"ca": certificates.ca, "connect_to": server.connect_to}
        with closing(source(*urls, **others)) as made:
            (asset,) = made.assets()
            with pytest.raises(Exception, match="asks to slow down") as caught:
                made.look(asset)
    assert caught.value.transient  # type: ignore[attr-defined]


def test_a_shared_link_with_its_key_is_asked_before_one_without(certificates: Certificates) -> None:
    bytes_ = answer("200 OK", CLIP, "Content-Type: video/mp4", 'ETag: "1"')
    with scripted(certificates.leaf("www.dropbox.com"), bytes_) as server:
        looked(*reversed(DROPBOX), ca=certificates.ca, connect_to=server.connect_to)
    assert len(server.requests) == 1
    assert "rlkey=k" in server.requests[0]

"""Laws of hosts that can't be reached: they cost their patience a few times, not once for every link."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncer.sources.links import dead
from tests.links.asked import read, refusal
from tests.servers.ports import free_port
from tests.servers.wire import Answer, scripted

CLIP = Answer(headers={"Content-Type": "video/mp4"}, body=b"\0\0\0\x18ftypmp42" + bytes(100))


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    dead._rows.clear()  # noqa: SLF001 - what other tests met
    yield
    dead._rows.clear()  # noqa: SLF001 - as above


def test_a_dead_host_is_left_alone_and_others_are_not() -> None:
    gone = f"http://127.0.0.1:{free_port()}"
    for number in range(dead.ROW):
        assert "was not asked" not in str(refusal(f"{gone}/{number}.mp4"))
    error = refusal(f"{gone}/more.mp4?secret=1")
    assert (error.code, error.transient) == ("source.unreachable", False)
    assert "was not asked" in str(error)
    with scripted(CLIP) as url:
        assert read(f"{url}/a.mp4") == CLIP.body


def test_after_its_time_it_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead, "SECONDS", 0.0)
    gone = f"http://127.0.0.1:{free_port()}"
    for number in range(dead.ROW + 2):
        assert "was not asked" not in str(refusal(f"{gone}/{number}.mp4"))


def test_an_answer_forgives_what_was_before() -> None:
    with scripted(CLIP) as url:
        host = url.partition("://")[2]
        dead._rows[host] = dead.ROW - 1, 0.0, "x"  # noqa: SLF001 - as if it had just failed
        read(f"{url}/a.mp4")
    assert host not in dead._rows  # noqa: SLF001 - what is remembered


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead, "MOST", 2)
    for _ in range(4):
        refusal(f"http://127.0.0.1:{free_port()}/a.mp4")
    assert len(dead._rows) <= 2  # noqa: SLF001 - as above

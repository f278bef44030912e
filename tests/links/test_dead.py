"""Laws of hosts that can't be reached: they cost their patience a few times, not once for every link."""

from __future__ import annotations

from pathlib import Path

from syncer.connect.circuit import ROW
from syncer.connect.pace import SharedPace
from syncer.errors import SourceError
from syncer.protocols.patience import Patience
from tests.links.asked import read, refusal
from tests.servers.ports import free_port
from tests.servers.wire import Answer, scripted

DOCS = Path(__file__).parents[2] / "docs"
CLIP = Answer(headers={"Content-Type": "video/mp4"}, body=b"\0\0\0\x18ftypmp42" + bytes(100))


def test_a_dead_host_is_left_alone_by_all_workers_and_others_are_not() -> None:
    pace = SharedPace()
    gone = f"http://127.0.0.1:{free_port()}"
    for number in range(ROW):
        assert refusal(f"{gone}/{number}.mp4", pace=pace).code == "source.unreachable"
    error = refusal(f"{gone}/more.mp4?secret=1", pace=pace)
    assert (error.code, error.transient) == ("source.not_asked", False)
    assert "3 times in a row" in error.message
    with scripted(CLIP) as url:
        assert read(f"{url}/a.mp4", pace=pace) == CLIP.body


def test_what_many_workers_tell_of_a_dead_host_is_what_the_docs_say() -> None:
    """Some are on their way when the third one fails. No file but the one that is told of is named."""
    pace, place = SharedPace(), f"127.0.0.1:{free_port()}"
    for number in range(ROW + 4):
        failure = SourceError(f"http://{place}/{number}.mp4 can't be reached: x", code="source.unreachable")
        pace.circuit(place).failed(failure, 0.0)
    message = refusal(f"http://{place}/more.mp4", pace=pace).message
    assert f"could not be reached {ROW} times in a row" in message
    assert f"the last failure: {place} can't be reached: x" in message
    assert "after 3 failures in a row" in (DOCS / "config.md").read_text()
    assert "3 times in a row" in (DOCS / "troubles.md").read_text()


def test_a_dead_host_is_asked_again_after_a_while_and_then_no_more_in_this_run() -> None:
    pace = SharedPace(patience=Patience(give_up=0.5))
    gone = f"http://127.0.0.1:{free_port()}/a.mp4"
    told = [refusal(gone, pace=pace).message for _ in range(ROW + 1)]
    assert "left alone for a while" in told[-1]
    while "left alone" in told[-1]:
        told.append(refusal(gone, pace=pace).message)
    assert "is refused" in told[-1], "it was asked again"
    assert "this run sends it no more" in refusal(gone, pace=pace).message


def test_an_answer_forgives_what_was_before() -> None:
    pace = SharedPace()
    port = free_port()
    for _ in range(ROW - 1):
        refusal(f"http://127.0.0.1:{port}/a.mp4", pace=pace)
    circuit = pace.circuit(f"127.0.0.1:{port}")
    assert "refused" in circuit.why
    circuit.answered()
    for _ in range(ROW - 1):
        assert refusal(f"http://127.0.0.1:{port}/a.mp4", pace=pace).code == "source.unreachable"


def test_another_run_asks_again() -> None:
    gone = f"http://127.0.0.1:{free_port()}/a.mp4"
    first, second = SharedPace(), SharedPace()
    codes = [refusal(gone, pace=first).code for _ in range(ROW + 1)]
    assert codes[-1] == "source.not_asked"
    assert refusal(gone, pace=second).code == "source.unreachable"

"""Law: no asset is sent twice without --again, even if a process or a connection dies."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from syncer.catalogue import open_pushes
from syncer.push.model import PushState
from tests.home import Home
from tests.media import sample
from tests.servers.tiktok import STATUS, TiktokServer


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def states(home: Home) -> list[PushState]:
    with closing(open_pushes(f"sqlite:///{home.folder / 'syncer.db'}")) as pushes:
        return [push.state for push in pushes.standing(*PushState)]


def quietly(home: Home, *arguments: str) -> subprocess.Popen[bytes]:
    return home.start("push", *arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def test_an_arrived_asset_is_sent_again_only_with_again(home: Home, tiktok: TiktokServer) -> None:
    assert home.syncer("push", "clips:a.mp4").code == 0
    ran = home.syncer("push", "a.mp4", "clips:a.mp4", "HTTPS://Media.Example.Test:443/clips/%61.mp4#t=1")
    assert ran.code == 0
    assert ran.out.startswith("✓ clips:a.mp4: in the inbox, sent 20")
    assert len(ran.out.splitlines()) == 1
    assert tiktok.inits == 1
    assert home.syncer("push", "--again", "clips:a.mp4").code == 0
    assert tiktok.inits == 2


def test_other_bytes_at_the_same_url_are_another_asset(home: Home, tiktok: TiktokServer) -> None:
    assert home.syncer("push", "clips:b.jpg").code == 0
    home.put("b.jpg", sample("Sunset at the Lake.jpg") + b"\0")
    home.sync()
    assert home.syncer("push", "clips:b.jpg").code == 0
    assert tiktok.inits == 2


def test_a_photo_of_an_album_counts_as_sent(home: Home, tiktok: TiktokServer) -> None:
    assert home.syncer("push", "--album", "*.jpg", "*.webp").code == 0
    assert home.syncer("push", "clips:b.jpg").out.startswith(
        "✓ clips:b.jpg, clips:c.webp: in the inbox, sent"
    )
    assert home.syncer("push", "--album", "clips:c.webp").code == 0
    assert tiktok.inits == 1


def test_a_push_that_was_killed_before_the_answer_is_not_repeated(home: Home, tiktok: TiktokServer) -> None:
    tiktok.faults = ["hold"]
    with quietly(home, "clips:a.mp4") as process:
        assert tiktok.held.wait(20)
        process.kill()
    assert states(home) == [PushState.SENDING]
    for first in (True, False):
        ran = home.syncer("push", "clips:a.mp4")
        assert ran.code == 3
        assert ran.out.startswith("? clips:a.mp4: ")
        assert ("was killed before the answer came" in ran.out) == first
        assert "→ look into the user's inbox; if the draft is not there, push it with --again" in ran.out
        assert len(ran.out.splitlines()) == 2
    assert tiktok.inits == 1
    assert home.syncer("push", "--again", "clips:a.mp4").code == 0
    assert tiktok.inits == 2


def test_a_draft_of_a_killed_push_is_followed_by_the_next(home: Home, tiktok: TiktokServer) -> None:
    tiktok.endless = True
    with quietly(home, "clips:a.mp4") as process:
        until(lambda: STATUS in tiktok.requests)
        process.kill()
    (draft,) = tiktok.drafts.values()
    for arguments in (("--wait", "0.3"), ("--wait", "0.3", "clips:a.mp4")):
        ran = home.syncer("push", *arguments)
        assert ran.code == 3
        assert "… clips:a.mp4: still PROCESSING_DOWNLOAD after 0.3 s [push.endless]" in ran.out
    draft.status = "SEND_TO_USER_INBOX"
    ran = home.syncer("push")
    assert (ran.code, ran.out) == (0, "✓ clips:a.mp4: in the inbox\n")
    assert tiktok.inits == 1
    assert home.syncer("push").out == "no unfinished drafts to follow\n"


@pytest.mark.parametrize("fault", ["lose", "500", "html", "drop"])
def test_a_lost_answer_is_never_followed_by_a_second_request(
    home: Home, tiktok: TiktokServer, fault: str
) -> None:
    """The rest is not sent: its answers would be lost too."""
    tiktok.faults = [fault]
    ran = home.syncer("push", "--json", "clips:a.mp4", "clips:b.jpg")
    assert ran.code == 3
    assert [(r["state"], r["code"]) for r in ran.json] == [
        ("unsure", "push.unanswered"),
        ("held", "push.unanswered"),
    ]
    assert len(tiktok.requests) == 1
    assert "it is unknown whether TikTok accepted this draft" in ran.json[0]["message"]
    assert home.syncer("push", "clips:a.mp4").code == 3
    assert len(tiktok.requests) == 1
    assert home.syncer("push", "clips:b.jpg").code == 0


def test_a_request_that_never_left_counts_as_not_sent(home: Home, tiktok: TiktokServer) -> None:
    """A certificate of an unknown CA ends the connection before the request."""
    del home.config["tiktok"]["ca"]
    ran = home.syncer("push", "clips:a.mp4", "clips:b.jpg")
    assert ran.code == 3
    assert (
        "✗ clips:a.mp4: https://open.tiktok.example.test/v2/post/publish/inbox/video/init/: the iss"
        in ran.out
    )
    assert "[push.unreachable]" in ran.out
    assert "- clips:b.jpg: not sent, as TikTok's API can't be reached" in ran.out
    home.config["tiktok"] = tiktok.config
    assert home.syncer("push", "clips:a.mp4", "clips:b.jpg").code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_following_with_130(home: Home, tiktok: TiktokServer, number: int) -> None:
    tiktok.endless = True
    with quietly(home, "clips:a.mp4") as process:
        until(lambda: STATUS in tiktok.requests)
        process.send_signal(number)
        out, _ = process.communicate(timeout=10)
    assert process.returncode == 130
    assert out.decode() == "… clips:a.mp4: PROCESSING_DOWNLOAD; `syncer push` follows it\n"
    assert states(home) == [PushState.SENT]


def test_a_signal_during_the_wait_to_send_leaves_nothing_behind(home: Home, tiktok: TiktokServer) -> None:
    """A 429 with a time to wait delays the request, but a signal ends that wait."""
    tiktok.faults = ["429"] * 5
    with quietly(home, "--json", "clips:a.mp4", "clips:b.jpg") as process:
        until(lambda: len(tiktok.requests) == 1)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=10)
    assert process.returncode == 130
    assert [record["code"] for record in json.loads(out)] == ["push.stopped"] * 2
    assert states(home) == [PushState.REFUSED]
    tiktok.faults = []
    assert home.syncer("push", "clips:a.mp4").code == 0


def test_two_pushes_never_run_at_once(home: Home, tiktok: TiktokServer) -> None:
    tiktok.endless = True
    with quietly(home, "clips:a.mp4") as process:
        until(lambda: STATUS in tiktok.requests)
        ran = home.syncer("push", "--again", "clips:a.mp4")
        assert (ran.code, f"process {process.pid} on" in ran.err) == (6, True)
        assert home.sync()["exit_code"] == 0, "a sync goes on beside it"
        process.kill()
    assert tiktok.inits == 1

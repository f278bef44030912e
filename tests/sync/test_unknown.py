"""Unknown is not yes: a file that some rule can't judge is published as unknown, with a message."""

from __future__ import annotations

import subprocess
from functools import lru_cache

import pytest

from tests.home import Home
from tests.media import mp4

CODECS = {
    "VP8": "-c:v libvpx -deadline realtime",
    "VP9": "-c:v libvpx-vp9 -deadline realtime -cpu-used 8",
}


@lru_cache
def one_picture(codec: str) -> bytes:
    """A live recording that ends after its first picture: its duration is unknown."""
    picture = "-f lavfi -i color=teal:size=360x360:rate=30 -frames:v 1"
    command = f"ffmpeg -nostdin -v error {picture} {CODECS[codec]} -live 1 -f webm pipe:1"
    return subprocess.run(command.split(), check=True, capture_output=True).stdout


@pytest.mark.parametrize("codec", CODECS)
def test_what_can_not_be_judged_is_published_as_unknown_and_every_run_says_so(home: Home, codec: str) -> None:
    home.put("live.webm", one_picture(codec))
    home.put("good.mp4", mp4())
    for word in ("copied", "kept"):
        done = home.sync()
        counts = done["counts"]
        assert (done["exit_code"], counts[word], counts["unknown"]) == (0, 2, 1)
        (told,) = (each for each in done["findings"] if each["rule"] == "media.unread")
        assert told["severity"] == "unknown"
        assert "not known: duration; the file does not say" in told["message"]
        assert "clips:live.webm" in told["message"]
    assert home.manifest()["good.mp4"]["accepted"] is True
    record = home.manifest()["live.webm"]
    assert (record["accepted"], record["findings"], record["duration_s"]) == (None, ["media.unread"], None)


def test_a_person_is_told_in_words(home: Home) -> None:
    home.put("live.webm", one_picture("VP8"))
    ran = home.syncer("sync")
    assert "1 unknown to the checks" in ran.out
    assert "  ? 1 published, and it is unknown whether it would be accepted: not known: duration" in ran.out
    assert "[media.unread] not known: duration" in ran.err, "in the log, with its URL"


def test_check_never_calls_it_accepted(home: Home) -> None:
    home.put("live.webm", one_picture("VP8"))
    home.sync()
    ran = home.syncer("check")
    assert "0 would be accepted · 0 rejected · 1 unknown" in ran.out
    assert "? media      not known: duration" in ran.out
    (result,) = home.syncer("check", "--json").json["results"]
    assert result["accepted"] is None

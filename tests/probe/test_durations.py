"""Laws of the duration: what players show, and the other right way to measure it, where both differ."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from syncer.model import Facts, Severity
from syncer.preflight import judge_media, load_limits
from syncer.probe.prober import Prober
from tests.probe.bytesmith import put
from tests.probe.held import Held
from tests.probe.test_agreement import ffprobe

LIMITS = load_limits("tiktok")
TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm"}


def late(made: Path, seconds: float, out: Path, *more: str) -> Path:
    """A video of one second that begins so many seconds after the start of its container."""
    name = "vp9.webm" if out.suffix in (".webm", ".mkv") else "h264.mp4"
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-itsoffset", str(seconds)]
    subprocess.run([*command, "-i", str(made / name), "-c", "copy", *more, str(out)], check=True)
    return out


def verdicts(facts: Facts, size: int) -> list[tuple[str, Severity, str]]:
    found = judge_media(TYPES[facts.container or ""], size, facts, LIMITS)
    return [
        (each.rule, each.severity, each.message)
        for each in found
        if each.rule not in ("media.dimensions", "media.codec")
    ]


@pytest.mark.server
@pytest.mark.parametrize("ending", ["mp4", "mov", "webm"])
@pytest.mark.parametrize("seconds", [700, 250])
def test_a_late_start_that_exceeds_a_limit_is_a_warning_with_both_figures(
    made: Path, tmp_path: Path, prober: Prober, ending: str, seconds: int
) -> None:
    path = late(made, seconds, tmp_path / f"late.{ending}")
    facts = Held(path).probed(prober)
    ((rule, severity, message),) = verdicts(facts, path.stat().st_size)
    assert (rule, severity) == ("media.duration", Severity.WARN)
    assert (
        f"{seconds + 1}." in message,
        "(1.0 s" in message,
        str(600 if seconds > 600 else 180) in message,
    ) == (True,) * 3


@pytest.mark.server
@pytest.mark.parametrize("ending", ["mp4", "mov", "webm", "mkv", "ts"])
def test_the_duration_is_the_one_that_ffprobe_shows(
    made: Path, tmp_path: Path, prober: Prober, ending: str
) -> None:
    path = late(made, 30, tmp_path / f"late.{ending}")
    facts, told = Held(path).probed(prober), ffprobe(path)
    assert told
    assert facts.duration_s == pytest.approx(float(told["format"]["duration"]), abs=0.05)
    assert facts.bit_rate == pytest.approx(int(told["format"]["bit_rate"]), rel=0.06)
    other = None if ending == "ts" else pytest.approx(1, abs=0.05)
    assert facts.other_duration_s == other, "the times of a transport stream begin anywhere"


@pytest.mark.server
def test_a_live_recording_that_starts_late_has_both_durations(
    made: Path, tmp_path: Path, prober: Prober
) -> None:
    facts = Held(late(made, 30, tmp_path / "live.webm", "-live", "1")).probed(prober)
    assert facts.duration_s == pytest.approx(1, abs=0.05)
    assert facts.other_duration_s == pytest.approx(31, abs=0.05)


@pytest.mark.server
@pytest.mark.parametrize("seconds", [3, 100_000])
def test_a_header_that_claims_another_duration_than_the_tracks_is_not_trusted_alone(
    made: Path, prober: Prober, seconds: int
) -> None:
    data = (made / "silent.mp4").read_bytes()
    facts = Held(put(data, b"mvhd", 16, 1000 * seconds)).probed(prober)
    assert facts.duration_s == seconds
    assert facts.other_duration_s == pytest.approx(1, abs=0.05)


@pytest.mark.server
@pytest.mark.parametrize("claim", [0, 0xFFFFFFFF])
def test_an_unknown_duration_in_the_header_is_no_duration(made: Path, prober: Prober, claim: int) -> None:
    data = (made / "silent.mp4").read_bytes()
    facts = Held(put(data, b"mvhd", 16, claim)).probed(prober)
    assert facts.duration_s == pytest.approx(1, abs=0.05)
    assert facts.other_duration_s is None


@pytest.mark.parametrize(
    ("seconds", "other", "expected"),
    [
        (620.0, 595.0, [Severity.WARN]),
        (595.0, 620.0, [Severity.WARN]),
        (620.0, 601.0, [Severity.REJECT]),
        (601.0, 620.0, [Severity.REJECT]),
        (620.0, None, [Severity.REJECT]),
        (190.0, 170.0, [Severity.WARN]),
        (170.0, 190.0, [Severity.WARN]),
        (170.0, 100.0, []),
    ],
)
def test_a_video_is_too_long_for_sure_only_if_it_is_in_every_right_way_to_measure(
    seconds: float, other: float | None, expected: list[Severity]
) -> None:
    facts = Facts(
        container="mp4", width=720, height=1280, fps=30.0, video_codec="h264", missing=0,
        duration_s=seconds, other_duration_s=other,
    )  # fmt: skip
    found = judge_media("video/mp4", 1000, facts, LIMITS)
    assert [(each.rule, each.severity) for each in found] == [("media.duration", grade) for grade in expected]
    for each in found:
        both = other is not None and each.severity is Severity.WARN
        assert (f"{other}" in each.message) == both
        assert f"{seconds}" in each.message

"""Law: the facts of a file agree with ffprobe, also for damaged files."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from syncer.model import Facts
from syncer.probe.prober import Prober
from tests.probe.held import Held
from tests.probe.recipes import NAMES

UNREADABLE = {"cut-index.mp4", "cut-in-index.mp4"}
"""Files that ffprobe can't read either."""

MEASURED = {"live.webm": 1.0}
"""Their duration, which ffprobe does not report: no header has it, and ffprobe does not read the end."""


def ffprobe(path: Path) -> dict[str, Any] | None:
    command = ["ffprobe", "-v", "quiet", "-of", "json", "-show_streams", "-show_format", str(path)]
    done = subprocess.run(command, capture_output=True, check=False)
    told: dict[str, Any] = json.loads(done.stdout)
    return told or None


def streams(told: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [
        stream
        for stream in told["streams"]
        if stream["codec_type"] == kind and not stream["disposition"]["attached_pic"]
    ]


def rate(text: str) -> float | None:
    numerator, denominator = (int(part) for part in text.split("/"))
    return float(Fraction(numerator, denominator)) if numerator and denominator else None


def rotation(stream: dict[str, Any]) -> int:
    """Degrees clockwise; ffprobe counts counter-clockwise."""
    found = (side["rotation"] for side in stream.get("side_data_list", []) if "rotation" in side)
    return -next(found, 0) % 360


def check_film(facts: Facts, film: dict[str, Any]) -> None:
    sides = [film["width"], film["height"]]
    if rotation(film) in (90, 270):
        sides.reverse()
    assert [facts.width, facts.height] == sides
    assert (facts.rotation or 0) == rotation(film)
    assert facts.video_codec == film["codec_name"]
    assert facts.pixel_format == film.get("pix_fmt")
    assert facts.fps == pytest.approx(rate(film["avg_frame_rate"]), rel=0.001)
    assert facts.fps_real == pytest.approx(rate(film["r_frame_rate"]), rel=0.001)


@pytest.mark.parametrize("name", sorted({*NAMES} - UNREADABLE))
def test_facts_agree_with_ffprobe(made: Path, prober: Prober, name: str) -> None:
    facts, told = Held(made / name).probed(prober), ffprobe(made / name)
    assert told
    films, sounds = streams(told, "video"), streams(told, "audio")
    if films:
        check_film(facts, films[0])
    assert (facts.flaw is None) == bool(films)
    assert facts.audio_codec == (sounds[0]["codec_name"] if sounds else None)
    length, speed = told["format"].get("duration"), told["format"].get("bit_rate")
    if name in MEASURED:
        assert (length, speed) == (None, None)
        assert facts.duration_s == pytest.approx(MEASURED[name], abs=0.05)
        return
    assert facts.duration_s == (pytest.approx(float(length), abs=0.05) if length else None)
    assert facts.bit_rate == (pytest.approx(int(speed), rel=0.06) if speed else None)


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_a_file_that_ffprobe_can_not_read_has_a_flaw(made: Path, prober: Prober, name: str) -> None:
    told = ffprobe(made / name)
    assert not told or not told.get("streams")
    facts = Held(made / name).probed(prober)
    assert facts.flaw
    assert "moov box" in facts.flaw


def test_the_same_bytes_give_the_same_facts(made: Path) -> None:
    """In any child, after any other file."""
    with Prober() as one, Prober() as other:
        forward = {name: Held(made / name).probed(one) for name in NAMES}
        backward = {name: Held(made / name).probed(other) for name in reversed(NAMES)}
    assert forward == backward

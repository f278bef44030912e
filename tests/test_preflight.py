"""Laws of the preflight: a rule tells what its limit forbids and nothing else; a limit has a source."""

from __future__ import annotations

import pickle
from dataclasses import fields

import pytest

from syncer.errors import ConfigError
from syncer.model import Facts, Severity
from syncer.preflight import Limit, judge, load_limits, profiles
from syncer.preflight.rules import RULES

LIMITS = load_limits("tiktok")
GB, GIB, MB, MIB = 10**9, 2**30, 10**6, 2**20


def verdicts(media_type: str, size: int | None) -> list[str]:
    return [f"{found.rule} {found.severity}" for found in judge(media_type, size, Facts(), LIMITS)]


@pytest.mark.parametrize(
    ("media_type", "size", "expected"),
    [
        ("video/mp4", 1, []),
        ("video/quicktime", 4 * GB, []),
        ("video/webm", None, []),
        ("image/jpeg", 20 * MB, []),
        ("image/webp", 1, []),
        ("video/mp4", 0, ["media.empty reject"]),
        ("video/mp4", 4 * GB + 1, ["media.size warn"]),
        ("video/mp4", 4 * GIB, ["media.size warn"]),
        ("video/mp4", 4 * GIB + 1, ["media.size reject"]),
        ("image/jpeg", 20 * MB + 1, ["media.size warn"]),
        ("image/webp", 20 * MIB + 1, ["media.size reject"]),
        ("image/png", 1, ["media.format reject"]),
        ("image/png", 5 * GB, ["media.format reject"]),
        ("application/octet-stream", 0, ["media.empty reject", "media.format reject"]),
    ],
)
def test_what_tiktok_takes(media_type: str, size: int | None, expected: list[str]) -> None:
    assert verdicts(media_type, size) == expected


@pytest.mark.parametrize(
    ("media_type", "hint"),
    [
        ("image/png", "JPEG"),
        ("image/gif", "JPEG"),
        ("video/x-msvideo", "H.264"),
        ("video/x-matroska", "-c copy"),
        ("text/html", "web page"),
        ("application/octet-stream", "whole"),
        ("application/pdf", "None"),
    ],
)
def test_a_format_that_is_not_taken_comes_with_what_to_do(media_type: str, hint: str) -> None:
    (finding,) = judge(media_type, 1, Facts(), LIMITS)
    assert hint in str(finding.hint)
    assert finding.value == media_type
    assert "video/mp4" in str(finding.limit)


def test_a_size_finding_bears_both_numbers() -> None:
    (finding,) = judge("video/mp4", 5 * GB, Facts(), LIMITS)
    assert (finding.severity, finding.limit, finding.value) == (Severity.REJECT, str(4 * GB), str(5 * GB))


def test_every_finding_bears_the_name_of_its_rule() -> None:
    assert list(RULES) == ["media.empty", "media.format", "media.size"]


def test_every_limit_has_a_source_a_date_and_a_certainty() -> None:
    limits = [getattr(LIMITS, field.name) for field in fields(LIMITS) if field.name != "platform"]
    for limit in limits:
        assert isinstance(limit, Limit)
        assert limit.source.startswith("https://")
        assert limit.checked.startswith("20")
        assert limit.certainty in ("A", "B", "C")
    assert pickle.loads(pickle.dumps(LIMITS)) == LIMITS  # noqa: S301 - made on this line


@pytest.mark.parametrize("profile", ["myspace", "../limits/tiktok", ""])
def test_an_unknown_profile_is_a_mistake_in_the_config(profile: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_limits(profile)
    assert caught.value.code == "config.profile"
    assert "tiktok" in str(caught.value.hint)
    assert profiles() == ["tiktok"]

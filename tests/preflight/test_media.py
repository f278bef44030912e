"""Laws of the preflight: a rule refuses exactly what its limit forbids; each limit has a source."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace

import pytest

from syncer.errors import ConfigError
from syncer.model import Facts, Severity
from syncer.preflight import Limit, judge_media, load_limits, profiles
from syncer.preflight.limit import Limits
from syncer.preflight.media import RULES

LIMITS = load_limits("tiktok")
GB, GIB, MB, MIB = 10**9, 2**30, 10**6, 2**20


VIDEO = Facts("mp4", 1080, 1920, 30.0, 30.0, 30.0, "h264", "aac", missing=0)
PHOTO = Facts("jpeg", 1080, 1920, orientation=1, missing=0)


def verdicts(media_type: str, size: int, facts: Facts | None = None) -> list[str]:
    known = facts or (PHOTO if media_type.startswith("image/") else VIDEO)
    return [f"{found.rule} {found.severity}" for found in judge_media(media_type, size, known, LIMITS)]


def video(**facts: object) -> list[str]:
    return verdicts("video/mp4", 1, replace(VIDEO, **facts))  # type: ignore[arg-type] # names of its fields


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"duration_s": 600.04}, "is 600.04 s long"),
        ({"duration_s": 600.003}, "is 600.003 s long"),
        ({"duration_s": 600.4}, "is 600.4 s long"),
        ({"duration_s": 601.0}, "is 601.0 s long"),
        ({"fps": 60.001}, "has 60.001 frames"),
        ({"fps": 60.26}, "has 60.26 frames"),
    ],
)
def test_a_figure_beside_a_limit_is_told_apart_from_it(facts: dict[str, float], says: str) -> None:
    found = judge_media("video/mp4", 1, replace(VIDEO, **facts), LIMITS)  # type: ignore[arg-type] # its fields
    assert any(says in each.message for each in found)


def photo(**facts: object) -> list[str]:
    return verdicts("image/jpeg", 1, replace(PHOTO, **facts))  # type: ignore[arg-type] # names of its fields


@pytest.mark.parametrize(
    ("media_type", "size", "expected"),
    [
        ("video/mp4", 1, []),
        ("video/quicktime", 4 * GB, []),
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
def test_accepted_files_have_no_finding(media_type: str, size: int, expected: list[str]) -> None:
    assert verdicts(media_type, size) == expected


@pytest.mark.parametrize(
    ("media_type", "hint"),
    [
        ("image/png", "JPEG"),
        ("image/gif", "JPEG"),
        ("video/x-msvideo", "H.264"),
        ("video/x-matroska", "-c copy"),
        ("text/html", "web page"),
        ("application/octet-stream", "complete"),
        ("application/pdf", "export its pages"),
    ],
)
def test_a_refused_format_has_a_hint(media_type: str, hint: str) -> None:
    (finding,) = judge_media(media_type, 1, Facts(), LIMITS)
    assert hint in str(finding.hint)
    assert finding.value == media_type
    assert "video/mp4" in str(finding.limit)


def test_a_size_finding_has_both_numbers() -> None:
    (finding,) = judge_media("video/mp4", 5 * GB, VIDEO, LIMITS)
    assert (finding.severity, finding.limit, finding.value) == (Severity.REJECT, str(4 * GB), str(5 * GB))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"fps": 23.0}, []),
        ({"fps": 60.0}, []),
        ({"fps": 22.95}, ["media.fps warn"]),
        ({"fps": 60.02}, ["media.fps warn"]),
        ({"fps": 22.0}, ["media.fps reject"]),
        ({"fps": 61.0}, ["media.fps reject"]),
        ({"fps": 22.4, "fps_real": 23.0, "fragmented": True}, ["media.fps warn"]),
        ({"fps": 22.4, "fps_real": 22.0, "fragmented": True}, ["media.fps reject"]),
        ({"fps": None}, ["media.unread unknown"]),
        ({"width": 360, "height": 640}, []),
        ({"width": 4096, "height": 2160}, []),
        ({"width": 359, "height": 640}, ["media.dimensions reject"]),
        ({"width": 2160, "height": 4097}, ["media.dimensions reject"]),
        ({"width": None}, ["media.unread unknown"]),
        ({"missing": None}, ["media.unread unknown"]),
        ({"fps": None, "duration_s": 700.0}, ["media.unread unknown", "media.duration reject"]),
        ({"duration_s": 180.0}, []),
        ({"duration_s": 180.4}, []),
        ({"duration_s": 181.0}, ["media.duration warn"]),
        ({"duration_s": 600.0}, ["media.duration warn"]),
        ({"duration_s": 600.4}, ["media.duration warn"]),
        ({"duration_s": 600.6}, ["media.duration reject"]),
        ({"duration_s": 601.0}, ["media.duration reject"]),
        ({"duration_s": None}, ["media.unread unknown"]),
        ({"video_codec": "hevc"}, []),
        ({"video_codec": "vp8"}, []),
        ({"video_codec": "vp9"}, []),
        ({"video_codec": "av1"}, ["media.codec reject"]),
        ({"video_codec": "prores"}, ["media.codec reject"]),
        ({"missing": 1}, ["media.truncated reject"]),
        ({"flaw": "no video stream", "video_codec": None}, ["media.unreadable reject"]),
        ({"video_codec": None, "unread": "it took too long"}, ["media.unread unknown"]),
    ],
)
def test_a_video_is_judged_exactly_at_its_limits(facts: dict[str, object], expected: list[str]) -> None:
    assert video(**facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"width": 1920, "height": 1080}, []),
        ({"width": 1081, "height": 1081}, ["media.dimensions reject"]),
        ({"width": 1080, "height": 1921}, ["media.dimensions warn"]),
        ({"width": 3024, "height": 4032}, ["media.dimensions reject"]),
        ({"width": None}, ["media.unread unknown"]),
        ({"width": 1, "height": 1, "fps": 1.0, "duration_s": 9999.0, "video_codec": "webp"}, []),
    ],
)
def test_a_photo_is_judged_exactly_at_its_limits(facts: dict[str, object], expected: list[str]) -> None:
    assert photo(**facts) == expected


def test_facts_of_a_refused_format_are_not_judged() -> None:
    assert verdicts("image/png", 1, Facts()) == ["media.format reject"]
    assert verdicts("image/png", 1, replace(PHOTO, width=9000, height=9000)) == ["media.format reject"]


def test_unread_facts_are_unknown_and_not_refused() -> None:
    (finding,) = judge_media("video/mp4", 1, Facts(), LIMITS)
    assert (finding.rule, finding.severity) == ("media.unread", Severity.UNKNOWN)
    assert "not read yet" in finding.message


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"fps": None}, "not known: frame rate; the file does not say"),
        (
            {"fps": None, "duration_s": None, "unread": "it has no index"},
            "not known: frame rate and duration; it has no index",
        ),
        ({"unread": "it has no index"}, "not known: some facts; it has no index"),
    ],
)
def test_a_missing_fact_is_reported_with_the_reason(facts: dict[str, object], message: str) -> None:
    (finding,) = judge_media("video/mp4", 1, replace(VIDEO, **facts), LIMITS)  # type: ignore[arg-type] # as above
    assert (finding.severity, finding.message) == (Severity.UNKNOWN, message)
    assert finding.hint


@pytest.mark.parametrize(
    ("media_type", "came", "expected"),
    [
        ("video/mp4", 0, ["media.unread unknown"]),
        ("video/webm", 4 * GB, ["media.unread unknown"]),
        ("video/mp4", 4 * GB + 1, ["media.size warn", "media.unread unknown"]),
        ("video/quicktime", 4 * GIB + 1, ["media.size reject"]),
        ("image/jpeg", 20 * MB, ["media.unread unknown"]),
        ("image/webp", 20 * MIB, ["media.size warn", "media.unread unknown"]),
        ("image/jpeg", 20 * MIB + 1, ["media.size reject"]),
        ("image/png", 5 * GB, ["media.format reject"]),
    ],
)
def test_of_an_unknown_size_what_came_is_the_least(media_type: str, came: int, expected: list[str]) -> None:
    known = replace(PHOTO if media_type.startswith("image/") else VIDEO, missing=None)
    found = judge_media(media_type, None, known, LIMITS, at_least=came)
    assert [f"{each.rule} {each.severity}" for each in found] == expected
    assert all("not known: size" in each.message for each in found if each.rule == "media.unread")
    assert all(f"at least {came} bytes" in each.message for each in found if each.rule == "media.size")


def test_every_finding_has_a_hint() -> None:
    bad = Facts("mp4", 10, 9000, 1000.0, 5.0, 5.0, "av1", missing=7)
    told = [*judge_media("video/mp4", 5 * GB, bad, LIMITS), *judge_media("image/jpeg", 0, Facts(), LIMITS)]
    told += judge_media("video/mp4", 1, Facts(flaw="it is broken"), LIMITS)
    told += judge_media("image/png", 1, Facts(), LIMITS)
    assert {finding.rule for finding in told} == {rule.id for rule in RULES}
    assert all(finding.hint for finding in told)
    assert all(finding.limit and finding.value for finding in told if finding.rule != "media.unread")


def test_every_rule_names_existing_limits() -> None:
    names = {field.name for field in fields(Limits)}
    assert all(set(rule.limits) <= names for rule in RULES)


def test_every_limit_has_a_source_a_date_and_a_certainty() -> None:
    limits = [getattr(LIMITS, field.name) for field in fields(LIMITS) if field.name != "platform"]
    for limit in limits:
        assert isinstance(limit, Limit)
        assert limit.source.startswith("https://") or limit.certainty not in ("A", "B")
        assert limit.checked.startswith("20")
        assert limit.certainty in ("A", "B", "C", "?")
    assert pickle.loads(pickle.dumps(LIMITS)) == LIMITS  # noqa: S301 - made on this line


@pytest.mark.parametrize("profile", ["myspace", "../limits/tiktok", ""])
def test_an_unknown_profile_is_an_error_of_the_config(profile: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_limits(profile)
    assert caught.value.code == "config.profile"
    assert "tiktok" in str(caught.value.hint)
    assert profiles() == ["tiktok"]


@pytest.mark.parametrize(("sound", "said"), [("aac", "only sound"), (None, "does it play")])
def test_sound_without_pictures_has_a_hint_of_its_own(sound: str | None, said: str) -> None:
    facts = Facts(container="mp4", audio_codec=sound, flaw="no video stream")
    (found,) = judge_media("video/mp4", 1000, facts, LIMITS)
    assert said in (found.hint or "")

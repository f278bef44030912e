"""Laws of the hints: each refused format has a hint that fits the file."""

from __future__ import annotations

import gzip

import pytest

from syncer.model import Facts, Finding
from syncer.preflight import judge_media, load_limits, refusals
from syncer.probe.media_types import TYPES, sniff
from syncer.probe.unread import TOO_MUCH
from tests.home import Home
from tests.media import mp4

LIMITS = load_limits("tiktok")
TYPED = sorted({*TYPES.values(), "application/gzip", "application/vnd.rar", "application/octet-stream"})


def refused(media_type: str, size: int = 9, facts: Facts | None = None) -> Finding | None:
    found = judge_media(media_type, size, facts or Facts(), LIMITS)
    return next((each for each in found if each.rule in ("media.format", "media.unreadable")), None)


@pytest.mark.parametrize("media_type", TYPED)
def test_no_type_is_refused_without_a_hint(media_type: str) -> None:
    taken = LIMITS.video_types.value + LIMITS.photo_types.value
    found = refused(media_type)
    assert (found is None) is (media_type in taken)
    assert found is None or found.hint
    for each in refusals(media_type, 9, Facts(), LIMITS, publish_rejected=True):
        assert each.hint


INSTEAD = {
    "an error of S3": (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "of a store"),
    "an error as JSON": (b'{"error": {"code": 404}}\n', "of a store"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "git lfs pull"),
    "a drawing": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not media"),
    "compressed": (gzip.compress(mp4()), "gunzip"),
}


@pytest.mark.parametrize("what", INSTEAD)
@pytest.mark.parametrize("rejected", ["skip", "publish"])
def test_each_kind_of_wrong_file_has_its_own_hint(home: Home, what: str, rejected: str) -> None:
    content, words = INSTEAD[what]
    assert sniff(content, "a.mp4") != "video/mp4"
    home.config["check"]["rejected"] = rejected
    home.put("a.mp4", content)
    home.sync()
    trouble = home.troubles()["a.mp4"]
    assert trouble["code"] == {"skip": "media.format", "publish": "media.none"}[rejected]
    assert words in trouble["hint"]


def test_a_drawing_has_the_hint_to_export_it() -> None:
    found = refused("image/svg+xml")
    assert found
    assert "export it as JPEG" in str(found.hint)


@pytest.mark.parametrize(
    ("media_type", "says"), [("image/jpeg", "picture"), ("image/webp", "picture"), ("video/mp4", "play")]
)
def test_the_hint_for_a_photo_does_not_speak_of_playing(media_type: str, says: str) -> None:
    found = refused(media_type, facts=Facts(flaw="it is damaged"))
    assert found
    assert says in str(found.hint)
    assert ("play" in str(found.hint)) is (says == "play")


@pytest.mark.parametrize("name", ["a.mp4", "b.jpg"])
@pytest.mark.parametrize("rejected", ["skip", "publish"])
def test_an_empty_file_is_called_empty(home: Home, name: str, rejected: str) -> None:
    home.config["check"]["rejected"] = rejected
    home.put(name, b"")
    ran = home.syncer("sync")
    assert ran.code == 4
    assert "the file is empty" in ran.out
    assert "octet-stream" not in ran.out + ran.err


@pytest.mark.parametrize("why", sorted(TOO_MUCH))
@pytest.mark.parametrize("media_type", ["video/mp4", "image/jpeg"])
def test_where_no_command_can_read_the_facts_the_hint_is_about_the_file(media_type: str, why: str) -> None:
    facts = Facts(container=media_type.partition("/")[2], unread=why)
    (found,) = (each for each in judge_media(media_type, 9, facts, LIMITS) if each.rule == "media.unread")
    assert "syncer check" not in str(found.hint)
    assert "export" in str(found.hint) or "ffmpeg" in str(found.hint)
    (later,) = (each for each in judge_media(media_type, 9, Facts(), LIMITS) if each.rule == "media.unread")
    assert "syncer check reads them from the public URL" in str(later.hint)

"""Laws of the answers of TikTok's API, or of a proxy before it, byte for byte."""

from __future__ import annotations

import json

import pytest

from syncer.connect.web.client import WebSettings
from syncer.errors import PlatformError, Unanswered
from syncer.protocols.patience import Patience
from syncer.push.model import Media, PlatformStatus, PushState
from syncer.push.tiktok import TiktokClient, TiktokSettings
from syncer.runners import SharedPace
from tests.servers.certificates import Certificates
from tests.servers.scripted import answer, scripted

HOST, TOKEN = "api.example.test", "act.Sesame"
URLS = ("https://media.example.test/a.mp4",)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_HERE", TOKEN)


def asked(certificates: Certificates, reply: bytes, *, status: bool = False) -> str | PlatformStatus:
    with scripted(certificates.leaf(HOST), reply) as server:
        web = WebSettings(certificates.ca, server.connect_to)
        pace = SharedPace(patience=Patience(answer=5))
        api = TiktokClient(TiktokSettings("env:TOKEN_HERE", f"https://{HOST}/", web), pace)
        try:
            return api.status("v~1") if status else api.send(URLS, Media.VIDEO)
        finally:
            assert len(server.requests) == 1
            assert f"authorization: bearer {TOKEN}".lower() in server.requests[0].lower()


def said(data: object, code: str = "ok", message: str = "") -> bytes:
    return json.dumps({"data": data, "error": {"code": code, "message": message}}).encode()


def test_an_answer_has_the_id_of_the_draft(certificates: Certificates) -> None:
    assert (
        asked(certificates, answer("200 OK", said({"publish_id": "v_inbox_url~v2.1"}))) == "v_inbox_url~v2.1"
    )


@pytest.mark.parametrize(
    "reply",
    [
        answer("200 OK", b""),
        answer("200 OK", b"\xff{"),
        answer("200 OK", b"[" * 60_000),
        answer("200 OK", b"null"),
        answer("200 OK", b'{"error": "ok", "data": {"publish_id": "v~1"}}'),
        answer("200 OK", said({"publish_id": ""})),
        answer("200 OK", said({"publish_id": "a b\x1b[31m"})),
        answer("200 OK", said(["v~1"])),
        answer("200 OK", said({"publish_id": 7})),
        answer("502 Bad Gateway", b"<html>"),
        answer("503 Busy", said({}, "internal_error")),
        answer("200 OK", said({"publish_id": "v~1"}))[:-10],
        b"",
    ],
)
def test_an_unclear_answer_may_have_been_a_yes(certificates: Certificates, reply: bytes) -> None:
    with pytest.raises(Unanswered) as caught:
        asked(certificates, reply)
    assert not caught.value.transient
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "code", "transient", "pause"),
    [
        (answer("302 Found", b"", "Location: https://elsewhere.example/"), "push.answer", False, None),
        (answer("404 Not Found", b"<html>"), "push.answer", False, None),
        (
            answer("403 Forbidden", said({}, "url_ownership_unverified")),
            "url_ownership_unverified",
            False,
            None,
        ),
        (answer("200 OK", said({}, "url_ownership_unverified")), "url_ownership_unverified", False, None),
        (answer("400 Bad", said({"publish_id": "v~1"}, "invalid_param")), "invalid_param", False, None),
        (answer("429 Slow down", b"<html>"), "rate_limit_exceeded", True, 15),
        (
            answer("429 Slow", said({}, "rate_limit_exceeded"), "Retry-After: 7"),
            "rate_limit_exceeded",
            True,
            7,
        ),
        (
            answer("429 Slow", b"", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"),
            "rate_limit_exceeded",
            True,
            15,
        ),
        (answer("429 Slow", b"", "Retry-After: 99999999"), "rate_limit_exceeded", True, 3600),
    ],
)
def test_a_refusal_is_reported_with_tiktoks_code(
    certificates: Certificates, reply: bytes, code: str, *, transient: bool, pause: float | None
) -> None:
    with pytest.raises(PlatformError) as caught:
        asked(certificates, reply)
    assert not isinstance(caught.value, Unanswered)
    assert (caught.value.code, caught.value.transient) == (code, transient)
    assert caught.value.retry_after == pause


def test_a_token_in_an_answer_is_never_repeated(certificates: Certificates) -> None:
    with pytest.raises(PlatformError, match=r"token \*\*\* is bad"):
        asked(certificates, answer("401 No", said({}, "access_token_invalid", f"token {TOKEN} is bad")))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"status": "PROCESSING_UPLOAD"}, PlatformStatus(PushState.SENT, "PROCESSING_UPLOAD")),
        (
            {"status": "PROCESSING_DOWNLOAD", "downloaded_bytes": 7},
            PlatformStatus(PushState.SENT, "PROCESSING_DOWNLOAD", None, 7),
        ),
        ({"status": "SEND_TO_USER_INBOX"}, PlatformStatus(PushState.ARRIVED, "SEND_TO_USER_INBOX")),
        ({"status": "PUBLISH_COMPLETE"}, PlatformStatus(PushState.ARRIVED, "PUBLISH_COMPLETE")),
        (
            {"status": "FAILED", "fail_reason": "internal"},
            PlatformStatus(PushState.FAILED, "FAILED", "internal"),
        ),
        ({"status": "FAILED"}, PlatformStatus(PushState.FAILED, "FAILED", "no_fail_reason")),
        (
            {"status": "FAILED", "fail_reason": "too dark\x1b[31m"},
            PlatformStatus(PushState.FAILED, "FAILED", '"too dark\\x1b[31m"'),
        ),
    ],
)
def test_every_documented_status_is_known(
    certificates: Certificates, data: object, expected: PlatformStatus
) -> None:
    assert asked(certificates, answer("200 OK", said(data)), status=True) == expected


@pytest.mark.parametrize(
    "reply",
    [
        answer("200 OK", said({})),
        answer("200 OK", said({"status": "MEDITATING"})),
        answer("200 OK", b"<html>"),
        answer("500 Oh", said({}, "internal_error")),
        answer("504 Oh", b"", "Retry-After: 3"),
        b"",
    ],
)
def test_a_retry_of_the_status_may_succeed(certificates: Certificates, reply: bytes) -> None:
    with pytest.raises(PlatformError) as caught:
        asked(certificates, reply, status=True)
    assert caught.value.transient


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        ({}, "no status"),
        ({"status": "MEDITATING"}, 'the status "MEDITATING"'),
        ({"status": "half way\x1b[31m there"}, 'the status "half way\\x1b[31m there"'),
        ({"status": 17}, 'the status "17"'),
        ({"status": ["FAILED"]}, """the status "["FAILED"]\""""),
        ({"status": f"bad {TOKEN}"}, 'the status "bad ***"'),
        ({"status": "x" * 10_000}, "xxx…"),
    ],
)
def test_an_undocumented_status_is_shown(certificates: Certificates, data: object, seen: str) -> None:
    with pytest.raises(PlatformError) as caught:
        asked(certificates, answer("200 OK", said(data)), status=True)
    assert seen in caught.value.message
    assert len(caught.value.message) < 200
    assert "syncer push" in (caught.value.hint or "")


def test_an_invalid_publish_id_is_shown(certificates: Certificates) -> None:
    with pytest.raises(Unanswered, match='the publish_id "a b"'):
        asked(certificates, answer("200 OK", said({"publish_id": "a b"})))


@pytest.mark.parametrize("status", [True, False])
@pytest.mark.parametrize("line", ["302 Found", "308 Permanent Redirect"])
def test_a_redirect_of_the_api_names_its_target_and_what_to_do(
    certificates: Certificates, line: str, *, status: bool
) -> None:
    reply = answer(line, b"", "Location: https://login.example/in?ticket=Secret")
    with pytest.raises(PlatformError, match=f"{line[:3]}, a redirect to https://login.example/in") as caught:
        asked(certificates, reply, status=status)
    assert "tiktok.endpoint" in (caught.value.hint or "")
    assert "Secret" not in caught.value.message

"""Laws of the rules on a URL's text: each reports only its own fault, and repeats no secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncer.model import Finding, Severity
from syncer.preflight.rule import findings
from syncer.preflight.url import RULES, Address
from syncer.urls.weburl import bare_url

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
GOOD = "https://media.example.com/videos/clip.mp4"


def judge(url: str, now: datetime = NOW) -> list[Finding]:
    address = Address(url, now)
    return list(findings(RULES, address))


def verdicts(url: str) -> list[str]:
    return [f"{finding.rule} {finding.severity}" for finding in judge(url)]


@pytest.mark.parametrize(
    "url",
    [
        GOOD,
        "https://MEDIA.example.com:443/a~b_c-d.mp4",
        "https://media.example.com/%C3%A9%20(1)/a%2Bb,c;d=e@f!$&'*.mp4",
        "https://xn--mnchen-3ya.example/clip.mp4",
        "https://clips.s3.eu-west-1.amazonaws.com/a.mp4",
        "https://media.example.com",
    ],
)
def test_a_good_url_has_no_finding(url: str) -> None:
    assert judge(url) == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://media.example.com/clip.mp4", ["url.scheme reject"]),
        ("ftp://media.example.com/clip.mp4", ["url.scheme reject"]),
        ("media.example.com/clip.mp4", ["url.scheme reject"]),
        ("", ["url.scheme reject"]),
        ("https://192.0.2.1/clip.mp4", ["url.host reject"]),
        ("https://[2001:db8::1]/clip.mp4", ["url.host reject"]),
        ("https://2130706433/clip.mp4", ["url.host reject"]),
        ("https://0x7f000001/clip.mp4", ["url.host reject"]),
        ("https://0x7f.0x0.0x0.0x1/clip.mp4", ["url.host reject"]),
        ("https://127.1/clip.mp4", ["url.host reject"]),
        ("https://localhost/clip.mp4", ["url.host reject"]),
        ("https://media.localhost/clip.mp4", ["url.host reject"]),
        ("https://nas.local/clip.mp4", ["url.host reject"]),
        ("https://nas.home.arpa/clip.mp4", ["url.host reject"]),
        ("https://media/clip.mp4", ["url.host reject"]),
        ("https://media.example.com./clip.mp4", ["url.host reject"]),
        ("https://-media.example.com/clip.mp4", ["url.host reject"]),
        ("https://_.-x/clip.mp4", ["url.host reject"]),
        ("https:///clip.mp4", ["url.host reject"]),
        ("https://my_media.example.com/clip.mp4", ["url.host warn"]),
        ("https://me:pass@media.example.com/clip.mp4", ["url.user reject"]),
        ("https://media.example.com:8443/clip.mp4", ["url.port warn"]),
        ("https://media.example.com:/clip.mp4", ["url.port warn"]),
        ("https://media.example.com:0/clip.mp4", ["url.port reject"]),
        ("https://media.example.com:99999/clip.mp4", ["url.port reject"]),
        ("https://media.example.com:https/clip.mp4", ["url.port reject"]),
        (f"{GOOD}?v=2", ["url.query warn"]),
        (f"{GOOD}?", ["url.query warn"]),
        (f"{GOOD}#t=1", ["url.fragment warn"]),
        (f"{GOOD}#a?b", ["url.fragment warn"]),
        ("https://media.example.com/my clip.mp4", ["url.encoding warn"]),
        (f"{GOOD} ", ["url.encoding warn"]),
        (f" {GOOD}", ["url.encoding warn"]),
        ("https://media.example.com/clipé.mp4", ["url.encoding warn"]),
        ("https://media.example.com/a|b.mp4", ["url.encoding warn"]),
        ("https://media.example.com/a\\b.mp4", ["url.encoding warn"]),
        ("https://media.example.com/a/../b.mp4", ["url.encoding warn"]),
        ("https://media.example.com/a/%2E%2e/b.mp4", ["url.encoding warn"]),
        ("https://media.example.com/a%2Fb.mp4", ["url.encoding warn"]),
        ("https://media.example.com/a//b.mp4", ["url.encoding warn"]),
        ("https://media.example.com/100%.mp4", ["url.encoding reject"]),
        ("https://media.example.com/a\nb.mp4", ["url.encoding reject"]),
        ("https://[2001:db8::1/clip.mp4", ["url.host reject", "url.encoding reject"]),
        pytest.param(f"{GOOD}{'4' * 8192}", ["url.length warn"], id="long"),
        (f"{GOOD}?token=abc", ["url.signed warn"]),
        ("https://drive.google.com/file/d/1AbC/view?usp=sharing", ["url.page reject"]),
        ("https://drive.google.com/uc?id=1AbC&export=download", ["url.page reject"]),
        ("https://drive.usercontent.google.com/download?id=1AbC&confirm=t", ["url.page warn"]),
        ("https://drive.google.com/drive/folders/1AbC", ["url.page reject"]),
        ("https://docs.google.com/document/d/1AbC/edit#heading=h", ["url.page reject"]),
        ("https://photos.app.goo.gl/abc", ["url.page reject"]),
        ("https://www.dropbox.com/scl/fi/x/clip.mp4?rlkey=k&dl=0", ["url.page reject"]),
        ("https://www.dropbox.com/s/x/clip.mp4?dl=1", ["url.page reject"]),
        ("https://www.dropbox.com/scl/fi/x/clip.mp4?rlkey=k&raw=1", ["url.page reject"]),
        ("https://dl.dropboxusercontent.com/s/x/clip.mp4", []),
        ("https://1drv.ms/v/s!abc", ["url.page reject"]),
        ("https://onedrive.live.com/?authkey=abc&id=1", ["url.page reject"]),
        ("https://me-my.sharepoint.com/:v:/g/personal/me/abc?e=x", ["url.page reject"]),
        ("https://me-my.sharepoint.com/:v:/g/personal/me/abc?download=1", ["url.page reject"]),
        ("https://www.icloud.com/iclouddrive/abc#clip", ["url.page reject"]),
        ("https://we.tl/t-abc", ["url.page reject"]),
        ("https://mega.nz/file/abc#key", ["url.page reject"]),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", ["url.page reject"]),
        ("https://www.tiktok.com/@me/video/1", ["url.page reject"]),
        ("https://github.com/me/repo/releases/download/1/clip.mp4", ["url.page reject"]),
    ],
)  # fmt: skip
def test_each_fault_is_reported_once_by_its_own_rule(url: str, expected: list[str]) -> None:
    assert verdicts(url) == expected


@pytest.mark.parametrize(
    ("left", "severity", "said"),
    [
        (timedelta(), Severity.REJECT, "that expired at 2026-07-01 12:00 UTC"),
        (
            timedelta(minutes=59),
            Severity.REJECT,
            "expires at 2026-07-01 12:59 UTC, and a pull may take an hour",
        ),
        (
            timedelta(hours=1),
            Severity.WARN,
            "expires at 2026-07-01 13:00 UTC, and a platform may retry a pull",
        ),
        (timedelta(hours=47), Severity.WARN, "may retry a pull a day later"),
        (timedelta(days=7), Severity.WARN, "a signed URL (Amazon S3) that expires at 2026-07-08 12:00 UTC"),
    ],
)
@pytest.mark.parametrize("token", ["", "&X-Amz-Security-Token=abc"])
def test_a_signed_url_must_outlast_the_pull(
    left: timedelta, severity: Severity, said: str, token: str
) -> None:
    query = f"X-Amz-Date=20260701T120000Z&X-Amz-Expires={int(left.total_seconds())}&X-Amz-Signature=aeeed9bb"
    (found,) = judge(f"https://clips.s3.amazonaws.com/a.mp4?{query}{token}")
    assert (found.rule, found.severity) == ("url.signed", severity)
    assert said in found.message
    assert ("or earlier" in found.message) == bool(token and left)
    assert found.hint == "mirror it, or make the file public and verify https://clips.s3.amazonaws.com/"


def test_a_signed_url_may_become_valid_later() -> None:
    (found,) = judge("https://account.blob.core.windows.net/c/a.mp4?sv=1&sig=x&st=2026-07-02&se=2026-07-09")
    assert (found.rule, found.severity) == ("url.signed", Severity.REJECT)
    assert "is valid only from 2026-07-02 00:00 UTC" in found.message


@pytest.mark.parametrize(
    "url",
    ["http:/x", "https://[", "https://192.0.2.1:1/ ?a#b", "https://u@media.example.com", f"{GOOD}?sig=1", "https://1drv.ms/", "https://a/%"],
)  # fmt: skip
def test_every_url_finding_has_a_hint(url: str) -> None:
    for finding in judge(url):
        assert finding.hint
        assert finding.limit


def test_every_rule_has_an_explanation() -> None:
    assert all(rule.id.startswith("url.") and rule.about for rule in RULES)


@given(st.text())
@example("\x08.")
def test_any_text_can_be_judged(text: str) -> None:
    for url in (text, f"https://{text}", f"https://media.example.com/{text}"):
        for finding in judge(url):
            assert (finding.message + (finding.hint or "") + (finding.value or "")).isprintable()


@given(
    st.text("QWZXqwzx789", min_size=8, max_size=40),
    st.sampled_from(["media.example.com", "127.1", "1drv.ms", "a_b.c.example"]),
)
def test_no_secret_of_the_url_is_repeated(value: str, host: str) -> None:
    for name in ("token", "X-Amz-Signature", "id"):
        found = judge(f"http://me:{value}@{host}:8443/bot1:{value}/a b?{name}={value}&{value}#{value}")
        assert found
        assert value not in repr(found)


def test_a_url_is_shown_without_its_secrets() -> None:
    assert bare_url("https://me:pass@media.example.com/\x1ba?b#c") == "https://media.example.com/%1Ba"

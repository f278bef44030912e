"""Laws of TikTok's codes: each documented code is explained, any other is shown as it is."""

from __future__ import annotations

import pytest

from syncer.errors import Exit
from syncer.push.tiktok_codes import MEANINGS, meaning
from tests.home import Home
from tests.reference import PUSH, coded
from tests.servers.tiktok import TiktokServer

OF_AN_ANSWER = [
    "url_ownership_unverified",
    "access_token_invalid",
    "scope_not_authorized",
    "rate_limit_exceeded",
    "invalid_param",
    "spam_risk_too_many_posts",
    "spam_risk_too_many_pending_share",
    "spam_risk_user_banned_from_posting",
    "reached_active_user_cap",
    "unaudited_client_can_only_post_to_private_accounts",
    "app_version_check_failed",
    "privacy_level_option_mismatch",
    "invalid_publish_id",
    "token_not_authorized_for_specified_publish_id",
    "internal_error",
]
OF_A_DRAFT = [
    "video_pull_failed",
    "photo_pull_failed",
    "file_format_check_failed",
    "duration_check_failed",
    "frame_rate_check_failed",
    "picture_size_check_failed",
    "internal",
    "auth_removed",
    "publish_cancelled",
    "spam_risk_too_many_posts",
    "spam_risk_user_banned_from_posting",
    "spam_risk_text",
    "spam_risk",
]


@pytest.mark.parametrize("code", sorted({*OF_AN_ANSWER, *OF_A_DRAFT}))
def test_every_documented_code_has_an_explanation_and_an_exit_code(code: str) -> None:
    said = MEANINGS[code]
    assert said.what
    assert said.hint
    assert said.exit is (Exit.UNPROVEN if code == "url_ownership_unverified" else Exit.FAILED)


def test_the_page_is_generated_from_the_table() -> None:
    page = PUSH.read_text(encoding="utf-8")
    assert page == coded(page), "run python -m tests.reference"


def test_an_unknown_code_is_a_failure() -> None:
    assert meaning("made_up").exit is Exit.FAILED
    assert "made_up" in meaning("made_up").what


@pytest.mark.parametrize("code", ["spam_risk_too_many_posts", "invalid_param", "made_up"])
def test_a_refused_request_is_reported_with_tiktoks_message(
    home: Home, tiktok: TiktokServer, code: str
) -> None:
    """An error of the user ends all requests."""
    tiktok.refuse = code
    ran = home.syncer("push", "clips:a.mp4", "clips:b.jpg")
    assert ran.code == 3
    assert meaning(code).what in ran.out
    assert f'(TikTok: "says {code}") [{code}]' in ran.out
    assert tiktok.inits == (1 if meaning(code).for_all else 2)


@pytest.mark.parametrize("code", ["frame_rate_check_failed", "made_up"])
def test_a_failed_draft_is_reported(home: Home, tiktok: TiktokServer, code: str) -> None:
    tiktok.fail = code
    ran = home.syncer("push", "clips:a.mp4")
    assert (ran.code, meaning(code).what in ran.out, f"[{code}]" in ran.out) == (3, True, True)


def test_a_wrong_token_gets_no_retry(
    home: Home, tiktok: TiktokServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIKTOK_TEST_TOKEN", "act.another")
    ran = home.syncer("push", "--json", "*")
    assert (ran.code, len(tiktok.requests)) == (3, 1)
    assert [(r["state"], r["code"]) for r in ran.json] == [
        ("refused", "access_token_invalid"),
        ("held", "access_token_invalid"),
        ("held", "access_token_invalid"),
    ]


def test_drafts_can_be_followed_again_after_a_missing_permission(home: Home, tiktok: TiktokServer) -> None:
    tiktok.endless = True
    assert home.syncer("push", "--wait", "0", "clips:a.mp4", "clips:b.jpg").code == 0
    tiktok.scopes = set()
    ran = home.syncer("push", "--json")
    assert (ran.code, len(ran.json)) == (3, 2)
    assert {record["code"] for record in ran.json} == {"scope_not_authorized"}
    tiktok.scopes = {"video.upload"}
    for draft in tiktok.drafts.values():
        draft.status = "SEND_TO_USER_INBOX"
    assert home.syncer("push").out.count("✓") == 2


def test_a_draft_that_tiktok_has_forgotten_is_a_failure(home: Home, tiktok: TiktokServer) -> None:
    tiktok.endless = True
    assert home.syncer("push", "--wait", "0", "clips:a.mp4", "clips:b.jpg").code == 0
    first, second = tiktok.drafts
    del tiktok.drafts[first]
    tiktok.drafts[second].status = "SEND_TO_USER_INBOX"
    ran = home.syncer("push")
    assert ran.code == 3
    assert "✗" in ran.out
    assert "[invalid_publish_id]" in ran.out
    assert "✓ clips:b.jpg: in the inbox" in ran.out
    assert home.syncer("push").out == "no unfinished drafts to follow\n"


@pytest.mark.parametrize("fault", ["500", "html", "429", "drop", "word"])
def test_a_transient_error_does_not_end_the_following(home: Home, tiktok: TiktokServer, fault: str) -> None:
    tiktok.faults = ["", fault, fault]
    assert home.syncer("push", "clips:a.mp4").code == 0
    assert len(tiktok.drafts) == 1


@pytest.mark.parametrize(
    ("fault", "seen"), [("500", "sorry"), ("html", "200 with 18 bytes"), ("word", 'status "HAVING_A_THINK"')]
)
def test_an_answer_that_does_not_help_is_reported_after_the_wait(
    home: Home, tiktok: TiktokServer, fault: str, seen: str
) -> None:
    tiktok.faults = ["", *[fault] * 1000]
    ran = home.syncer("push", "--wait", "0.5", "clips:a.mp4")
    assert ran.code == 3
    assert "still sent after 0.5 s, and the last request for its status failed: " in ran.out
    assert seen in ran.out
    assert "→" in ran.out

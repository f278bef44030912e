"""The meaning of each documented `error.code` and `fail_reason` of TikTok. A table; pure."""

from __future__ import annotations

from dataclasses import dataclass

from syncer.errors import Exit

OK = "ok"
UNVERIFIED = "url_ownership_unverified"
PENDING = "spam_risk_too_many_pending_share"
RATE = "rate_limit_exceeded"
GONE = "invalid_publish_id"
NO_REASON = "no_fail_reason"
"""Syncer's own code for a failure without one."""


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    what: str
    """`{host}` is the URL's host, `{verify}` a property to verify."""
    hint: str
    exit: Exit = Exit.FAILED
    for_all: bool = False
    """The fault is of the token, the user or the app: any other asset would fail now too."""
    passing: bool = False
    """A retry of the same request may succeed."""


_PULL = "check the URL for a redirect, a login, a bad certificate or a slow line, then push it with --again"
_AGAIN = "repair it, publish it, and push it again"
_GRANT = "let the user log in with your app again and grant video.upload, then set the new token"

MEANINGS: dict[str, CodeMeaning] = {
    # Answers to a request (error.code)
    UNVERIFIED: CodeMeaning(
        "TikTok does not know that {host} is yours",
        "in TikTok's developer portal, open the URL properties of the app that the token is from (Sandbox and"
        " Production differ), and verify {verify}",
        Exit.UNPROVEN,
    ),
    "access_token_invalid": CodeMeaning(
        "the access token is wrong or has expired; it lasts 24 hours",
        "refresh it and set the new one",
        for_all=True,
    ),
    "scope_not_authorized": CodeMeaning(
        "the user has not granted the scope video.upload to the app", _GRANT, for_all=True
    ),
    "scope_permission_missed": CodeMeaning("the token lacks the scope video.upload", _GRANT, for_all=True),
    RATE: CodeMeaning(
        "too many requests in a minute; does another program use the same token?",
        "push it again in a few minutes",
        for_all=True,
        passing=True,
    ),
    "spam_risk_too_many_posts": CodeMeaning(
        "the user has reached TikTok's daily limit of posts through its API",
        "push it again tomorrow",
        for_all=True,
    ),
    PENDING: CodeMeaning(
        "five drafts of the last 24 hours are still in the user's inbox",
        "let the user post them in the TikTok app, or push it again tomorrow",
        for_all=True,
    ),
    "spam_risk_user_banned_from_posting": CodeMeaning(
        "TikTok does not allow this user to post now",
        "let the user check the account's status in the TikTok app",
        for_all=True,
    ),
    "spam_risk_text": CodeMeaning("TikTok considers the title spam", "push it with another --title"),
    "spam_risk": CodeMeaning(
        "TikTok considers it spam", "don't push it again; check the account in the TikTok app"
    ),
    "reached_active_user_cap": CodeMeaning(
        "the app has reached its daily limit of users",
        "push it again tomorrow, or apply for the app's audit",
        for_all=True,
    ),
    "unaudited_client_can_only_post_to_private_accounts": CodeMeaning(
        "TikTok has not audited the app, and the user's account is public",
        "for a test, let the user make the account private, or apply for the app's audit",
        for_all=True,
    ),
    "privacy_level_option_mismatch": CodeMeaning(
        "the account does not offer the requested visibility",
        "check the account in the TikTok app",
    ),
    "app_version_check_failed": CodeMeaning(
        "the user's TikTok app is too old for photo drafts",
        "let the user update it to 31.8 or newer",
        for_all=True,
    ),
    "invalid_param": CodeMeaning("TikTok does not accept a field of the request", "see TikTok's message"),
    "invalid_params": CodeMeaning("TikTok does not accept a field of the request", "see TikTok's message"),
    "invalid_file_upload": CodeMeaning("TikTok does not accept the file", "see TikTok's message"),
    GONE: CodeMeaning(
        "TikTok does not know this draft (any more)", "look into the inbox before you push it with --again"
    ),
    "token_not_authorized_for_specified_publish_id": CodeMeaning(
        "the draft was sent with another user's token", "set that user's token to follow it"
    ),
    "internal_error": CodeMeaning("TikTok has an internal error", "push it again later", passing=True),
    # The failure of a draft (fail_reason)
    "video_pull_failed": CodeMeaning("TikTok could not download the video from {host}", _PULL),
    "photo_pull_failed": CodeMeaning("TikTok could not download a photo from {host}", _PULL),
    "file_format_check_failed": CodeMeaning(
        "TikTok does not accept this format",
        f"videos are MP4, MOV or WebM with H.264, H.265, VP8 or VP9, photos JPEG or WebP; {_AGAIN}",
    ),
    "duration_check_failed": CodeMeaning(
        "the video is too long or too short for this user",
        f"every user may post up to 3 minutes, some up to 5 or 10; {_AGAIN}",
    ),
    "frame_rate_check_failed": CodeMeaning("TikTok accepts 23 to 60 frames a second", _AGAIN),
    "picture_size_check_failed": CodeMeaning(
        "TikTok does not accept this width or height",
        f"each side of a video has 360 to 4096 pixels, a photo has at most 1080p; {_AGAIN}",
    ),
    "internal": CodeMeaning("TikTok had an internal error with it", "push it with --again later"),
    "auth_removed": CodeMeaning("the user has withdrawn the app's access", _GRANT, for_all=True),
    NO_REASON: CodeMeaning(
        "TikTok returned the status FAILED without a fail_reason",
        "check the URL with `syncer check`, then push it with --again",
    ),
    "publish_cancelled": CodeMeaning("it was cancelled", "push it with --again if that was a mistake"),
}


def meaning(code: str) -> CodeMeaning:
    """An undocumented code is a failure with the code in its message."""
    return MEANINGS.get(code) or CodeMeaning(
        f"TikTok returned {code}, which is not documented",
        "look for it in TikTok's documents of the Content Posting API, check the URL with `syncer check`, and"
        " push it again (with --again if TikTok had accepted it)",
    )

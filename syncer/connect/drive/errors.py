"""Tables from the errors of Google's Drive API and token endpoint to ours: by reason, else by status."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from syncer.connect.headers import retry_after
from syncer.connect.meaning import Meaning
from syncer.errors import SourceError
from syncer.unsaid import without_secrets

LIMIT, UNAVAILABLE = "source.limit", "source.unavailable"


LIMITED = Meaning(LIMIT, "Google asks to slow down", "lower workers if it goes on", transient=True)
BROKEN = Meaning(UNAVAILABLE, "Google's servers failed", "try again later", transient=True)
MISSING = Meaning(
    "source.missing",
    "there is no such file, or it is not shared with this account",
    "check that it is shared, and not in the trash",
)
DAILY = Meaning(
    "source.quota",
    "the project's quota for today is used up",
    "the next run after midnight in California continues; the Google Cloud console shows the quota",
)
DOWNLOADS = Meaning(
    "source.quota",
    "it was downloaded too often, so Google refuses all downloads for about a day",
    "wait a day; or ask its owner to make a copy, which has its own quota",
)
ABUSIVE = Meaning(
    "source.abusive",
    "Google marked it as malware or spam, so only its owner can download it",
    "its owner can request a review in Drive, or upload a clean copy",
)
DENIED = Meaning(
    "source.denied",
    "this account may not download it",
    "ask its owner to share it, and to allow viewers to download it (Share, the gear)",
)
POLICY = Meaning(
    "source.denied",
    "a rule of the organisation forbids it",
    "ask its Google Workspace administrator to allow access by apps, or sharing outside",
)
MEMBERS = Meaning(
    "source.denied", "only members of the shared drive may", "make this account a member of the shared drive"
)
NO_BYTES = Meaning(
    "source.document", "it has no bytes, as it is a Google Doc or the like", "export it by hand"
)
SCOPE = Meaning(
    "source.credentials",
    "the token does not allow reading Drive",
    "give access again, with the scope https://www.googleapis.com/auth/drive.readonly",
)
TOKEN = Meaning(
    "source.credentials",
    "Google refuses the access token",
    "make a new credentials file; access may have been revoked",
)
NO_KEY = Meaning(
    "source.credentials", "the request came without a valid identity", "set credentials or api_key"
)
KEY = Meaning(
    "source.credentials",
    "the API key is not valid",
    "copy it again from the Google Cloud console: APIs & Services, Credentials",
)
KEY_LIMITS = Meaning(
    "source.credentials",
    "the API key is restricted: not allowed from this address, or not for Drive",
    "in the Google Cloud console, allow it this machine's address and the Google Drive API",
)
DISABLED = Meaning(
    "source.disabled",
    "the Google Drive API is disabled in the project of these credentials",
    "enable it at https://console.cloud.google.com/apis/library/drive.googleapis.com, then wait a while",
)
REFUSED = Meaning("source.denied", "Google refused the request", "the reason is in parentheses")
SHORTER = Meaning("source.changed", "it has become shorter", "the next run reads the new version")
ODD = Meaning("source.answer", "not a Drive API response", "check endpoint", transient=True)

REASONS: Mapping[str, Meaning] = {
    "userRateLimitExceeded": LIMITED,
    "rateLimitExceeded": LIMITED,
    "RATE_LIMIT_EXCEEDED": LIMITED,
    "dailyLimitExceeded": DAILY,
    "quotaExceeded": DAILY,
    "dailyLimitExceededUnreg": NO_KEY,
    "userRateLimitExceededUnreg": NO_KEY,
    "downloadQuotaExceeded": DOWNLOADS,
    "cannotDownloadAbusiveFile": ABUSIVE,
    "insufficientFilePermissions": DENIED,
    "cannotDownloadFile": DENIED,
    "appNotAuthorizedToFile": SCOPE,
    "insufficientPermissions": SCOPE,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": SCOPE,
    "domainPolicy": POLICY,
    "teamDriveMembershipRequired": MEMBERS,
    "fileNotDownloadable": NO_BYTES,
    "authError": TOKEN,
    "keyInvalid": KEY,
    "keyExpired": KEY,
    "API_KEY_INVALID": KEY,
    "ipRefererBlocked": KEY_LIMITS,
    "API_KEY_IP_ADDRESS_BLOCKED": KEY_LIMITS,
    "API_KEY_HTTP_REFERRER_BLOCKED": KEY_LIMITS,
    "API_KEY_SERVICE_BLOCKED": KEY_LIMITS,
    "accessNotConfigured": DISABLED,
    "SERVICE_DISABLED": DISABLED,
    "notFound": MISSING,
    "backendError": BROKEN,
    "internalError": BROKEN,
}
"""By the reasons in the answer. If it has several, the first one in this table counts."""

STATUSES: Mapping[int, Meaning] = {401: TOKEN, 403: REFUSED, 404: MISSING, 416: SHORTER, 429: LIMITED}
"""For an answer without a known reason. A status from 500 on is `BROKEN`, any other one `ODD`."""

NEW_FILE = "make a new credentials file, and check this machine's clock"
REVOKED = Meaning(
    "source.credentials",
    "the key or the access was revoked, or has expired",
    f"{NEW_FILE}; access from a consent screen in testing ends after 7 days",
)
NO_CLIENT = Meaning("source.credentials", "the OAuth client does not exist any more", NEW_FILE)
DISABLED_CLIENT = Meaning(
    "source.credentials",
    "the OAuth client or service account is disabled",
    "enable it in the Google Cloud console",
)
UNSUITABLE = Meaning("source.credentials", "the client may not do that", NEW_FILE)
UNEXPLAINED = Meaning("source.credentials", "it does not say why", NEW_FILE)

GRANTS: Mapping[str, Meaning] = {
    "invalid_grant": REVOKED,
    "invalid_client": NO_CLIENT,
    "deleted_client": NO_CLIENT,
    "disabled_client": DISABLED_CLIENT,
    "unauthorized_client": UNSUITABLE,
    "invalid_scope": SCOPE,
    "admin_policy_enforced": POLICY._replace(code="source.credentials"),
}
"""By the error of the token endpoint."""

_WORD = re.compile(r"[A-Za-z_]{1,64}", re.ASCII)


def drive_error(what: str, status: int, headers: Mapping[str, str], body: bytes) -> SourceError:
    """The error for an answer that is no success. `what` names the work: `listing the folder X`."""
    found = [reason for reason in _reasons(body) if _WORD.fullmatch(reason)]
    known = next((meaning for reason, meaning in REASONS.items() if reason in found), None)
    meaning = known or STATUSES.get(status) or (BROKEN if status >= 500 else ODD)  # noqa: PLR2004 - HTTP's class
    said = " ".join([f"HTTP {status}", *found[:1]])
    return SourceError(
        f"{what}: {meaning.reason} ({said})",
        code=meaning.code,
        hint=meaning.hint,
        transient=meaning.transient,
        retry_after=retry_after(headers),
    )


def no_grant(whose: str, told: object) -> SourceError:
    """`told` is the token endpoint's answer. Its description never appears in the message."""
    answer = told if isinstance(told, Mapping) else {}
    word = without_secrets(str(answer.get("error", "")))
    if "reasonable timeframe" in str(answer.get("error_description", "")):
        return SourceError(
            f"Google gives {whose} no token: this machine's clock is wrong",
            code="source.clock",
            hint="set the clock",
        )
    meaning = GRANTS.get(word, UNEXPLAINED)
    shown = f" ({word})" if _WORD.fullmatch(word) else ""
    return SourceError(
        f"Google gives {whose} no token: {meaning.reason}{shown}", code=meaning.code, hint=meaning.hint
    )


def _reasons(body: bytes) -> Iterator[str]:
    try:
        error = json.loads(body)["error"]
        parts: list[Any] = [*error.get("errors", ()), *error.get("details", ())]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return
    for part in parts:
        if isinstance(part, dict) and isinstance(part.get("reason"), str):
            yield without_secrets(part["reason"])

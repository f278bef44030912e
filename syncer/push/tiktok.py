"""TikTok's Content Posting API: sends drafts into a user's inbox, pulled by URL, and reads their status.

The `error.code` of an answer counts, not its HTTP status.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NoReturn

from syncer.connect.circuit import GIVEN_UP
from syncer.connect.headers import retry_after
from syncer.connect.pace import SharedPace
from syncer.connect.web.client import Answer, WebSettings, ask, http_client
from syncer.errors import ConfigError, OriginError, PlatformError, Unanswered
from syncer.protocols import Pace
from syncer.push.model import Media, PlatformStatus, PushState
from syncer.push.tiktok_codes import NO_REASON, OK, RATE, meaning
from syncer.settings.masked import masked
from syncer.settings.secret import reveal
from syncer.settings.spelling import counted
from syncer.settings.terminal import shorten, visible
from syncer.unsaid import without_secrets
from syncer.urls.canonical import authority

VIDEO_INIT = "v2/post/publish/inbox/video/init/"
PHOTO_INIT = "v2/post/publish/content/init/"
STATUS = "v2/post/publish/status/fetch/"

_STATES = {
    "PROCESSING_UPLOAD": PushState.SENT,
    "PROCESSING_DOWNLOAD": PushState.SENT,
    "SEND_TO_USER_INBOX": PushState.ARRIVED,
    "PUBLISH_COMPLETE": PushState.ARRIVED,
    "FAILED": PushState.FAILED,
}
_WORD = re.compile(r"[\w.~%-]{1,200}", re.ASCII)
_REFUSING = 300
"""From this HTTP status up to 499, the request was not accepted."""
_RATE_PAUSE = 15.0
"""Seconds to wait after a 429 without Retry-After."""
_MOST_SHOWN = 80
"""Characters of an unexpected value in a message."""

_FOLLOW = "look into the user's inbox; `syncer push` follows it further; a newer syncer may know the value"
_MOVED = (
    "syncer follows no redirect with a token: a proxy or a login page of your network may answer in TikTok's"
    " place, or tiktok.endpoint is wrong; then push it again"
)
_BETWEEN = (
    "a proxy or a login page of your network may answer in TikTok's place, or tiktok.endpoint is wrong: check"
    " both, then push it again"
)


@dataclass(frozen=True, slots=True)
class TiktokSettings:
    """Plain data; the token is a reference such as `env:NAME`."""

    access_token: str
    endpoint: str = "https://open.tiktokapis.com/"
    web: WebSettings = field(default_factory=WebSettings)


class TiktokClient:
    """One user's drafts. Each call has a new connection: if TikTok closed a kept connection at that moment,
    nobody would know whether it received the call.
    """

    def __init__(self, settings: TiktokSettings, pace: Pace | None = None) -> None:
        """Raises `ConfigError` if the token can't be read or is invalid."""
        self._settings = settings
        self._pace = pace or SharedPace()
        self._token = str.__str__(reveal(settings.access_token))
        if not re.fullmatch(r"[\x21-\x7e]+", self._token):
            raise ConfigError(
                f"{settings.access_token} is not an access token: it has spaces or other odd characters",
                code="config.secret",
            )
        http_client(settings.web).close()  # a bad `ca` or `connect_to` shows before anything is sent

    def send(self, urls: tuple[str, ...], media: Media, title: str | None = None) -> str:
        """The publish_id. Raises `Unanswered` if the draft may have been accepted without an answer."""
        path, body = _video(urls[0]) if media is Media.VIDEO else _photos(urls, title)
        try:
            answer = self._post(path, body)
        except OriginError as error:
            self._lost(error)
        said = _envelope(answer)
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or (said is None and answer.status < _REFUSING):
            raise Unanswered(f"TikTok's API answered {_told(answer)} to the request for a draft")
        if said is None:
            raise self._no_answer_of_the_api(answer, "a draft", transient=False)
        self._refuse(said, answer)
        publish_id = _word(said["data"], "publish_id")
        if publish_id is None:
            seen = self._seen(said["data"], "publish_id")
            raise Unanswered(f"TikTok's API accepted the request but returned {seen}, which is invalid")
        return publish_id

    def status(self, publish_id: str) -> PlatformStatus:
        """The status of the draft. Raises `PlatformError`; transient if a retry may succeed."""
        try:
            answer = self._post(STATUS, {"publish_id": publish_id})
        except OriginError as error:
            raise _unreachable(error) from None
        said = _envelope(answer)
        if said is None:
            raise self._no_answer_of_the_api(answer, "the status", transient=True)
        self._refuse(said, answer)
        data = said["data"]
        status = _word(data, "status") or ""
        if status not in _STATES:
            raise PlatformError(
                f"TikTok returned {self._seen(data, 'status')}, which is not documented",
                code="push.answer",
                hint=_FOLLOW,
                transient=True,
            )
        state, size = _STATES[status], data.get("downloaded_bytes")
        reason = self._reason(data) if state is PushState.FAILED else None
        return PlatformStatus(state, status, reason, size if isinstance(size, int) else None)

    def _reason(self, data: Mapping[str, Any]) -> str:
        """The fail_reason; text that is no code is made safe to show and store."""
        if not data.get("fail_reason"):
            return NO_REASON
        return _word(data, "fail_reason") or self._shown(data["fail_reason"])

    def _seen(self, data: Mapping[str, Any], name: str) -> str:
        """The field and its value, for a message."""
        return f"the {name} {self._shown(data[name])}" if data.get(name) is not None else f"no {name}"

    def _shown(self, value: object) -> str:
        """A value of any type in quotes, safe for a terminal, without secrets."""
        text = value if isinstance(value, str) else json.dumps(value)
        return f'"{visible(shorten(masked(without_secrets(text)), _MOST_SHOWN))}"'

    def _no_answer_of_the_api(self, answer: Answer, wanted: str, *, transient: bool) -> PlatformError:
        said, hint = _told(answer), _BETWEEN
        if answer.redirects:
            said = f"{answer.status}, a redirect to {answer.target(self._settings.endpoint)}"
            hint = _MOVED
        return PlatformError(
            f"TikTok's API answered {said} to the request for {wanted}",
            code="push.answer",
            hint=hint,
            transient=transient,
            retry_after=_retry_after(answer),
        )

    def _post(self, path: str, body: Mapping[str, Any]) -> Answer:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json; charset=UTF-8",
            "Connection": "close",
        }
        url = self._settings.endpoint + path
        circuit = self._pace.circuit(authority(url))
        with circuit.asking(OriginError), http_client(self._settings.web, self._pace) as http:
            return ask(http, url, method="POST", headers=headers, content=json.dumps(body).encode())

    def _lost(self, error: OriginError) -> NoReturn:
        import httpx

        unsent = isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout)
        if unsent or error.code == f"origin.{GIVEN_UP}":
            raise _unreachable(error) from None
        raise Unanswered(f"the request for a draft was sent, and then: {error.message}") from None

    def _refuse(self, said: Mapping[str, Any], answer: Answer) -> None:
        """Raises the error of an answer that is not `ok`."""
        code = said["error"]["code"]
        if code == OK:
            return
        text = without_secrets(str(said["error"].get("message") or ""))[:300]
        raise PlatformError(
            text or f"TikTok's API answered {answer.status} {code}",
            code=code,
            transient=meaning(code).passing,
            retry_after=_retry_after(answer) or (_RATE_PAUSE if code == RATE else None),
        )


def _video(url: str) -> tuple[str, Mapping[str, Any]]:
    return VIDEO_INIT, {"source_info": {"source": "PULL_FROM_URL", "video_url": url}}


def _photos(urls: tuple[str, ...], title: str | None) -> tuple[str, Mapping[str, Any]]:
    return PHOTO_INIT, {
        "media_type": "PHOTO",
        "post_mode": "MEDIA_UPLOAD",
        "post_info": {"title": title} if title else {},
        "source_info": {"source": "PULL_FROM_URL", "photo_cover_index": 0, "photo_images": list(urls)},
    }


def _envelope(answer: Answer) -> dict[str, Any] | None:
    """`data` and `error` with a usable `code`; `None` for anything else."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:  # a proxy before the API may send it as HTML
        return {"error": {"code": RATE}, "data": {}}
    try:
        said = json.loads(answer.start)
    except (ValueError, RecursionError):
        return None
    error = said.get("error") if isinstance(said, dict) else None
    if not isinstance(error, dict) or _word(error, "code") is None:
        return None
    data = said.get("data")
    return {"error": error, "data": data if isinstance(data, dict) else {}}


def _told(answer: Answer) -> str:
    return (
        f"{answer.status} with {counted(answer.size, 'byte that is', 'bytes that are')} not an API response"
    )


def _word(part: Mapping[str, Any], name: str) -> str | None:
    """A code or an id. It is shown and stored, so any other text is refused, and a secret, too."""
    value = part.get(name)
    return (
        value
        if isinstance(value, str) and _WORD.fullmatch(value) and without_secrets(value) == value
        else None
    )


def _retry_after(answer: Answer) -> float | None:
    seconds = retry_after(answer.headers)
    return None if seconds is None else min(seconds, 3600.0)


def _unreachable(error: OriginError) -> PlatformError:
    return PlatformError(
        error.message,
        code="push.unreachable",
        hint="is this machine online?",
        transient=error.transient,
    )

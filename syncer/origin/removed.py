"""Whether a public URL still serves a file that was deleted at the destination, as a cache may do."""

from __future__ import annotations

import hashlib
import shlex
from http import HTTPStatus

from syncer.connect.web.client import Answer
from syncer.model import Content, Finding, Severity
from syncer.probe.media_types import HTML, sniff

CACHED, UNSEEN, PUBLIC = "unpublish.cached", "unpublish.unseen", "unpublish.public"

GONE = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
"""403 too: a bucket that nobody may list answers so for a missing object."""
_AGES = ("age", "x-cache", "cf-cache-status", "x-cache-status", "cache-status")
"""Headers by which caches tell that they answer."""


def judge_removed(url: str, answer: Answer, content: Content | None) -> Finding | None:
    """`None` if the URL does not serve the deleted file; a finding if it does, or if that is unknown."""
    status = answer.status
    if status in GONE or _is_page(answer):
        return None
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return unseen(url, f"it answers {status}")
    if content is None or not content.head_sha256 or answer.late:
        return unseen(url, f"it answers {status}{_cache(answer)}", status)
    if hashlib.sha256(answer.start).hexdigest() != content.head_sha256:
        return unseen(url, f"it answers {status} with other bytes{_cache(answer)}", status)
    return Finding(
        CACHED,
        Severity.REJECT,
        f"{url} still answers {status} with the file{_cache(answer)}: a cache keeps it",
        value=str(status),
        hint=f"purge this URL in your CDN or proxy, then look again with {_look(url)}; if there is no cache,"
        " the web server serves another place than the destination",
    )


def unseen(url: str, why: str, served: int | None = None) -> Finding:
    """`served` is the status with which it answers some file."""
    message, value = f"it is unknown whether {url} still serves the file: {why}", str(served or "")
    hint = f"look yourself later, with {_look(url)}"
    return Finding(UNSEEN, Severity.UNKNOWN, message, value=value or None, hint=hint)


def _is_page(answer: Answer) -> bool:
    """Whether it is a page for people, as some servers answer for every missing file."""
    return answer.status == HTTPStatus.OK and sniff(answer.start) == HTML


def _cache(answer: Answer) -> str:
    told = [f"{name}: {answer.headers[name][:60]}" for name in _AGES if name in answer.headers]
    return f" ({', '.join(told)})" if told else ""


def _look(url: str) -> str:
    return f"`curl -I {shlex.quote(url)}`"

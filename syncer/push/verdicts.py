"""The result of one draft: a message, a hint, and the exit code. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from syncer.errors import Exit, PlatformError
from syncer.manifest import timestamp
from syncer.origin.ownership.property import covers
from syncer.push.model import Push, Pushed, PushState
from syncer.push.tiktok_codes import UNVERIFIED, meaning

STOPPED = "push.stopped"
AGAIN = "look into the user's inbox; if the draft is not there, push it with --again"


_FURTHER = (
    "is the origin fast enough for the file? A pull ends after an hour. `syncer push` follows it further"
)
_WHY_HELD = {
    STOPPED: "it was stopped",
    "push.unreachable": "TikTok's API can't be reached",
    "push.unanswered": "the request before it got no clear answer",
    "push.answer": "the request before it got an unexpected answer",
}


@dataclass(frozen=True, slots=True)
class DraftVerdict:
    assets: tuple[Pushed, ...]
    state: str
    """The state of the push, or `held`: not sent."""
    message: str
    code: str | None = None
    hint: str | None = None
    exit: Exit = Exit.OK
    push: Push | None = None


def ended_draft(push: Push, owned: str | None) -> DraftVerdict:
    """A draft with a final status."""
    if push.state is PushState.ARRIVED:
        where = "posted" if push.status == "PUBLISH_COMPLETE" else "in the inbox"
        return DraftVerdict(push.assets, push.state, where, push=push)
    return _of_code(push, push.code or "", "", owned)


def refused_draft(push: Push, error: PlatformError, owned: str | None) -> DraftVerdict:
    """A draft with an error from TikTok, or without an answer."""
    if error.code.startswith("push."):
        return DraftVerdict(push.assets, push.state, error.message, error.code, error.hint, Exit.FAILED, push)
    return _of_code(push, error.code, error.message, owned)


def lost(push: Push, error: PlatformError | None) -> DraftVerdict:
    """A draft of which nobody knows whether the platform accepted it."""
    why = error.message if error else "the push was killed before the answer came"
    what = f"it is unknown whether TikTok accepted this draft, sent {_on(push.sent_at)}: {why}"
    return DraftVerdict(push.assets, push.state, what, "push.unanswered", AGAIN, Exit.FAILED, push)


def earlier_draft(push: Push) -> DraftVerdict:
    """A draft that was pushed before and is not sent again."""
    if push.state is PushState.ARRIVED:
        where = "posted" if push.status == "PUBLISH_COMPLETE" else "in the inbox"
        what = f"{where}, sent {_on(push.sent_at)}; not sent again without --again"
        return DraftVerdict(push.assets, push.state, what, push=push)
    if push.state is PushState.UNSURE:
        return lost(push, PlatformError("no clear answer came"))
    said = _of_code(push, push.code or "", "", None)
    what = f"sent {_on(push.sent_at)}, but it failed: {said.message}; not sent again without --again"
    return DraftVerdict(push.assets, push.state, what, said.code, said.hint, said.exit, push)


def under_way(push: Push, trouble: PlatformError | None, waited: float) -> DraftVerdict:
    """A draft without a final status; this is no error if the user did not want to wait."""
    status = push.status or "sent"
    if not waited:
        return DraftVerdict(push.assets, push.state, f"{status}; `syncer push` follows it", push=push)
    why = f", and {_trouble(trouble)}: {trouble.message}" if trouble else ""
    return DraftVerdict(
        push.assets,
        push.state,
        f"still {status} after {waited:g} s{why}",
        "push.endless",
        (trouble and trouble.hint) or _FURTHER,
        Exit.FAILED,
        push,
    )


def _trouble(error: PlatformError) -> str:
    unreached = error.code == "push.unreachable"
    return "TikTok's API can't be reached" if unreached else "the last request for its status failed"


def not_sent(assets: tuple[Pushed, ...], code: str) -> DraftVerdict:
    """A draft that is held back, as it would fail like the one before it."""
    if code.startswith("push."):
        why = _WHY_HELD.get(code, "the request before it failed")
        return DraftVerdict(assets, "held", f"not sent, as {why}", code, exit=Exit.FAILED)
    said = meaning(code)
    return DraftVerdict(assets, "held", f"not sent: {said.what}", code, said.hint, Exit.FAILED)


def _of_code(push: Push, code: str, said: str, owned: str | None) -> DraftVerdict:
    found = meaning(code)
    names = ", ".join(dict.fromkeys(urlsplit(asset.url).hostname or "" for asset in push.assets))
    what = found.what.format(host=names)
    hint = found.hint.format(verify=_property(push, names, owned))
    if said and code != UNVERIFIED:
        what += f' (TikTok: "{said}")'
    return DraftVerdict(push.assets, push.state, what, code, hint, found.exit, push)


def _property(push: Push, names: str, owned: str | None) -> str:
    """A property to verify: the config's property if it covers the URLs, or their host."""
    if owned and all(covers(asset.url, owned) for asset in push.assets):
        return owned
    first = names.partition(",")[0]
    return f"the URL prefix https://{first}/ or the domain {first}, or push from a host that is verified"


def _on(time: datetime) -> str:
    return timestamp(time) or ""

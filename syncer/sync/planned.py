"""The lines of `plan`: a word, a reason and a URL for each action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncer.model import (
    Action,
    Copy,
    Delete,
    Failed,
    Forget,
    Identify,
    Inspect,
    Keep,
    Leave,
    Recheck,
    Refuse,
)


@dataclass(frozen=True, slots=True)
class Planned:
    """One step of a plan."""

    action: str
    """`copy`, `publish` (in place), `look`, `recheck`, `reject`, `unlist`, `delete`, `hold` (a delete over
    the limit), `refuse` (impossible) or `keep`.
    """
    source: str
    key: str
    reason: str
    url: str | None = None
    size: int | None = None
    """Bytes to copy; `None` if the listing gives no size."""
    hint: str | None = None
    """What to do about a step that is refused."""


def planned(url: Callable[[str], str], action: Action, failed: Failed | None) -> Planned:
    """`url` gives the public URL of a path; `failed` is why the step can't be done."""
    source, key = subject(action)
    if failed and isinstance(action, Delete):
        return Planned("hold", source, key, failed.message, url(action.path))
    if failed:
        return Planned("refuse", source, key, failed.message, hint=failed.hint)
    return Planned(_word(action), source, key, _reason(action), _url(url, action), _size(action))


def subject(action: Action) -> tuple[str, str]:
    """Source and key of the asset that an action is about."""
    match action:
        case Copy(asset) | Identify(asset) | Leave(asset):
            return asset.source, asset.key
        case Recheck(entry) | Keep(entry) | Refuse(entry) | Forget(entry) | Inspect(entry):
            return entry.source, entry.key
        case Delete():
            return action.source, action.key


_WORDS: dict[type[Action], str] = {
    Copy: "copy",
    Identify: "look",
    Recheck: "recheck",
    Refuse: "reject",
    Forget: "unlist",
    Delete: "delete",
}


def _word(action: Action) -> str:
    if isinstance(action, Copy) and action.asset.in_place:
        return "publish"
    return _WORDS.get(type(action), "keep")


def _reason(action: Action) -> str:
    match action:
        case Copy(asset, reason=reason):
            return f"{reason}, in place" if asset.in_place else reason
        case Identify(asset):
            return "its name has no ending of media" if asset.version else "its version is not listed"
        case Recheck(reason=reason) | Forget(reason=reason) | Delete(reason=reason):
            return reason
        case Refuse(findings=findings):
            return findings[0].message
        case Keep(entry):
            return entry.state.value
        case _:
            return "unpublished"


def _url(url: Callable[[str], str], action: Action) -> str | None:
    match action:
        case Copy(path=str(path)) | Delete(path=path):
            return url(path)
        case Identify(known=known):
            return known.url if known else None
        case Recheck(entry) | Refuse(entry) | Forget(entry) | Keep(entry):
            return entry.url
        case _:
            return None


def _size(action: Action) -> int | None:
    return action.asset.size if isinstance(action, Copy) else None

"""The findings that stop a file from being published: refusals of the platform, or "not media". Pure."""

from __future__ import annotations

from syncer.model import Facts, Finding, rejects
from syncer.preflight.formats import format_hint
from syncer.preflight.limit import Limits
from syncer.preflight.media import EMPTY_HINT, judge_media
from syncer.preflight.rule import Rule, Verdict, findings
from syncer.preflight.subject import REJECT, Subject
from syncer.probe.media_types import extension


def refusals(
    media_type: str, size: int | None, facts: Facts, limits: Limits, *, publish_rejected: bool
) -> tuple[Finding, ...]:
    """The findings that stop it. With `publish_rejected`, only "not media" stops it."""
    if publish_rejected:
        return findings([NO_MEDIA], Subject(media_type, size, facts, limits))
    return rejects(judge_media(media_type, size, facts, limits))


def _no_media(subject: Subject) -> Verdict | None:
    if extension(subject.media_type):
        return None
    if subject.size == 0:
        return Verdict(REJECT, "the file is empty", "at least 1 byte", "0", EMPTY_HINT)
    message = f"it is {subject.media_type}, and only media gets a public name"
    return Verdict(
        REJECT, message, "video, photo or sound", subject.media_type, format_hint(subject.media_type)
    )


NO_MEDIA: Rule[Subject] = Rule(
    "media.none", "it is neither video, photo nor sound; used if `check.rejected` is `publish`", _no_media
)

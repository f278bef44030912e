"""Would the platform take it? One small function for each rule, from facts and limits to a finding. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from syncer.model import Facts, Finding, Severity

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Limit(Generic[V]):
    """One value, and how we know it."""

    value: V
    source: str
    """URL of the document it stands in."""
    checked: str
    """When that was read: `YYYY-MM`."""
    certainty: str
    """`A` official documentation, `B` several independent sources, `C` one."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform takes. Read by `preflight.load_limits`."""

    platform: str
    """Its name, for people."""
    video_types: Limit[tuple[str, ...]]
    photo_types: Limit[tuple[str, ...]]
    video_size: Limit[int]
    """Bytes, as are all sizes here; at most."""
    video_size_at_best: Limit[int]
    """The same where the platform counts in powers of 1024: in between it may go either way."""
    photo_size: Limit[int]
    photo_size_at_best: Limit[int]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged."""

    media_type: str
    size: int | None
    facts: Facts
    limits: Limits

    @property
    def is_video(self) -> bool:
        return self.media_type in self.limits.video_types.value

    @property
    def is_photo(self) -> bool:
        return self.media_type in self.limits.photo_types.value


def judge(media_type: str, size: int | None, facts: Facts, limits: Limits) -> tuple[Finding, ...]:
    """What is against it, in the order of the rules; nothing for what is unknown (`size` of `None`)."""
    subject = Subject(media_type, size, facts, limits)
    return tuple(
        Finding(rule, *verdict) for rule, tell in RULES.items() if (verdict := tell(subject)) is not None
    )


Verdict = tuple[Severity, str, str | None, str | None, str | None]
"""Severity, message, limit, value, hint: a finding without its rule."""


def _empty(subject: Subject) -> Verdict | None:
    if subject.size != 0:
        return None
    return Severity.REJECT, "the file is empty", "at least 1 byte", "0", "look at what wrote it"


def _format(subject: Subject) -> Verdict | None:
    if subject.is_video or subject.is_photo:
        return None
    taken = ", ".join(subject.limits.video_types.value + subject.limits.photo_types.value)
    return (
        Severity.REJECT,
        f"{subject.limits.platform} does not take {subject.media_type}",
        taken,
        subject.media_type,
        _format_hint(subject.media_type),
    )


_REMUX = "put the streams into MP4 without encoding them again: ffmpeg -i IN -c copy OUT.mp4"

FORMAT_HINTS = {
    "text/html": "this is a web page, not media: a login or an error page was saved in its place",
    "video/x-matroska": _REMUX,
    "video/mp2t": _REMUX,
    "application/octet-stream": "the bytes are of no known format; is the file whole?",
}


def _format_hint(media_type: str) -> str | None:
    kind = media_type.partition("/")[0]
    by_kind = {"image": "convert it to JPEG or WebP", "video": "convert it to MP4 with H.264"}
    return FORMAT_HINTS.get(media_type, by_kind.get(kind))


def _size(subject: Subject) -> Verdict | None:
    limits = subject.limits
    if subject.size is None or not (subject.is_video or subject.is_photo):
        return None
    sure, at_best = (
        (limits.video_size.value, limits.video_size_at_best.value)
        if subject.is_video
        else (limits.photo_size.value, limits.photo_size_at_best.value)
    )
    if subject.size <= sure:
        return None
    return (
        Severity.REJECT if subject.size > at_best else Severity.WARN,
        f"{subject.size} bytes are more than {limits.platform} takes",
        str(sure),
        str(subject.size),
        "encode it at a lower bit rate" if subject.is_video else "save it smaller or with a lower quality",
    )


Rule = Callable[[Subject], Verdict | None]

RULES: dict[str, Rule] = {
    "media.empty": _empty,
    "media.format": _format,
    "media.size": _size,
}

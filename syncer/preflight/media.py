"""Judges a media file. Here are the rules on its type, size and bytes; `pictures` has the others. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from syncer.model import Facts, Finding, Severity
from syncer.preflight import pictures
from syncer.preflight.formats import format_hint
from syncer.preflight.limit import Limits
from syncer.preflight.rule import Rule, Verdict, findings
from syncer.preflight.subject import REJECT, WARN, Subject, media_rule
from syncer.probe.unread import TOO_MUCH
from syncer.settings.spelling import counted


def judge_media(
    media_type: str, size: int | None, facts: Facts, limits: Limits, *, at_least: int = 0
) -> tuple[Finding, ...]:
    """The findings in the order of the rules. Unknown facts have one finding together, and so has an unknown
    size, of which `at_least` so many bytes came.
    """
    return findings(RULES, Subject(media_type, size, facts, limits, at_least))


EMPTY_HINT = "check the program that wrote it"


def _empty(subject: Subject) -> Verdict | None:
    if subject.size != 0:
        return None
    return Verdict(REJECT, "the file is empty", "at least 1 byte", "0", EMPTY_HINT)


def _format(subject: Subject) -> Verdict | None:
    if subject.is_video or subject.is_photo:
        return None
    taken = ", ".join(subject.limits.video_types.value + subject.limits.photo_types.value)
    message = f"{subject.limits.platform} does not accept {subject.media_type}"
    return Verdict(REJECT, message, taken, subject.media_type, format_hint(subject.media_type))


def _size(subject: Subject) -> Verdict | None:
    limits, size = subject.limits, subject.at_least if subject.size is None else subject.size
    if not (subject.is_video or subject.is_photo):
        return None
    sure, at_best = (
        (limits.video_size.value, limits.video_size_at_best.value)
        if subject.is_video
        else (limits.photo_size.value, limits.photo_size_at_best.value)
    )
    if size <= sure:
        return None
    told = f"{size} bytes" if subject.size is not None else f"at least {size} bytes"
    return Verdict(
        REJECT if size > at_best else WARN,
        f"{told} are more than {limits.platform} accepts",
        str(sure),
        told.removesuffix(" bytes"),
        "encode it at a lower bit rate" if subject.is_video else "save it smaller or with lower quality",
    )


def _truncated(subject: Subject) -> Verdict | None:
    missing = subject.facts.missing
    if not missing:
        return None
    return Verdict(
        REJECT,
        f"the file is cut off: the last {counted(missing, 'byte')} of its content are missing",
        "a whole file",
        f"{counted(missing, 'byte')} missing",
        "a recording, upload or export was interrupted: get the file again",
    )


def _unreadable(subject: Subject) -> Verdict | None:
    """Silent about a cut file: `_truncated` reports it."""
    flaw = subject.facts.flaw
    if flaw is None or subject.facts.missing:
        return None
    return Verdict(
        REJECT,
        f"it can't be read as {subject.media_type}: {flaw}",
        "readable media",
        flaw,
        _repair(subject),
    )


def _repair(subject: Subject) -> str:
    """The hint for a file that can't be read."""
    if subject.is_photo:
        return _EXPORT
    if subject.facts.audio_codec and not subject.facts.video_codec:
        return "export it with its video; if it is only sound, exclude it"
    return "does it play from start to end? If not, export it again"


def _unread(subject: Subject) -> Verdict | None:
    """A file without the facts for a rule is neither accepted nor refused."""
    facts = subject.facts
    if facts.flaw or facts.missing or not (subject.is_video or subject.is_photo):
        return None
    names = [name for name, known in _wanted(subject) if not known]
    if not names and not facts.unread:
        return None
    why, hint = facts.unread or "not read yet", FROM_ITS_SOURCE
    if facts != Facts() and (not facts.unread or facts.unread in TOO_MUCH):
        silent = "the file does not say" if subject.size is not None else "nobody said how long it is"
        why, hint = facts.unread or silent, _REWRITE if subject.is_video else _EXPORT
    what = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "some facts"
    return Verdict(Severity.UNKNOWN, f"not known: {what}; {why}", value=" ".join(names) or None, hint=hint)


FROM_ITS_SOURCE = "syncer check reads them from the public URL, once it is there"
"""The hint before the copy. `syncer check` itself has another one."""
_REWRITE = "rewrite it without encoding it again: ffmpeg -i IN -c copy -movflags +faststart OUT"
_EXPORT = "does it open and show the whole picture? If not, export it again"


def _wanted(subject: Subject) -> Iterator[tuple[str, bool]]:
    """The names of the facts that the rules need, and whether each is known."""
    facts = subject.facts
    if subject.is_video:
        yield "codec", facts.video_codec is not None
        yield "frame rate", facts.fps is not None
        yield "duration", facts.duration_s is not None
    yield "picture size", subject.sides is not None
    too_large = subject.at_least > (subject.limits.largest(subject.media_type) or 0)
    yield "size", subject.size is not None or too_large
    yield "whether it is complete", facts.missing is not None or too_large


RULES: tuple[Rule[Subject], ...] = (
    media_rule("empty", "the file has no bytes", _empty),
    media_rule(
        "format",
        "by its bytes, it has no video or photo format that the platform accepts",
        _format,
        "video_types",
        "photo_types",
    ),
    media_rule(
        "size",
        "more bytes than the platform accepts; a warning if that depends on how a GB is counted",
        _size,
        "video_size",
        "video_size_at_best",
        "photo_size",
        "photo_size_at_best",
    ),
    media_rule("truncated", "the file is cut off: the end of its content is missing", _truncated),
    media_rule("unreadable", "the bytes can't be read as the type that they begin as", _unreadable),
    media_rule("unread", "the facts that the other rules need are unknown", _unread),
    *pictures.RULES,
)
"""In the order of the report."""

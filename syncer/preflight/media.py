"""Would the platform take these bytes? One small function for each rule, from facts and limits. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from syncer.model import Facts, Finding, Severity
from syncer.preflight.formats import format_hint
from syncer.preflight.limit import Limits
from syncer.preflight.rule import Rule, Verdict, findings
from syncer.settings.spelling import counted

REJECT, WARN = Severity.REJECT, Severity.WARN

FPS_SLACK = 0.005
"""Share by which a frame rate may be off: time stamps are rounded, so 60 frames a second may read 60.02."""
SECONDS_SLACK = 0.5
"""By which a duration may be off: the sound often ends a little after the picture."""


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

    @property
    def sides(self) -> tuple[int, int] | None:
        """The shorter and the longer one, in pixels."""
        width, height = self.facts.width, self.facts.height
        return None if width is None or height is None else (min(width, height), max(width, height))


def judge_media(media_type: str, size: int | None, facts: Facts, limits: Limits) -> tuple[Finding, ...]:
    """What is against it, in the order of the rules; of what is unknown no more than that it is."""
    return findings(RULES, Subject(media_type, size, facts, limits))


EMPTY_HINT = "look at what wrote it"


def _empty(subject: Subject) -> Verdict | None:
    if subject.size != 0:
        return None
    return Verdict(REJECT, "the file is empty", "at least 1 byte", "0", EMPTY_HINT)


def _format(subject: Subject) -> Verdict | None:
    if subject.is_video or subject.is_photo:
        return None
    taken = ", ".join(subject.limits.video_types.value + subject.limits.photo_types.value)
    message = f"{subject.limits.platform} does not take {subject.media_type}"
    return Verdict(REJECT, message, taken, subject.media_type, format_hint(subject.media_type))


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
    return Verdict(
        REJECT if subject.size > at_best else WARN,
        f"{subject.size} bytes are more than {limits.platform} takes",
        str(sure),
        str(subject.size),
        "encode it at a lower bit rate" if subject.is_video else "save it smaller or with a lower quality",
    )


def _truncated(subject: Subject) -> Verdict | None:
    missing = subject.facts.missing
    if not missing:
        return None
    return Verdict(
        REJECT,
        f"the file ends {counted(missing, 'byte')} before its own contents do",
        "a whole file",
        f"{counted(missing, 'byte')} missing",
        "it was cut while it was recorded, uploaded or exported: get it again",
    )


def _unreadable(subject: Subject) -> Verdict | None:
    """Not of what is cut off, which says why."""
    flaw = subject.facts.flaw
    if flaw is None or subject.facts.missing:
        return None
    return Verdict(
        REJECT,
        f"it can't be read as {subject.media_type}: {flaw}",
        "readable media",
        flaw,
        _mended(subject),
    )


def _mended(subject: Subject) -> str:
    """What to do about a file that can't be read."""
    if subject.is_photo:
        return "does it open and show the whole picture? Else export it again"
    if subject.facts.audio_codec and not subject.facts.video_codec:
        return "export it with its video; if it is only sound, exclude it"
    return "does it play from its beginning to its end? Else export it again"


def _unread(subject: Subject) -> Verdict | None:
    """What no rule can judge for want of a fact is neither taken nor refused."""
    facts = subject.facts
    if facts.flaw or facts.missing or not (subject.is_video or subject.is_photo):
        return None
    names = [name for name, known in _wanted(subject) if not known]
    if not names and not facts.unread:
        return None
    if facts == Facts():
        why, hint = "they were not read yet", _CHECK
    elif facts.unread:
        why, hint = facts.unread, _CHECK
    else:
        why, hint = "the file does not tell", _REWRITE if subject.is_video else _CHECK
    what = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "some facts"
    return Verdict(Severity.UNKNOWN, f"not known: {what}; {why}", value=" ".join(names) or None, hint=hint)


_CHECK = "syncer check reads them from the public URL; a video with its index in front is read for sure"
_REWRITE = "write it anew, without encoding it again: ffmpeg -i IN -c copy OUT"


def _wanted(subject: Subject) -> Iterator[tuple[str, bool]]:
    """The facts that the rules judge by, in words, and whether each is known."""
    facts = subject.facts
    if subject.is_video:
        yield "codec", facts.video_codec is not None
        yield "frame rate", facts.fps is not None
        yield "duration", facts.duration_s is not None
    yield "picture size", subject.sides is not None
    yield "whether it is whole", facts.missing is not None or subject.size is None


def _codec(subject: Subject) -> Verdict | None:
    codec, taken = subject.facts.video_codec, subject.limits.video_codecs.value
    if not subject.is_video or codec is None or codec in taken:
        return None
    names = ", ".join(_name(each) for each in taken)
    return Verdict(
        REJECT,
        f"the video is encoded as {_name(codec)}, and {subject.limits.platform} takes {names}",
        names,
        codec,
        "encode it as H.264: ffmpeg -i IN -c:v libx264 -pix_fmt yuv420p -c:a aac OUT.mp4",
    )


CODEC_NAMES = {"h264": "H.264", "hevc": "H.265", "vp8": "VP8", "vp9": "VP9", "av1": "AV1", "prores": "ProRes"}


def _name(codec: str) -> str:
    return CODEC_NAMES.get(codec, codec)


def _fps(subject: Subject) -> Verdict | None:
    fps, limits = subject.facts.fps, subject.limits
    least, most = limits.video_fps_min.value, limits.video_fps_max.value
    if not subject.is_video or fps is None or least <= fps <= most:
        return None
    real = subject.facts.fps_real
    # The average of a short fragmented file comes out too low: its length counts all of the last fragment.
    fragmented = subject.facts.fragmented and real is not None and least <= real <= most
    near = fragmented or least * (1 - FPS_SLACK) <= fps <= most * (1 + FPS_SLACK)
    return Verdict(
        WARN if near else REJECT,
        f"the video has {fps:.4g} frames a second, and {limits.platform} takes {least} to {most}",
        f"{least} to {most}",
        f"{fps:.4g}",
        "encode it at 30 frames a second: ffmpeg -i IN -r 30 OUT.mp4",
    )


def _duration(subject: Subject) -> Verdict | None:
    seconds, limits = subject.facts.duration_s, subject.limits
    everyone, most = limits.video_seconds_everyone.value, limits.video_seconds.value
    if not subject.is_video or seconds is None or seconds <= everyone:
        return None
    value = f"{seconds:.1f}"
    if seconds > most:
        return Verdict(
            REJECT if seconds > most + SECONDS_SLACK else WARN,
            f"the video is {value} s long, and {limits.platform} takes at most {most} s",
            str(most),
            value,
            "cut it, or post it in parts",
        )
    if seconds <= everyone + SECONDS_SLACK:
        return None
    return Verdict(
        WARN,
        f"the video is {value} s long: every account may post {everyone} s, only some up to {most} s",
        str(everyone),
        value,
        "creator_info of the account says how long its videos may be (max_video_post_duration_sec)",
    )


def _dimensions(subject: Subject) -> Verdict | None:
    if subject.sides is None:
        return None
    if subject.is_video:
        return _video_sides(subject, *subject.sides)
    return _photo_sides(subject, *subject.sides) if subject.is_photo else None


def _video_sides(subject: Subject, short: int, long: int) -> Verdict | None:
    limits = subject.limits
    least, most = limits.video_side_min.value, limits.video_side_max.value
    if least <= short and long <= most:
        return None
    return Verdict(
        REJECT,
        f"the picture is {_pixels(subject)}, and {limits.platform} takes {least} to {most} each way",
        f"{least} to {most}",
        _pixels(subject),
        "scale it: ffmpeg -i IN -vf scale=1080:-2 OUT.mp4"
        if long > most
        else "scale it up, or export it larger",
    )


def _photo_sides(subject: Subject, short: int, long: int) -> Verdict | None:
    """The document says "1080p" and no more: by any reading the short side is at most 1080 pixels."""
    limits = subject.limits
    shorter, longer = limits.photo_short_side.value, limits.photo_long_side.value
    if short <= shorter and long <= longer:
        return None
    return Verdict(
        REJECT if short > shorter else WARN,
        f"the photo is {_pixels(subject)}, and {limits.platform} takes at most 1080p",
        f"{shorter} by {longer}",
        _pixels(subject),
        f"scale it to fit {shorter} by {longer}: convert IN -resize {shorter}x{longer}\\> OUT.jpg",
    )


def _pixels(subject: Subject) -> str:
    return f"{subject.facts.width} by {subject.facts.height} pixels"


def _rule(name: str, about: str, tell: Callable[[Subject], Verdict | None], *limits: str) -> Rule[Subject]:
    return Rule(f"media.{name}", about, tell, limits)


RULES: tuple[Rule[Subject], ...] = (
    _rule("empty", "the file has no bytes", _empty),
    _rule(
        "format",
        "neither a video nor a photo format that is taken, told by the bytes",
        _format,
        "video_types",
        "photo_types",
    ),
    _rule(
        "size",
        "more bytes than are taken; a warning where that depends on how a GB is counted",
        _size,
        "video_size",
        "video_size_at_best",
        "photo_size",
        "photo_size_at_best",
    ),
    _rule("truncated", "the file ends before its own contents do", _truncated),
    _rule("unreadable", "the bytes can't be read as what they begin as", _unreadable),
    _rule("unread", "the facts that the other rules judge by are not known", _unread),
    _rule("codec", "the video's codec is not one that is taken", _codec, "video_codecs"),
    _rule(
        "fps",
        "frames a second out of range; a warning within half a percent of it",
        _fps,
        "video_fps_min",
        "video_fps_max",
    ),
    _rule(
        "duration",
        "the video is too long; a warning where only some accounts may post it",
        _duration,
        "video_seconds",
        "video_seconds_everyone",
    ),
    _rule(
        "dimensions",
        "the picture's sides are out of range, as displayed",
        _dimensions,
        "video_side_min",
        "video_side_max",
        "photo_short_side",
        "photo_long_side",
    ),
)
"""In the order in which they are told."""

"""Rules on the picture of a video or photo: codec, frame rate, duration, sides. Pure."""

from __future__ import annotations

from syncer.preflight.rule import Rule, Verdict
from syncer.preflight.subject import REJECT, WARN, Subject, media_rule

FPS_SLACK = 0.005
"""Share by which a frame rate may be off: time stamps are rounded, so 60 frames a second may read 60.02."""
SECONDS_SLACK = 0.5
"""Seconds by which a duration may be off: the sound often ends a little after the picture."""


def _codec(subject: Subject) -> Verdict | None:
    codec, taken = subject.facts.video_codec, subject.limits.video_codecs.value
    if not subject.is_video or codec is None or codec in taken:
        return None
    names = ", ".join(_name(each) for each in taken)
    return Verdict(
        REJECT,
        f"the video is encoded as {_name(codec)}, and {subject.limits.platform} accepts {names}",
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
    # The average of a short fragmented file is too low: its duration includes all of the last fragment.
    fragmented = subject.facts.fragmented and real is not None and least <= real <= most
    told = _apart(fps, least, most, spelt="{:.4g} {:.6g} {:.9g}")
    near = fragmented or least * (1 - FPS_SLACK) <= fps <= most * (1 + FPS_SLACK)
    return Verdict(
        WARN if near else REJECT,
        f"the video has {told} frames a second, and {limits.platform} accepts {least} to {most}",
        f"{least} to {most}",
        told,
        "encode it at 30 frames a second: ffmpeg -i IN -r 30 OUT.mp4",
    )


def _duration(subject: Subject) -> Verdict | None:
    seconds, limits = subject.facts.duration_s, subject.limits
    everyone, most = limits.video_seconds_everyone.value, limits.video_seconds.value
    if not subject.is_video or seconds is None:
        return None
    other = subject.facts.other_duration_s
    least, longest = sorted((seconds, seconds if other is None else other))
    if longest > most:
        sure = least > most + SECONDS_SLACK
        return Verdict(
            REJECT if sure else WARN,
            f"the video is {_length(subject, most)}, and {limits.platform} accepts at most {most} s",
            str(most),
            _apart(seconds, most),
            "cut it, or post it in parts" if sure or least > most else _UNSURE,
        )
    if longest <= everyone + SECONDS_SLACK:
        return None
    long = _length(subject, everyone)
    return Verdict(
        WARN,
        f"the video is {long}: every account may post {everyone} s, only some up to {most} s",
        str(everyone),
        _apart(seconds, everyone),
        "creator_info of the account says how long its videos may be (max_video_post_duration_sec)",
    )


def _length(subject: Subject, limit: float) -> str:
    """With the other figure, if the two lie on both sides of the limit."""
    seconds, other = subject.facts.duration_s or 0.0, subject.facts.other_duration_s
    if other is None or (seconds > limit + SECONDS_SLACK) == (other > limit + SECONDS_SLACK):
        return f"{_apart(seconds, limit)} s long"
    part = "without" if other < seconds else "with"
    how = f"{part} the time before its first picture or sound"
    by_its_container, beside = _apart(seconds, limit), _apart(other, limit)
    return f"{by_its_container} s long by its container ({beside} s {how})"


def _apart(value: float, *limits: float, spelt: str = "{:.1f} {:.2f} {:.3f} {:.6f}") -> str:
    """The value with so many digits that it can be told from the limits: 600.04, and not 600.0."""
    told = [each.format(value) for each in spelt.split()]
    clear = (text for text in told if all(float(text) != limit or value == limit for limit in limits))
    return next(clear, told[-1])


_UNSURE = "no document says which of the two counts: ffmpeg -i IN -c copy OUT removes the empty start"


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
        f"the picture is {_pixels(subject)}, and {limits.platform} accepts {least} to {most} for each side",
        f"{least} to {most}",
        _pixels(subject),
        "scale it: ffmpeg -i IN -vf scale=1080:-2 OUT.mp4"
        if long > most
        else "scale it up, or export it larger",
    )


def _photo_sides(subject: Subject, short: int, long: int) -> Verdict | None:
    """The document says only "1080p": in any reading, the short side is at most 1080 pixels."""
    limits = subject.limits
    shorter, longer = limits.photo_short_side.value, limits.photo_long_side.value
    if short <= shorter and long <= longer:
        return None
    return Verdict(
        REJECT if short > shorter else WARN,
        f"the photo is {_pixels(subject)}, and {limits.platform} accepts at most 1080p",
        f"{shorter} by {longer}",
        _pixels(subject),
        f"scale it to fit {shorter} by {longer}: convert IN -resize {shorter}x{longer}\\> OUT.jpg",
    )


def _pixels(subject: Subject) -> str:
    return f"{subject.facts.width} by {subject.facts.height} pixels"


RULES: tuple[Rule[Subject], ...] = (
    media_rule("codec", "the platform does not accept the video's codec", _codec, "video_codecs"),
    media_rule(
        "fps",
        "frames a second out of range; a warning if within half a percent of it",
        _fps,
        "video_fps_min",
        "video_fps_max",
    ),
    media_rule(
        "duration",
        "the video is too long; a warning if only some accounts may post it, or if only its empty start makes"
        " it too long",
        _duration,
        "video_seconds",
        "video_seconds_everyone",
    ),
    media_rule(
        "dimensions",
        "the picture's sides are out of range, after rotation",
        _dimensions,
        "video_side_min",
        "video_side_max",
        "photo_short_side",
        "photo_long_side",
    ),
)

"""The nouns. Frozen, picklable, standard library only.

One asset's life: an `Asset` is listed, `plan` turns it into an `Action`, a worker answers with an
`Outcome`, and the catalogue keeps an `Entry`. Times are aware `datetime`s in UTC, sizes are bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

HEAD_SIZE = 64 * 1024
"""Bytes at the start of an object that are compared with what the public URL serves."""
MOST_FINDINGS = 100
"""Warnings of one run that the catalogue keeps."""

PART = 8 * 1024 * 1024
"""Bytes: an upload that is broken off before it has sent so many starts over, a larger one is resumed."""
MOST_NAMES = 5_000_000
"""Names in one folder: more are only listed by a file system or a server that never ends."""
MOST_OBJECTS = 10_000_000
"""Objects of one source, or of a destination: a listing that gives more is taken for one that never ends."""
MOST_EMPTY = 1_000
"""Answers in a row without a name, when a server is asked for the names in a folder."""


@dataclass(frozen=True, slots=True)
class Asset:
    """What a listing says of one object in a source."""

    source: str
    """Name of the source in the config."""
    key: str
    """Identity within the source: NFC, valid Unicode. Not yet a public path, and not to be trusted as one."""
    locator: str
    """The source's own name for the object (an S3 key, a file name); nobody else reads it."""
    size: int | None = None
    version: str | None = None
    """Opaque; another value means other bytes (ETag, revision, mtime and size). `None` where a listing knows
    names only: `Source.look` tells it."""
    modified: datetime | None = None
    media_type: str | None = None
    """What the source claims, if it claims anything."""
    digest: str | None = None
    """What the source says their hash is, as `md5:HEX` or `sha256:HEX`; compared as the bytes are read. What
    is told only with the bytes is a `Digest` of what `Source.open` gives."""
    nameless: bool = False
    """The key is an id without an extension: the public path gets the one of what the bytes are."""
    ending: str | None = None
    """The ending of media, with its dot, that the public path gets where the key has none, or has that of
    another type: the one it got before, or that of its first bytes. Empty where these are no media, `None`
    while nobody has looked."""
    plain_slug: bool = False
    """`{slug}` is made of its ASCII letters alone: an earlier syncer gave it such a URL, which stays."""
    flaw: str | None = None
    """Why it can't be taken, where the listing tells: a name that is not UTF-8, a link that leaves."""
    in_place: bool = False
    """Whether it lies at the destination already, as a file of the user: it is read and never copied."""
    others: tuple[str, ...] = ()
    """Further locators of the same object, in the order in which the source tries them."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the bytes say. `None` is unknown; nothing here is guessed."""

    container: str | None = None
    """`mp4`, `mov`, `webm`, `mkv`, … or, of a photo, `jpeg`, `webp`, `png`."""
    width: int | None = None
    """Pixels, as displayed: after rotation."""
    height: int | None = None
    duration_s: float | None = None
    fps: float | None = None
    """Frames a second, on average."""
    fps_real: float | None = None
    """The lowest rate on whose beat every frame lies; another one than `fps` where the rate varies."""
    video_codec: str | None = None
    """The codec's own name: `h264`, `hevc`, `vp9`, `av1`, …; never a decoder's."""
    audio_codec: str | None = None
    pixel_format: str | None = None
    bit_rate: int | None = None
    """Bits a second, of the whole file."""
    rotation: int | None = None
    """Degrees clockwise by which it is turned to be displayed: 0, 90, 180 or 270."""
    orientation: int | None = None
    """EXIF orientation of a photo, 1 to 8."""
    moov_first: bool | None = None
    """Whether an MP4 or MOV can be played before its end has arrived."""
    fragmented: bool | None = None
    edit_list: bool | None = None
    """Whether an edit list leaves out or delays something; one that says nothing does not count."""
    missing: int | None = None
    """Bytes that the container speaks of and the file lacks; 0 is a whole file."""
    flaw: str | None = None
    """Why no more could be read, where that is the fault of the bytes: `no video stream`."""
    unread: str | None = None
    """The same where it is not: a bound of ours was met."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What a source says a hash of all bytes of an object is."""

    name: str
    """What told it, as `verified_by` names it: `etag-md5`, `checksum-sha256`, …"""
    algorithm: str
    """As `syncer.connect.digests` knows it: `md5`, `sha256`, `crc32`, …"""
    value: str
    """Hex, in lower case."""
    certain: bool = True
    """Whether it can only be the hash of the bytes. An ETag may look like an MD5 and be none."""
    parts: tuple[int, ...] = ()
    """For a hash over the hashes of equal parts: the sizes in bytes that the parts may have."""


@dataclass(frozen=True, slots=True)
class Space:
    """Room on a disk, in bytes."""

    place: str
    """For people."""
    free: int
    """For us: without what is kept for the system or beyond a quota."""
    whole: int


@dataclass(frozen=True, slots=True)
class Content:
    """What the one pass over the bytes learned."""

    size: int
    sha256: str
    """Hex."""
    head_sha256: str
    """Hex, of the first `HEAD_SIZE` bytes: what a later look at the public URL is compared with."""
    media_type: str
    facts: Facts = field(default_factory=Facts)
    verified_by: str | None = None
    """The source's own hash that the bytes agree with; `None` where it told none that can be compared."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a destination says of one path."""

    path: str
    size: int
    media_type: str | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Litter:
    """Something a dead run left staged at a destination."""

    name: str
    """For people."""
    locator: str
    """For the destination that found it."""
    modified: datetime | None = None
    path: str | None = None
    """The public path of an upload that may be another program's, where that is told."""


class Severity(StrEnum):
    """`reject`: the platform refuses it. `warn`: it may. `unknown`: it could not be told."""

    REJECT = "reject"
    WARN = "warn"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One rule's verdict: a value, sortable, serialisable. A rule that passes leaves no finding."""

    rule: str
    """Stable id such as `origin.redirect`."""
    severity: Severity
    message: str
    limit: str | None = None
    """What would be right."""
    value: str | None = None
    """What was seen."""
    hint: str | None = None
    """What the reader does about it."""


def rejects(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.severity is Severity.REJECT)


def unknowns(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.severity is Severity.UNKNOWN)


def against(findings: tuple[Finding, ...], *, seen: bool) -> tuple[Finding, ...]:
    """What stands against it. Of what was not seen at its URL, first why: the rest keeps nothing unlisted."""
    found = (*rejects(findings), *unknowns(findings))
    return found if seen else tuple(sorted(found, key=lambda each: not each.rule.startswith("origin.")))


def acceptance(findings: tuple[Finding, ...]) -> bool | None:
    """Whether all rules take it; `None` where none refuses it, but not all could be told."""
    if rejects(findings):
        return False
    return None if unknowns(findings) else True


class State(StrEnum):
    """Where an asset stands."""

    PUBLISHED = "published"
    """At its public URL, and seen there."""
    STORED = "stored"
    """At the destination, not (or no longer) seen at its public URL: to be looked at again."""
    REJECTED = "rejected"
    """The platform would refuse this version; it was not copied."""
    FAILED = "failed"
    """To be tried again in the next run."""
    DOOMED = "doomed"
    """About to be deleted: out of the manifest already."""


@dataclass(frozen=True, slots=True)
class Entry:
    """All that the catalogue knows of one asset. A manifest line is a projection of it."""

    source: str
    key: str
    state: State
    version: str | None = None
    """The version that `state` speaks of."""
    path: str | None = None
    """Public path at the destination, relative to its root; `None` until something was stored."""
    url: str | None = None
    size: int | None = None
    sha256: str | None = None
    head_sha256: str | None = None
    media_type: str | None = None
    verified_by: str | None = None
    """What proved the source's bytes, as of `Content`."""
    facts: Facts = field(default_factory=Facts)
    findings: tuple[Finding, ...] = ()
    error: Failed | None = None
    attempts: int = 0
    """Runs that failed in a row."""
    published_at: datetime | None = None
    """When these bytes were first seen at the URL."""
    checked_at: datetime | None = None
    """When the URL was last looked at."""
    gone_since: datetime | None = None
    """When a complete listing of the source first lacked it."""
    in_place: bool = False
    """Whether the file at the path is the user's own: it is never written and never deleted."""
    found: bool = False
    """Whether the copy lay at the path before syncer came, with the very same bytes. It is published, and as
    syncer did not write it, it is never replaced and never deleted."""

    @property
    def ours(self) -> bool:
        """Whether syncer wrote what lies at the path. Only that may be replaced or deleted."""
        return self.path is not None and not (self.in_place or self.found or self.unconfirmed)

    @property
    def unconfirmed(self) -> bool:
        """Whether it was stored at another destination, and nobody has looked for it at this one yet."""
        unseen = self.state in (State.STORED, State.FAILED)
        return unseen and self.path is not None and self.checked_at is None

    @property
    def content(self) -> Content:
        """What was published, as far as it is remembered."""
        return Content(
            self.size or 0,
            self.sha256 or "",
            self.head_sha256 or "",
            self.media_type or "",
            self.facts,
            self.verified_by,
        )

    def holding(self, content: Content) -> Entry:
        """The same with these bytes."""
        return replace(
            self,
            size=content.size,
            sha256=content.sha256,
            head_sha256=content.head_sha256,
            media_type=content.media_type,
            verified_by=content.verified_by,
            facts=content.facts,
        )


# What to do with one asset: a union, not a base class.


@dataclass(frozen=True, slots=True)
class Copy:
    """Publish it: read all of it, and store it at the destination unless it lies there (`Asset.in_place`)."""

    asset: Asset
    path: str | None
    """`None` where the path depends on all bytes (`{sha256}`), or these are no media."""
    reason: str
    known: Entry | None = None
    """What the catalogue says of it."""
    ours: bool = False
    """Whether the catalogue knows that syncer wrote what lies at `path`: only that may be replaced."""


@dataclass(frozen=True, slots=True)
class Identify:
    """Learn what the listing did not tell of an asset, to decide then: its size and version, or the ending
    that its public path gets.
    """

    asset: Asset
    known: Entry | None = None


@dataclass(frozen=True, slots=True)
class Recheck:
    """Look at its public URL again."""

    entry: Entry
    reason: str
    first: bool = False
    """Whether these bytes were not seen at this URL yet, so that `verify: full` is asked of the look."""
    stat: bool = False
    """Whether the destination itself must hold the file too, whatever its URL serves."""
    asset: Asset | None = None
    """What its source lists; `None` where the source was not asked, or has it no more."""


@dataclass(frozen=True, slots=True)
class Keep:
    entry: Entry


@dataclass(frozen=True, slots=True)
class Leave:
    """Do nothing: this version was unpublished by hand."""

    asset: Asset


@dataclass(frozen=True, slots=True)
class Refuse:
    """Take what is published out of the manifest: today's limits refuse it."""

    entry: Entry
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Delete:
    """Take a path we published away."""

    source: str
    key: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Take what is no longer there out of the catalogue and the manifest. No file is deleted."""

    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class Inspect:
    """Look at the origin's other manners (plain GET, HEAD, no range) with one asset of a media type."""

    entry: Entry


def only_reads(action: Action) -> bool:
    """Whether nothing at the destination is written, deleted or asked for."""
    match action:
        case Copy(asset):
            return asset.in_place
        case Recheck(entry) | Inspect(entry):
            return entry.in_place
        case Identify():
            return True
        case _:
            return False


Action = Copy | Identify | Recheck | Keep | Leave | Refuse | Delete | Forget | Inspect


# All that comes back from a worker.


@dataclass(frozen=True, slots=True)
class Published:
    """The bytes are at the destination; `seen` says whether the public URL serves them."""

    path: str
    url: str
    content: Content
    seen: bool
    findings: tuple[Finding, ...] = ()
    found: bool = False
    """Whether these bytes lay there before, so that nothing was written."""


@dataclass(frozen=True, slots=True)
class Identified:
    asset: Asset


@dataclass(frozen=True, slots=True)
class Rejected:
    """The platform would refuse it, so it was not published."""

    media_type: str
    size: int | None
    findings: tuple[Finding, ...]
    facts: Facts = field(default_factory=Facts)


@dataclass(frozen=True, slots=True)
class Failed:
    code: str
    message: str
    hint: str | None = None
    attempts: int = 1
    unsure: bool = False
    """Whether other bytes may be public than were known: new ones, as it failed while they were committed, or
    somebody else's.
    """


@dataclass(frozen=True, slots=True)
class Deleted:
    path: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Its URL is not listed any more."""


@dataclass(frozen=True, slots=True)
class Inspected:
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The run was stopped before this was finished."""

    unsure: bool = False
    """As of `Failed`."""


Outcome = Published | Identified | Rejected | Failed | Deleted | Forgotten | Inspected | Abandoned


@dataclass(frozen=True, slots=True)
class Proof:
    """A signature file that was placed: kept for ever, and never deleted from the origin."""

    path: str
    url: str
    sha256: str
    placed_at: datetime
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What one `sync` did, as the catalogue remembers it."""

    started_at: datetime
    ended_at: datetime | None = None
    exit_code: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    findings: tuple[Finding, ...] = ()
    """Its warnings, the first `MOST_FINDINGS` of them."""

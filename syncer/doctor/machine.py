"""This machine: disks, the catalogue, versions."""

from __future__ import annotations

import os
import platform
import ssl
import tempfile
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from syncer import __version__
from syncer.catalogue import open_catalogue
from syncer.destinations import Store, open_destination
from syncer.doctor.diagnosis import ExaminationResult, not_ok, ok, warn
from syncer.errors import CatalogueError
from syncer.protocols import Catalogue, Destination, Pace
from syncer.protocols.tenure import Tenure
from syncer.settings.spelling import counted
from syncer.sync.marks import FOREIGN, OwnerStatus, at, judge_mark, owner_error

LOW_BYTES, LOW_SHARE = 10**9, 0.05
NO_BYTES = 50 * 10**6

LIBRARIES = (
    "anycrc",
    "av",
    "boto3",
    "certifi",
    "click",
    "dnspython",
    "google-auth",
    "httpx",
    "idna",
    "paramiko",
    "pydantic",
    "PyYAML",
    "rich",
)
"""The libraries that syncer needs."""

_ALLOW = "let this user enter the folder and write there; is the disk mounted read-only?"
_FREE = "free some space there, or use another disk"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that a run needs free space in."""

    path: Path
    purpose: str
    written: bool = True
    """Whether to check that this user may write there. For a destination, the probe file shows it."""


def temporary() -> ExaminationResult:
    """The folder for media whose hash is not known yet."""
    try:
        return examine_disk(Folder(Path(tempfile.gettempdir()), "temporary files"))
    except FileNotFoundError:
        return not_ok(
            "there is no folder for temporary files", "doctor.disk", "set TMPDIR to a folder with free space"
        )


def examine_disk(folder: Folder) -> ExaminationResult:
    """Whether the disk has free space and may be written. It asks the system, and writes nothing."""
    path = folder.path
    try:
        path = path if path.exists() else path.parent  # a run makes a destination's own folder when needed
        found = os.statvfs(path)
    except OSError as error:
        return not_ok(f"{path} can't be examined: {error.strerror}", "doctor.denied", _ALLOW)
    free, whole = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
    said = f"{_amount(free)} of {_amount(whole)} are free in {folder.path}"
    if folder.written and not os.access(path, os.W_OK | os.X_OK):
        return not_ok(
            f"this user can't write in {folder.path}, which {folder.purpose} needs",
            "doctor.denied",
            _ALLOW,
        )
    if free < NO_BYTES:
        return not_ok(f"only {said}", "doctor.disk", _FREE)
    if found.f_files and not found.f_favail:
        return not_ok(f"no inodes are free in {folder.path}", "doctor.disk", _FREE)
    if free < LOW_BYTES or free < whole * LOW_SHARE:
        return warn(f"only {said}", "doctor.disk", _FREE)
    return ok(said)


def _amount(size: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004 - the step between two of the units
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def catalogue(url: str, origin: str, place: str) -> ExaminationResult:
    """Whether the catalogue is whole. It is opened read-only, and never made."""
    try:
        opened = _read(url)
    except _Missing:
        return ok("there is none yet: the first syncer sync makes it")
    with closing(opened) as found:
        found.check()
        found.recognise(origin, place)
        holder = found.holder()
        return ok(f"not damaged, {counted(found.count(), 'asset')}" + (f"; {holder}" if holder else ""))


def examine_owner(url: str, destination: Store, place: str, pace: Pace) -> ExaminationResult:
    """Whether the destination belongs to the catalogue at `url`. Nothing is written."""
    with closing(open_destination(destination, pace)) as opened:
        content = opened.mark()
    known = _tenures(url)
    standing, mark = judge_mark(content, known, place)
    if content is None and at(place, known):
        return not_ok(
            "this catalogue's owner mark is gone from the destination",
            "destination.emptied",
            "is the destination's disk mounted, its root or prefix right? `syncer sync` says more",
        )
    if standing in FOREIGN:
        raise owner_error(standing, mark, place)
    if standing is OwnerStatus.FREE:
        return ok("the destination has no owner mark yet: the first syncer sync writes one")
    return ok(
        f"this catalogue publishes at the destination since {mark.since}, last from the host {mark.host}"
    )


def may_write(url: str, place: str, opened: Destination) -> bool:
    """Whether the destination's disk is certainly there, as far as its mark shows."""
    try:
        was_ours = at(place, _tenures(url)) is not None
    except CatalogueError:
        was_ours = True
    return not was_ours or opened.mark() is not None


def _tenures(url: str) -> list[Tenure]:
    with suppress(_Missing), closing(_read(url)) as found:
        return found.tenures()
    return []


class _Missing(Exception):  # noqa: N818 - reads as what happened
    """There is no catalogue yet."""


def _read(url: str) -> Catalogue:
    try:
        return open_catalogue(url, read_only=True)
    except CatalogueError as error:
        if error.code == "catalogue.missing":
            raise _Missing from None
        raise


def versions() -> ExaminationResult:
    own = f"syncer {__version__}, Python {platform.python_version()}"
    return ok(f"{own}, {ssl.OPENSSL_VERSION}, {platform.platform()}")


def libraries() -> ExaminationResult:
    missing = [name for name in LIBRARIES if _version(name) is None]
    if missing:
        return not_ok(
            f"{', '.join(missing)} not installed", "doctor.library", f"pip install {' '.join(missing)}"
        )
    return ok(", ".join(f"{name} {_version(name)}" for name in LIBRARIES))


def _version(name: str) -> str | None:
    """The installed version; the library is not loaded."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None

"""Publishing by rename, for local and remote file systems: staged names, listings and errors."""

from __future__ import annotations

import errno
import re
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from syncer.connect.circuit import GIVEN_UP
from syncer.connect.reasons import reason_of
from syncer.destinations.keys import MAX_PATH, OWNER_MARK, STAGED_PREFIX, path_below_root, printable
from syncer.errors import DestinationError, SyncerError
from syncer.model import MOST_OBJECTS, Stored
from syncer.protocols import Stopped
from syncer.settings.spelling import counted

TRIAL = f"{STAGED_PREFIX}trial"
"""The name for a test upload, which is never published. No public path has it."""


FILE_MODE = 0o644
FOLDER_MODE = 0o755
"""These modes let the web server's user read files and enter folders, whatever the umask."""

TRIES = 20
"""How often a folder may vanish during one upload: other workers remove empty folders that they made."""

Listed = Callable[[str], Iterable[tuple[str, bool, int]]]
"""Lists the relevant entries of a folder (empty, or with a final slash): name, whether it is a folder, and
time or size.
"""

_STAGED = re.compile(re.escape(STAGED_PREFIX) + "[0-9a-f]{32}[.]part")


def trial(folder: str) -> str:
    """The path for a test upload in that folder; empty is the root."""
    return f"{path_below_root(folder)}/{TRIAL}" if folder else TRIAL


def staged_name() -> str:
    """A unique name that nobody can guess, as the staged file is in the web root."""
    return f"{STAGED_PREFIX}{secrets.token_hex(16)}.part"


def folders(path: str) -> list[str]:
    return path.split("/")[:-1]


def parents(path: str) -> list[str]:
    """The paths of its folders, from the top: `a` and `a/b` for `a/b/1.mp4`."""
    return list(accumulate(folders(path), lambda above, name: f"{above}/{name}"))


def last_part(path: str) -> str:
    return path.rpartition("/")[2]


def is_staged(name: str) -> bool:
    return bool(_STAGED.fullmatch(name))


def staged_below(listed: Listed) -> Iterator[tuple[str, int]]:
    """Path and time of each staged file, sorted by name, one folder after another.

    A folder whose path is longer than any public path is skipped: nothing was staged there.
    """
    levels = [("", iter(sorted(listed(""))))]
    while levels:
        folder, found = levels[-1]
        for name, is_folder, modified in found:
            path = f"{folder}{name}"
            if not is_folder:
                yield path, modified
            elif len(path.encode("utf-8", "surrogateescape")) < MAX_PATH:
                levels.append((f"{path}/", iter(sorted(listed(f"{path}/")))))
                break
        else:
            levels.pop()


def files_below(listed: Listed) -> Iterator[Stored]:
    """Path and size of each file that is not staged. Folders with too long a path are skipped."""
    waiting, count = [""], 0
    while waiting:
        folder = waiting.pop()
        for name, is_folder, size in listed(folder):
            count += 1
            if count > MOST_OBJECTS:
                raise endless_folder(folder, f"the destination has more than {MOST_OBJECTS:,} names")
            path = f"{folder}{name}"
            if name.startswith(STAGED_PREFIX):
                continue
            if not is_folder:
                yield Stored(path, size)
            elif len(path.encode("utf-8", "surrogateescape")) < MAX_PATH:
                waiting.append(f"{path}/")


def endless_folder(folder: str, reason: str) -> DestinationError:
    return DestinationError(
        f"{printable(folder)} can't be searched for staged files: {reason}",
        code="destination.endless",
        hint="check that folder there, and split it",
    )


def refuse_unstaged(path: str) -> None:
    """Raises `DestinationError` unless it is a staged name: only such files may be discarded."""
    if not is_staged(last_part(path)) or not {"", ".", ".."}.isdisjoint(folders(path)):
        raise DestinationError(f"{printable(path)} is not one of our staged files", code="destination.path")


def check_size(path: str, expected: int, arrived: int) -> None:
    if arrived != expected:
        raise DestinationError(
            f"{arrived} of {counted(expected, 'byte')} of {printable(path)} arrived; it was not published",
            code="destination.size",
            transient=True,
        )


_WRONG = {"destination.size", "destination.kept", "destination.corrupt", "source.changed", "source.digest"}
"""Codes of errors after which the staged bytes are useless."""


def interrupted(error: BaseException | None) -> bool:
    """Whether an upload that ended with this error may continue later, so that its staged bytes are kept."""
    if isinstance(error, SyncerError):
        # An error after retries, or of an endpoint that was given up, is not transient any more.
        may_pass = error.transient or error.attempts > 1 or error.code.endswith(GIVEN_UP)
        return may_pass and error.code not in _WRONG
    return isinstance(error, Stopped) or (error is not None and not isinstance(error, Exception))


def kept_differs(path: str) -> DestinationError:
    return DestinationError(
        f"the uploaded part of {printable(path)} is missing or has other bytes, so it was dropped",
        code="destination.kept",
        hint="nothing of it was published; the upload starts over",
        transient=True,
    )


def outside(path: str, link: str) -> DestinationError:
    return DestinationError(
        f"{printable(path)} is out of bounds: {printable(link)} is a link that leaves the root",
        code="destination.outside",
        hint="replace the link by a folder, or set `root` to its target",
    )


def thing(mode: int) -> str:
    """What a file of this mode is, in words."""
    return next((words for kind, words in _THINGS.items() if kind == stat.S_IFMT(mode)), "no regular file")


_THINGS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def mark_in_the_way(place: str, what: str) -> DestinationError:
    """The error for something else with the owner mark's name; `what` as of `thing`."""
    return DestinationError(
        f"{OWNER_MARK} in {place} is {what}, not the owner mark that syncer keeps there",
        code="destination.in_the_way",
        hint=f"remove or rename {OWNER_MARK} there, then run again",
    )


def file_error(error: OSError, path: str, place: str) -> DestinationError:  # noqa: PLR0911 - a table
    """The error for an errno of a file system, or for an SFTP server's status as an errno."""
    reason = reason_of(error)
    name = {"": "the root", TRIAL: "a test file", OWNER_MARK: f"the owner mark {OWNER_MARK}"}.get(
        path
    ) or printable(path)
    if path.endswith(f"/{TRIAL}"):
        name = f"a test file in {printable(path.removesuffix(f'/{TRIAL}'))}"
    match error.errno:
        case errno.EISDIR | errno.ELOOP | errno.ENXIO if path == OWNER_MARK:
            usual = {errno.EISDIR: "a folder", errno.ELOOP: "a link"}.get(error.errno, "a socket")
            return mark_in_the_way(place, reason if reason in _THINGS.values() else usual)
        case errno.ENOSPC | errno.EDQUOT:
            return DestinationError(
                f"{place} is full: {name} can't be written ({reason})",
                code="destination.full",
                hint="free some space there, or raise the quota",
            )
        case errno.EACCES | errno.EPERM | errno.EROFS:
            what, hint = f"does not let us touch {name}", "give this user the right to write below `root`"
            if error.errno == errno.EROFS:
                what, hint = f"is read-only: {name} can't be written", "mount that disk writable"
            return DestinationError(f"{place} {what} ({reason})", code="destination.denied", hint=hint)
        case errno.EISDIR | errno.ENOTDIR | errno.EEXIST | errno.ENOTEMPTY:
            what = (
                "a file where it needs a folder" if error.errno == errno.ENOTDIR else "a folder of that name"
            )
            return DestinationError(
                f"{what} is in the way of {name} in {place}",
                code="destination.in_the_way",
                hint="move it away there, or set another `path` for the source",
            )
        case errno.ENAMETOOLONG:
            return DestinationError(f"{name} is too long a name for {place}", code="destination.path")
        case errno.ENOENT | errno.ESTALE:
            return DestinationError(
                f"{name} vanished from {place} while it was written",
                code="destination.vanished",
                transient=True,
            )
        case _:
            return DestinationError(
                f"{place} failed on {name}: {reason}",
                code="destination.failed",
                hint="is the disk or your quota there full? If not, the system's log there says why",
            )


def not_done(path: str, what: str) -> DestinationError:
    """The server acknowledged a request that it did not do."""
    return DestinationError(
        f"the server says that it {what} {printable(path)}, but it did not",
        code="destination.failed",
        hint="the server's log or its administrator can say why; doing it again may help",
    )

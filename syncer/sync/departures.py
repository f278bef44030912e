"""What a run deletes or forgets after the sources are listed, and its warnings about what stays public."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from syncer.model import EARLIER, Delete, Entry, Finding, Forget, Severity, State
from syncer.settings.spelling import counted
from syncer.sources.link_settings import MIGRATED
from syncer.sync import plan
from syncer.sync.deletes import ordered, pending
from syncer.sync.scan import Scan, is_absent
from syncer.urls import safe_names

MOST_STAYING = 20
"""Files that stay public and that one run names."""


def deletes(scan: Scan, *, led: bool) -> Iterator[Delete]:
    """`led` as for `ordered`."""
    return chain(ordered(scan, led=led), left_behind(scan), deletable(scan))


def deletable(scan: Scan) -> Iterator[Delete]:
    """Files whose asset is gone, or has another path, since `delete_before` or longer.

    After any error there are none: an incomplete listing does not prove that an asset is gone. A file that
    syncer did not write, or has not seen at this destination, is somebody else's.
    """
    for entry in _expired(scan):
        if entry.ours and entry.path and not scan.spared(entry.path):
            yield Delete(entry.source, entry.key, entry.path, "gone from the source")
    before = scan.deletes()
    for action in _retired(scan, before) if before else ():
        if not safe_names.obeyed(action.path):  # `left_behind` yields it
            yield action


def left_behind(scan: Scan) -> Iterator[Delete]:
    """Retired paths with a name on which a web server may act. They are deleted as soon as the asset was seen
    at its new URL, even if `delete` is `never`.
    """
    for action in _retired(scan, scan.terms.now):
        if safe_names.obeyed(action.path):
            entry = scan.catalogue.entry(action.source, action.key)
            if entry is None or entry.state is not State.STORED:
                yield replace(action, reason="a web server may act on its name")


def _retired(scan: Scan, before: datetime) -> Iterator[Delete]:
    for path, source, key in scan.catalogue.retired(before):
        if scan.catalogue.owner(path) is None and not scan.spared(path):
            yield Delete(source, key, path, "left for another path")
    for left in scan.catalogue.earlier(before):
        if left.sha256 and not scan.spared(left.path):
            yield Delete(left.source, left.key, left.path, EARLIER, only=left.sha256)


def earlier_looks(scan: Scan) -> Iterator[Delete]:
    """Looks for files that syncer left here before the destination changed: those that are gone count for no
    limit, and nothing names them.
    """
    before = scan.deletes()
    due = scan.catalogue.earlier(before) if before else ()
    paths = {left.path: left for left in chain(pending(scan), due) if left.earlier}
    for path, left in paths.items():
        if not scan.spared(path):
            yield Delete(left.source, left.key, path, EARLIER, look=True)


def check_doomed(scan: Scan) -> None:
    """Raises `UnsafePlan` if more is `deletable` than the limit allows."""
    count = Counter(action.source for action in deletable(scan))
    plan.check_deletes(count, scan.catalogue.held(), scan.limit, scan.emptied)


def forgotten(scan: Scan) -> Iterator[Forget]:
    """Entries without a file of ours. These are copies whose time to be deleted has come, but which are not
    at this destination or were found there, and files in place that are gone.
    """
    for entry in _expired(scan):
        if is_absent(entry):
            yield Forget(entry, "neither its source nor the destination has it")
        elif entry.found and (entry.source not in scan.emptied or scan.limit.is_off):
            yield Forget(entry, "gone from the source; the file at its URL is not syncer's, and stays")
    for name in () if scan.held_back else scan.complete:
        for entry in scan.catalogue.missing(name):
            if entry.in_place:
                yield Forget(entry, "no longer there")


def stays(entry: Entry) -> bool:
    """Whether its file stays public after it left the source, as syncer did not write it."""
    return entry.found and not (entry.in_place or is_absent(entry))


def staying(entries: Sequence[Entry]) -> Iterator[Finding]:
    """One warning for each of these files, up to a limit, and one for the rest."""
    for entry in entries[:MOST_STAYING]:
        left = f"{entry.source}:{entry.key} left its source and the manifest"
        yield _stays(left, f"the file at {entry.url}", 1)
    if (more := len(entries) - MOST_STAYING) > 0:
        yield _stays(f"{more} more files left their sources and the manifest", "each of them", more)


def _stays(what: str, file: str, count: int) -> Finding:
    return Finding(
        "source.stays",
        Severity.WARN,
        f"{what}; {file} is not syncer's own and stays public",
        value=str(count),
        hint="remove it at the destination yourself if nobody needs it",
    )


def unconfigured(scan: Scan) -> Iterator[Entry]:
    """Failed and rejected entries of sources that are not in the config any more, without a public file."""
    for entry in scan.catalogue.missing():
        if entry.path is None and entry.source not in (*scan.sources, MIGRATED):
            yield entry


def exposed(scan: Scan) -> Iterator[Finding]:
    """One warning about all public files with a name that a web server may act on."""
    count, first = 0, ""
    for path, source, key in scan.catalogue.paths():
        if safe_names.obeyed(path) and not scan.spared(path):
            count, first = count + 1, first or f"{source}:{key} at '{path}'"
    if count:
        files = counted(count, "published file has a name", "published files have names")
        yield Finding(
            "name.obeyed",
            Severity.WARN,
            f"{files} that a web server may act on, such as {first}",
            value=str(count),
            hint="`syncer check` lists them, and `syncer unpublish` takes them off the origin",
        )


def _expired(scan: Scan) -> Iterator[Entry]:
    for name in scan.complete if scan.deletes() else ():
        yield from filter(scan.is_expired, scan.catalogue.missing(name))

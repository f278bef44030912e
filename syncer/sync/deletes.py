"""Writes the outcomes of deletes into the catalogue, and reports the files that are still there though they
are not published any more.

To unpublish is an order of its own: every run tries the delete again, whatever `delete` and `max_delete` are.
The bytes are compared first, as somebody may have put another file there since. So they are for a file that
syncer left at this destination before the config named another one (`Undeleted.earlier`). `delete` and
`max_delete` say when such a file goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from syncer.model import (
    RECALLED,
    UNPUBLISHED,
    Delete,
    Deleted,
    Failed,
    Finding,
    Outcome,
    Severity,
    Undeleted,
)
from syncer.origin.removed import PUBLIC
from syncer.protocols.catalogue import Paths
from syncer.sync import transitions
from syncer.sync.scan import Scan
from syncer.sync.streaks import Streaks
from syncer.sync.taken import UNPROVEN, advised

CHANGED = "unpublish.changed"
MOST = 20
"""Unpublished files that one run names."""


def ordered(scan: Scan, *, led: bool) -> Iterator[Delete]:
    """`led`: whether this run has seen that the public URL leads to the destination. That is needed if the
    destination has changed.
    """
    for left in pending(scan):
        if left.sha256 and not (left.earlier or left.unproven) and (led or not left.doubted):
            url, also = scan.addresses.url(left.path), scan.catalogue.versions(left.path)
            yield Delete(left.source, left.key, left.path, UNPUBLISHED, only=left.sha256, also=also, url=url)


def doubted_orders(scan: Scan) -> Iterator[Delete]:
    """Looks for files that are not to be deleted before syncer knows more about them: those that may be the
    user's own, and those that were not there when they were to be deleted.
    """
    for left in scan.catalogue.orders():
        if left.sha256 and (left.unproven or left.absent) and not scan.spared(left.path):
            also = scan.catalogue.versions(left.path)
            yield Delete(left.source, left.key, left.path, UNPUBLISHED, left.sha256, look=True, also=also)


def recalled_looks(catalogue: Paths, wanted: Callable[[str], bool]) -> Iterator[Delete]:
    """Looks for unpublished files that were deleted: somebody may have put them back from a backup. `wanted`
    says whether to look at a path.
    """
    for each in catalogue.once_unpublished():
        if wanted(each.path):
            also = catalogue.versions(each.path)
            yield Delete(each.source, each.key, each.path, RECALLED, each.sha256, look=True, also=also)


def pending(scan: Scan) -> Iterator[Undeleted]:
    """Without the user's own files, which nothing deletes."""
    return (left for left in scan.catalogue.undeleted() if not scan.spared(left.path))


@dataclass(slots=True)
class Deletes:
    scan: Scan
    counts: Counter[str]
    streaks: Streaks
    _failed: dict[str, Failed] = field(default_factory=dict)
    """Why such files could not be deleted in this run, by path."""

    def write(self, action: Delete, outcome: Outcome) -> bool:
        """Returns whether to report it: not if there was nothing to delete."""
        if action.reason == RECALLED:
            if isinstance(outcome, Failed) and outcome.code == UNPROVEN:
                self.scan.catalogue.look_again(action.path)
                self._failed[action.path] = outcome
            return False
        if isinstance(outcome, Deleted) and outcome.served:
            self.scan.remarks.append(outcome.served)
            self.counts["failed"] += 1
        if isinstance(outcome, Deleted) and not outcome.was_there:
            self.scan.catalogue.expect(action.path)
        elif isinstance(outcome, Deleted):
            self._deleted(action)
        elif isinstance(outcome, Failed) and action.look and (action.by_hand or outcome.code == UNPROVEN):
            self._looked(action, outcome)
        elif isinstance(outcome, Failed):
            self._undeleted(action, outcome)
        else:
            self.scan.catalogue.forget_retired(action.path)
            self.scan.remarks.append(_changed(action, self.scan.addresses.url(action.path)))
        return not action.look and (not isinstance(outcome, Deleted) or outcome.was_there)

    def _deleted(self, action: Delete) -> None:
        catalogue = self.scan.catalogue
        catalogue.forget_retired(action.path)
        entry = catalogue.entry(action.source, action.key)
        if entry and entry.path == action.path:
            catalogue.remove(action.source, action.key)
        self.streaks.succeeded("")
        self.counts["deleted"] += 1

    def _looked(self, action: Delete, outcome: Failed) -> None:
        """A file that was absent is there again, so it is to be deleted. Another one may be the user's. An
        earlier one has not to be deleted yet.
        """
        if not action.by_hand:
            return
        if outcome.code == UNPROVEN:
            self.scan.catalogue.unpublish(action.path)
            outcome = advised(outcome, len(self.scan.catalogue.tenures()))
        self._failed[action.path] = outcome

    def _undeleted(self, action: Delete, outcome: Failed) -> None:
        """Report it with its entry, or in the summary if no entry has this path any more."""
        catalogue = self.scan.catalogue
        told = replace(outcome, message=f"'{action.path}' could not be deleted: {outcome.message}")
        entry = catalogue.entry(action.source, action.key)
        if action.by_hand or (action.asks and not entry):
            self._failed[action.path] = outcome
        elif entry and entry.path == action.path:
            catalogue.put(transitions.undeleted(entry, told))
        else:
            hint = told.hint or "the next run tries again"
            self.scan.remarks.append(Finding(told.code, Severity.WARN, told.message, hint=hint))
        self.counts["failed"] += 1
        self.streaks.failed("", outcome.code, outcome.message)

    def remind(self) -> None:
        """Report each of these files that is still there at the end of the run. It counts as failed."""
        more = 0
        for number, left in enumerate(pending(self.scan)):
            failed = self._failed.get(left.path)
            self.counts["failed"] += failed is None or left.unproven
            if number < MOST:
                self.scan.remarks.append(still_public(left, self.scan.addresses.url(left.path), failed))
            else:
                more += 1
        if more:
            what = f"{more} more files that are not published any more are not deleted yet, and maybe public"
            hint = "`syncer status` names them"
            self.scan.remarks.append(Finding(PUBLIC, Severity.WARN, what, value=str(more), hint=hint))


def still_public(left: Undeleted, url: str, failed: Failed | None = None) -> Finding:
    """`failed` is why its last delete failed, if this run tried it."""
    what = "was unpublished, but its file"
    hint = "each `syncer sync` tries again; or delete the file by hand"
    if left.earlier:
        what = "is not published any more, but the file that syncer left there before the destination changed"
        hint = f"`syncer unpublish {url}` deletes it; so does `syncer sync`, as `delete` and `max_delete` say"
    why = ""
    if failed:
        why, hint = f": {failed.message} [{failed.code}]", failed.hint or hint
    elif left.sha256 is None:
        why = ": syncer does not know which bytes it left there"
        hint = f"run `syncer unpublish {url}`{'' if left.earlier else ' again'}"
    return Finding(
        PUBLIC,
        Severity.WARN,
        f"{url} {what} is not deleted yet and maybe still public{why}",
        value=left.path,
        hint=hint,
    )


def _changed(action: Delete, url: str) -> Finding:
    what = "was unpublished" if action.by_hand else "is not published any more"
    return Finding(
        CHANGED,
        Severity.WARN,
        f"{action.source}:{action.key} {what}, but the file at {url} is another one now: it is not"
        " syncer's own and stays public",
        value=action.path,
        hint="remove it at the destination yourself if nobody needs it",
    )

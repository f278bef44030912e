"""The values: frozen, picklable, standard library only.

A source lists an `Asset`, `plan` decides on an `Action`, a worker returns an `Outcome`, and the catalogue
keeps an `Entry`. Times are aware `datetime`s in UTC, sizes are bytes.
"""

from syncer.model.actions import (
    EARLIER,
    RECALLED,
    UNPUBLISHED,
    Action,
    Copy,
    Delete,
    Forget,
    Identify,
    Inspect,
    Keep,
    Leave,
    Recheck,
    Refuse,
    only_reads,
)
from syncer.model.assets import Asset, Digest
from syncer.model.bounds import HEAD_SIZE, MOST_EMPTY, MOST_FINDINGS, MOST_NAMES, MOST_OBJECTS, PART
from syncer.model.entries import Entry, Recalled, State, Undeleted
from syncer.model.facts import Content, Facts
from syncer.model.findings import Finding, Severity, acceptance, against, is_cut, rejects, still_cut, unknowns
from syncer.model.outcomes import (
    Abandoned,
    Deleted,
    Failed,
    Forgotten,
    Identified,
    Inspected,
    Outcome,
    Published,
    Rejected,
    Withheld,
)
from syncer.model.runs import Proof, Run
from syncer.model.stored import Litter, Space, Stored

__all__ = [
    "EARLIER",
    "HEAD_SIZE",
    "MOST_EMPTY",
    "MOST_FINDINGS",
    "MOST_NAMES",
    "MOST_OBJECTS",
    "PART",
    "RECALLED",
    "UNPUBLISHED",
    "Abandoned",
    "Action",
    "Asset",
    "Content",
    "Copy",
    "Delete",
    "Deleted",
    "Digest",
    "Entry",
    "Facts",
    "Failed",
    "Finding",
    "Forget",
    "Forgotten",
    "Identified",
    "Identify",
    "Inspect",
    "Inspected",
    "Keep",
    "Leave",
    "Litter",
    "Outcome",
    "Proof",
    "Published",
    "Recalled",
    "Recheck",
    "Refuse",
    "Rejected",
    "Run",
    "Severity",
    "Space",
    "State",
    "Stored",
    "Undeleted",
    "Withheld",
    "acceptance",
    "against",
    "is_cut",
    "only_reads",
    "rejects",
    "still_cut",
    "unknowns",
]

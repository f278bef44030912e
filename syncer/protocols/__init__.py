"""The contracts that other modules implement, with their laws. `tests/contracts`
tests every implementation.
"""

from syncer.protocols.catalogue import Catalogue, Entries, Listed, Paths, Proofs, Runs
from syncer.protocols.destination import Destination, Resume, Staged
from syncer.protocols.manifest import ManifestFormat
from syncer.protocols.origin import Addresses, View
from syncer.protocols.ownership import OwnershipProof
from syncer.protocols.pace import CircuitBreaker, Pace
from syncer.protocols.reader import Reader
from syncer.protocols.runner import Job, Runner, Stopped
from syncer.protocols.source import Opened, Source
from syncer.protocols.tenure import Marked, Tenures

__all__ = [
    "Addresses",
    "Catalogue",
    "CircuitBreaker",
    "Destination",
    "Entries",
    "Job",
    "Listed",
    "ManifestFormat",
    "Marked",
    "Opened",
    "OwnershipProof",
    "Pace",
    "Paths",
    "Proofs",
    "Reader",
    "Resume",
    "Runner",
    "Runs",
    "Source",
    "Staged",
    "Stopped",
    "Tenures",
    "View",
]

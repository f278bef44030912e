"""A worker: plain data that goes to another thread, and the handles that it opens there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

from syncer.destinations import Store, open_destination
from syncer.model import Action, Outcome
from syncer.origin.view import PublicOrigin, PublicView
from syncer.probe.prober import Prober
from syncer.protocols import Addresses, Pace
from syncer.sources import Listing, open_source
from syncer.sync.begun import Notes
from syncer.sync.grip import Grip
from syncer.sync.in_use import PathsInUse
from syncer.sync.rules import Rules
from syncer.sync.transfer import Transfer
from syncer.sync.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Worker:
    """The job of a run. It has references to secrets, which are read where they are used."""

    sources: Mapping[str, Listing]
    destination: Store
    origin: PublicOrigin
    addresses: Addresses
    rules: Rules
    uploads: Uploads | None = None
    notes: Notes | None = None
    grip: Grip | None = None
    in_use: PathsInUse = field(default_factory=PathsInUse)

    @contextmanager
    def open(self, pace: Pace) -> Iterator[Callable[[Action], tuple[Action, Outcome]]]:
        with ExitStack() as handles:
            sources = {
                name: handles.enter_context(closing(open_source(name, config, pace)))
                for name, config in self.sources.items()
            }
            destination = handles.enter_context(closing(open_destination(self.destination, pace)))
            view = handles.enter_context(closing(PublicView(self.origin, pace)))
            prober = handles.enter_context(closing(Prober(pace=pace)))
            transfer = Transfer(
                sources,
                destination,
                view,
                self.addresses,
                self.rules,
                pace,
                prober,
                self.uploads,
                self.notes,
                self.grip,
                self.in_use,
            )
            yield lambda action: (action, transfer(action))

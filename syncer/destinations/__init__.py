"""The table of destinations: one folder for each kind."""

from __future__ import annotations

from abc import abstractmethod

from syncer.protocols import Destination, Pace
from syncer.settings.fields import Settings
from syncer.settings.kinds import load_kind

KINDS = {
    "local": "syncer.destinations.local:LocalDestination",
    "s3": "syncer.destinations.s3:S3Destination",
    "sftp": "syncer.destinations.sftp:SftpDestination",
    "ftps": "syncer.destinations.ftps:FtpsDestination",
}


class Store(Settings):
    """The settings that all destinations have."""

    kind: str

    @abstractmethod
    def identity(self) -> str:
        """A text without secrets that differs between any two destinations that may hold different files.

        Two texts for one destination, such as an alias of the host, only cost more checks.
        """

    def formerly(self) -> str | None:
        """The identity that an earlier version of syncer gave to the same destination, if it differs."""
        return None


def open_destination(config: Store, pace: Pace | None = None) -> Destination:
    """Open the destination. `pace` is that of the run. No connection is made before it is needed."""
    destination: Destination = load_kind(KINDS, config.kind)(config, pace)
    return destination

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
    """What every destination's settings have in common."""

    kind: str

    @abstractmethod
    def identity(self) -> str:
        """Tells one destination from another: two that may hold other files have two. No secrets.

        A name too many, such as an alias of the host, only costs looks at what is there.
        """

    def formerly(self) -> str | None:
        """The identity that an earlier syncer gave to the same destination, where that was another one."""
        return None


def open_destination(config: Store, pace: Pace | None = None) -> Destination:
    """`pace` is the run's; nothing is opened before it is needed."""
    destination: Destination = load_kind(KINDS, config.kind)(config, pace)
    return destination

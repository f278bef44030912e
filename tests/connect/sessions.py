"""SSH sessions for tests, open or refused."""

from __future__ import annotations

from contextlib import closing

import pytest

from syncer.connect.pace import SharedPace
from syncer.connect.ssh.connection import SshSettings, connect_ssh
from syncer.errors import DestinationError, SyncerError


def refusal(
    settings: SshSettings, failure: type[SyncerError] = DestinationError, pace: SharedPace | None = None
) -> SyncerError:
    with pytest.raises(failure) as caught:
        connect_ssh(settings, failure, pace)
    return caught.value


def works(settings: SshSettings) -> bool:
    connection = connect_ssh(settings, DestinationError)
    with closing(connection):
        return connection.sftp.normalize("/") == "/"

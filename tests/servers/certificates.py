"""A private CA, and valid and invalid certificates."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import trustme


@dataclass(frozen=True)
class Certificates:
    """Certificates for test servers; each is the path of a PEM file with the key and the chain."""

    folder: Path
    _authority: trustme.CA = field(default_factory=trustme.CA)
    _stranger: trustme.CA = field(default_factory=trustme.CA)
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def ca(self) -> Path:
        """The CA file for clients."""
        path = self.folder / "ca.pem"
        self._authority.cert_pem.write_to_path(path)
        return path

    def leaf(self, *names: str) -> Path:
        return self._write(self._authority.issue_cert(*names))

    def expired(self, *names: str) -> Path:
        return self.ending(timedelta(days=-1), *names)

    def ending(self, left: timedelta, *names: str) -> Path:
        end = datetime.now(UTC) + left
        return self._write(self._authority.issue_cert(*names, not_after=end))

    def early(self, *names: str) -> Path:
        """Valid from tomorrow on."""
        begin = datetime.now(UTC) + timedelta(days=1)
        return self._write(self._authority.issue_cert(*names, not_before=begin))

    def without_intermediate(self, *names: str) -> Path:
        """Signed by an intermediate CA whose certificate the server does not send."""
        leaf = self._authority.create_child_ca().issue_cert(*names)
        path = self.folder / f"leaf-{next(self._numbers)}.pem"
        leaf.private_key_pem.write_to_path(path)
        leaf.cert_chain_pems[0].write_to_path(path, append=True)
        return path

    def unknown(self, *names: str) -> Path:
        """Signed by an unknown CA."""
        return self._write(self._stranger.issue_cert(*names))

    def _write(self, leaf: trustme.LeafCert) -> Path:
        path = self.folder / f"leaf-{next(self._numbers)}.pem"
        leaf.private_key_and_cert_chain_pem.write_to_path(path)
        return path


@pytest.fixture(scope="session")
def certificates() -> Iterator[Certificates]:
    with tempfile.TemporaryDirectory(prefix="syncer-test-ca-") as folder:
        yield Certificates(Path(folder))

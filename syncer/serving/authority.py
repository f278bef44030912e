"""The private CA of a local origin, made once, so that users need to trust it only once. Needs the extra
`serve`.
"""

from __future__ import annotations

import secrets
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from syncer.errors import SyncerError
from syncer.manifest import atomic

if TYPE_CHECKING:
    import trustme

LEAF_LIFE = timedelta(days=397)
"""Browsers refuse leaves that live much longer."""


class Authority:
    """The CA in a folder. Raises `SyncerError` (`serve.ca`) if it can't be made or read.

    `ca.pem` (0644) is the certificate to trust, `ca-key.pem` (0600) has the same certificate and its key.
    Each start makes a new server certificate in memory, so it fits the names and never expires.
    """

    def __init__(self, folder: Path) -> None:
        require_extra()
        self.certificate = folder / "ca.pem"
        self._folder = folder
        self._key = folder / "ca-key.pem"
        try:
            self._ca = self._load_or_make()
        except OSError as error:
            raise SyncerError(
                f"the private CA in {folder} can't be read or written: {error.strerror}", code="serve.ca"
            ) from None

    def server_context(self, names: tuple[str, ...]) -> ssl.SSLContext:
        """TLS for a server of these names (DNS names and addresses)."""
        now = datetime.now(UTC)
        try:
            leaf = self._ca.issue_cert(
                *dict.fromkeys(names),
                organization_name="syncer",
                organization_unit_name="local origin",
                not_before=now - timedelta(days=1),  # the visitor's clock may be behind
                not_after=now + LEAF_LIFE,
            )
        except ValueError as error:
            raise SyncerError(
                f"a certificate for {', '.join(names)} is impossible: {error}", code="serve.name"
            ) from None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.set_alpn_protocols(["http/1.1"])
        leaf.configure_cert(context)
        return context

    def _load_or_make(self) -> trustme.CA:
        import trustme

        self._folder.mkdir(parents=True, exist_ok=True)
        if not self._key.exists():
            made = trustme.CA(
                organization_name="syncer",
                organization_unit_name=f"private CA of a local origin {secrets.token_hex(4)}",
            )
            _put(self._key, made.private_key_pem.bytes() + made.cert_pem.bytes(), 0o600)
        kept = self._key.read_bytes()
        try:
            ca = trustme.CA.from_pem(kept, kept)
        except ValueError:
            raise SyncerError(
                f"{self._key} does not contain a CA and its key",
                code="serve.ca",
                hint="remove it: the next start makes a new CA, which you have to trust again",
            ) from None
        public = ca.cert_pem.bytes()
        if not self.certificate.exists() or self.certificate.read_bytes() != public:
            _put(self.certificate, public, 0o644)
        return ca


def _put(file: Path, data: bytes, mode: int) -> None:
    with atomic.written(file, mode) as stream:
        stream.write(data)


def require_extra() -> None:
    try:
        import starlette  # noqa: F401 - only asked for
        import trustme  # noqa: F401 - only asked for
        import uvicorn  # noqa: F401 - only asked for
    except ImportError as error:
        raise SyncerError(
            f"serving needs the Python package {error.name}, which is not installed",
            code="serve.extra",
            hint="pip install 'syncer[serve]'",
        ) from None

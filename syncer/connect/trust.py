"""TLS contexts that trust the public CAs, and a private one of the config."""

from __future__ import annotations

import ssl
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

from syncer.connect.reasons import legible, reason_of
from syncer.errors import ConfigError
from syncer.settings.masked import masked


class Distrust(IntEnum):
    """Why a certificate is not trusted: OpenSSL's X509_V_ERR codes."""

    UNKNOWN = 0
    NOT_YET_VALID = 9
    EXPIRED = 10
    SELF_SIGNED = 18
    SELF_SIGNED_ROOT = 19
    NO_ISSUER = 20
    NO_CHAIN = 21
    OTHER_NAME = 62
    OTHER_ADDRESS = 64


def distrust(error: BaseException) -> tuple[int, str]:
    """The code of a failed verification, and its reason in words."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return Distrust.UNKNOWN, reason_of(error)
    return error.verify_code, legible(error.verify_message) or reason_of(error)


def tls_context(ca: Path | None) -> ssl.SSLContext:
    """A new context. `ca` is trusted besides the public CAs. Raises `ConfigError` if it can't be used."""
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    if ca:
        try:
            context.load_verify_locations(cafile=ca)
        except OSError as error:
            reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else reason_of(error)
            raise ConfigError(
                f"the CA file {masked(str(ca))} can't be used: {reason}",
                code="config.ca",
                hint="it must be PEM",
            ) from None
    return context


shared_tls_context = lru_cache(maxsize=4)(tls_context)
"""The same context for all connections of a process, as loading the public CAs takes about 30 ms."""


def timeless_tls_context(ca: Path | None) -> ssl.SSLContext:
    """A new context that also accepts an expired certificate, only to read when it expired."""
    context = tls_context(ca)
    context.verify_flags = ssl.VerifyFlags(context.verify_flags | _NO_CHECK_TIME)
    return context


_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME; the standard library has no name for it."""

"""A config from flags, for a job that needs no file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from syncer.config import Config
from syncer.errors import ConfigError

_FLAGS = {
    "url": "--url",
    "property": "--url",
    "destination": "--destination",
    "signature_files": "--signature",
}


def config_of(url: str, destination: str, signature_files: Iterable[Path]) -> Config:
    """Raises `ConfigError`, which names the flag."""
    files = tuple(signature_files)
    for name, count in Counter(file.name for file in files).items():
        if count > 1:
            raise ConfigError(f"--signature: {count} files are named {name}")
    origin = {
        "url": url,
        "property": url,
        "signature_files": files,
        "destination": destination_of(destination),
    }
    try:
        return Config.model_validate({"origin": origin})
    except ValidationError as error:
        first = error.errors()[0]
        flag = _FLAGS.get(str(first["loc"][1]), "--destination")
        sentence = str(first["msg"]).removeprefix("Value error, ")
        raise ConfigError(f"{flag}: {sentence}") from None


def destination_of(text: str) -> dict[str, object]:
    """`FOLDER`, `sftp://user@host:port/root` or `s3://bucket/prefix`, as the config would say it.

    No error repeats what may be a secret.
    """
    scheme, is_url, rest = text.partition("://")
    if not is_url or not re.fullmatch("[A-Za-z0-9+.-]+", scheme):
        return _folder(text)
    netloc = rest.partition("/")[0]
    path = unquote(rest.removeprefix(netloc))
    if _has_password(rest, netloc):
        raise ConfigError(
            "--destination: a password does not belong here", hint="use a key, or a config file"
        )
    if "?" in rest or "#" in rest:
        raise ConfigError("--destination: write ? as %3F and # as %23")
    match scheme.lower():
        case "sftp":
            return {"kind": "sftp", "root": path, **_host(netloc)}
        case "s3" if "@" in netloc:
            raise ConfigError(
                "--destination: no access key belongs here", hint="use the environment, or a config file"
            )
        case "s3":
            return {"kind": "s3", "bucket": netloc, "prefix": path.removeprefix("/")}
        case scheme:
            raise ConfigError(f"--destination: {scheme}:// is not one of sftp://, s3:// or a folder")


def _folder(text: str) -> dict[str, object]:
    if ":" in text.partition("/")[0]:
        raise ConfigError(
            "--destination: neither a URL nor a folder",
            hint="write sftp://user@host/root, or ./ before a folder with a colon in its name",
        )
    return {"kind": "local", "root": text}


def _has_password(rest: str, netloc: str) -> bool:
    """Also one that a slash or an @ in it would hide."""
    first, at, _ = rest.partition("@")
    return (bool(at) and ":" in first) or ":" in netloc.rpartition("@")[0]


def _host(netloc: str) -> dict[str, object]:
    try:
        parts = urlsplit(f"//{netloc}")
        port = parts.port
    except ValueError:
        raise ConfigError(
            "--destination: not a URL such as sftp://user@media.example.com:22/var/www"
        ) from None
    settings: dict[str, object] = {"host": parts.hostname or ""}
    settings |= {"user": unquote(parts.username)} if parts.username else {}
    return settings | ({"port": port} if port else {})

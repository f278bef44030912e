"""A config from flags, for a job that needs no file."""

from __future__ import annotations

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
    origin = {
        "url": url,
        "property": url,
        "signature_files": tuple(signature_files),
        "destination": destination_of(destination),
    }
    try:
        return Config.model_validate({"origin": origin}, context={"folder": Path.cwd()})
    except ValidationError as error:
        first = error.errors()[0]
        flag = _FLAGS.get(str(first["loc"][1]), "--destination")
        sentence = str(first["msg"]).removeprefix("Value error, ")
        raise ConfigError(f"{flag}: {sentence}") from None


def destination_of(text: str) -> dict[str, object]:
    """`FOLDER`, `sftp://user@host:port/root` or `s3://bucket/prefix`, as the config would say it."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ConfigError(f"--destination: {text} is not a URL") from None
    if parts.password:
        raise ConfigError(
            "--destination: a password does not belong here", hint="use a key, or a config file"
        )
    path = unquote(parts.path)
    match parts.scheme:
        case "sftp":
            settings: dict[str, object] = {"kind": "sftp", "host": parts.hostname or "", "root": path}
            settings |= {"user": parts.username} if parts.username else {}
            return settings | ({"port": port} if port else {})
        case "s3":
            return {"kind": "s3", "bucket": parts.netloc, "prefix": path.removeprefix("/")}
        case "":
            return {"kind": "local", "root": text}
        case scheme:
            raise ConfigError(f"--destination: {scheme}:// is not one of sftp://, s3:// or a folder")

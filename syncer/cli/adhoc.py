"""A config from flags, for a job that needs no file."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from syncer.cli.lying import in_place
from syncer.config import Config
from syncer.errors import ConfigError
from syncer.mirror import Mirror
from syncer.settings.masked import masked, without

_FLAGS = {
    "url": "--url",
    "property": "--property",
    "destination": "--destination",
    "signature_files": "--signature",
    "txt_record": "--txt-record",
    "ca": "--ca",
    "connect_to": "--connect-to",
    "dns": "--dns",
    "sources": "--in-place",
}


@dataclass(frozen=True, slots=True)
class Flags:
    """What `bootstrap` is given instead of a config."""

    url: str | None = None
    verified: str | None = None
    destination: str | None = None
    signature_files: tuple[Path, ...] = ()
    txt_record: str | None = None
    ca: Path | None = None
    connect_to: str | None = None
    dns: str | None = None
    in_place: str | None = None

    @property
    def is_domain(self) -> bool:
        return self.verified is not None and "/" not in self.verified

    @property
    def missing(self) -> list[str]:
        """The flags that must be given too. A domain is proven by DNS alone."""
        needed: dict[str, object] = {"--url": self.url or self.verified}
        if not self.is_domain:
            needed |= {"--destination": self.destination, "--signature": self.signature_files}
        return [name for name, value in needed.items() if not value]


def config_of(flags: Flags) -> Config:
    """Of flags that lack nothing. Raises `ConfigError`, which names the flag."""
    files = flags.signature_files
    for name, count in Counter(file.name for file in files).items():
        if count > 1:
            raise ConfigError(f"--signature: {count} files are named {name}")
    if flags.is_domain and files:
        raise ConfigError(
            f"--signature: the domain {masked(flags.verified or '')} is proven by a DNS TXT record, not by"
            " a file",
            hint="leave --signature out and give --txt-record, or verify a URL prefix and give that",
        )
    if flags.txt_record and not flags.is_domain:
        raise ConfigError(
            "--txt-record: a URL prefix is proven by a signature file",
            hint="give --signature, or the domain as --property",
        )
    origin, sources = _origin(flags), {}
    if flags.in_place is not None:
        sources = in_place(flags.in_place, destination_of(flags.destination or "."))
    try:
        return Config.model_validate({"origin": origin, "sources": sources})
    except ValidationError as error:
        first = error.errors()[0]
        of_origin = first["loc"][0] == "origin"
        flag = _FLAGS.get(str(first["loc"][1 if of_origin else 0]), "--destination")
        if flag in ("--url", "--property"):
            flag = "--url" if flags.url and (flag == "--url" or not flags.verified) else "--property"
        sentence = str(first["msg"]).removeprefix("Value error, ")
        for given in (flags.url, flags.verified, flags.destination, flags.in_place):
            sentence = without(sentence, given or "")
        raise ConfigError(f"{flag}: {sentence}") from None


def bootstrap_once(flags: Flags, wait: float, write_config: Path | None, *, as_json: bool) -> int:
    """`bootstrap` of flags; writes a config of them in the end, if one is wanted."""
    from syncer.cli import written
    from syncer.cli.bootstrap import bootstrap, say

    if write_config:
        written.expect_room(write_config)
    config = config_of(flags)
    for name, given in {"--url": flags.url, "--property": flags.verified}.items():
        if given and closed(given) != given:
            say(f"! {name}: read as {closed(given)}, with the slash that belongs to a URL prefix")
    code = bootstrap(Mirror(config), wait, as_json=as_json, remember=False)
    if write_config:
        written.write(config, write_config)
        then = "sync" if config.sources else "doctor"
        file = masked(str(write_config))
        say(f"✓ wrote {file}; go on with it: syncer {then} -c {file}")
    return code


def _origin(flags: Flags) -> dict[str, object]:
    url = flags.url or (f"https://{flags.verified}/" if flags.is_domain else flags.verified) or ""
    given: dict[str, object] = {
        "txt_record": flags.txt_record,
        "ca": flags.ca,
        "connect_to": flags.connect_to,
        "dns": flags.dns,
    }
    return {
        "url": closed(url),
        "property": closed(flags.verified or url),
        "signature_files": flags.signature_files,
        # Of a domain nothing is placed, so that any folder will do.
        "destination": destination_of(flags.destination or "."),
    } | {name: value for name, value in given.items() if value is not None}


def closed(text: str) -> str:
    """A URL prefix with the slash that belongs to its end."""
    is_prefix = "://" in text and not re.search("[?#]", text)
    return f"{text}/" if is_prefix and not text.endswith("/") else text


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
            raise ConfigError(f"--destination: {masked(scheme)}:// is not one of sftp://, s3:// or a folder")


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

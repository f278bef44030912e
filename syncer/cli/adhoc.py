"""A config from flags, for `bootstrap` without a config file."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from syncer.cli.lying import in_place_source
from syncer.config import Config
from syncer.errors import ConfigError
from syncer.mirror import Mirror
from syncer.origin.ownership import shapes
from syncer.settings.masked import masked, without
from syncer.urls.copied import find_copied

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


FTPS_PASSWORD = "SYNCER_FTPS_PASSWORD"  # noqa: S105 - a name
"""The variable with the password of an `ftps://` destination."""


@dataclass(frozen=True, slots=True)
class Flags:
    """The options of `bootstrap` that replace a config."""

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
        """The flags that are still needed. A domain is proven by DNS alone."""
        needed: dict[str, object] = {"--url": self.url or self.verified}
        if not self.is_domain:
            needed |= {"--destination": self.destination, "--signature": self.signature_files}
        return [name for name, value in needed.items() if not value]


def refuse_misread(flags: Flags) -> None:
    """Raise `ConfigError` for a value that belongs to another flag, even if flags are missing."""
    for file in flags.signature_files:
        _expect_file(file)
    if flags.txt_record and not flags.is_domain and (given := flags.verified or flags.url):
        host = urlsplit(given).hostname if "://" in given and not find_copied(given) else None
        raise ConfigError(
            "--txt-record: a TXT record proves a domain; a signature file proves a URL prefix",
            hint=f"write --property {host or 'example.com'}, without https://; or give --signature instead",
        )


def _expect_file(file: Path) -> None:
    if file.is_file():
        return
    text = str(file)
    if "<meta" in text.lower():
        told = "must be a file, not a meta tag, which TikTok does not read"
    elif re.match("https?:/", text, re.IGNORECASE):
        told = "must be a file of this machine, not a URL"
    elif text.startswith(shapes.PREFIX.decode()) or re.fullmatch("[A-Za-z0-9]{32}", text):
        told = "must be the file with the token, not the token itself"
    else:
        told = f"{file} is a folder, and not a file" if file.is_dir() else f"the file {file} does not exist"
        raise ConfigError(f"--signature: {told}")
    raise ConfigError(f"--signature: {told}", hint=shapes.NOT_SAVED)


def config_of(flags: Flags) -> Config:
    """The config of complete flags. Raises `ConfigError`, which names the flag."""
    files = flags.signature_files
    for name, count in Counter(file.name for file in files).items():
        if count > 1:
            raise ConfigError(f"--signature: {count} files are named {name}")
    if flags.is_domain and files:
        raise ConfigError(
            f"--signature: a DNS TXT record proves the domain {masked(flags.verified or '')}, not a file",
            hint="leave --signature out and give --txt-record, or verify a URL prefix and give that",
        )
    origin, sources = _origin(flags), {}
    if flags.in_place is not None:
        sources = in_place_source(flags.in_place, destination_of(flags.destination or "."))
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
    """Run `bootstrap` with these flags; then write a config of them, if `write_config` names a file."""
    from syncer.cli import written
    from syncer.cli.bootstrap import bootstrap
    from syncer.cli.console import print_lines

    if write_config:
        written.expect_room(write_config)
    config = config_of(flags)
    for name, given in {"--url": flags.url, "--property": flags.verified}.items():
        if given and closed(given) != given:
            print_lines(f"! {name}: read as {closed(given)}: a URL prefix ends with a slash", err=True)
    code = bootstrap(Mirror(config), wait, as_json=as_json, remember=False)
    if write_config:
        written.write_config(config, write_config)
        then = "sync" if config.sources else "doctor"
        file = masked(str(write_config))
        print_lines(f"✓ wrote {file}; next: syncer {then} -c {file}", err=True)
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
        # For a domain nothing is placed, so any folder will do.
        "destination": destination_of(flags.destination or "."),
    } | {name: value for name, value in given.items() if value is not None}


def closed(text: str) -> str:
    """The text; a URL prefix with a slash at its end."""
    is_prefix = "://" in text and not re.search("[?#]", text) and not find_copied(text)
    return f"{text}/" if is_prefix and not text.endswith("/") else text


def destination_of(text: str) -> dict[str, object]:
    """`FOLDER`, `sftp://user@host:port/root`, `ftps://user@host:port/root` or `s3://bucket/prefix` as the
    settings of a config.

    No error repeats a part that may be a secret.
    """
    scheme, is_url, rest = text.partition("://")
    if not is_url or not re.fullmatch("[A-Za-z0-9+.-]+", scheme):
        return _folder(text)
    netloc = rest.partition("/")[0]
    path = unquote(rest.removeprefix(netloc))
    if _has_password(rest, netloc):
        raise ConfigError(
            "--destination: do not write a password here",
            hint=f"use a key, a config file, or (for ftps://) the variable {FTPS_PASSWORD}",
        )
    if scheme.lower() == "sftp" and netloc and not path:
        raise ConfigError(
            "--destination: the folder of the server is missing",
            hint=f"write its path too: sftp://{netloc}/var/www/html",
        )
    if "?" in rest or "#" in rest:
        raise ConfigError("--destination: write ? as %3F and # as %23")
    match scheme.lower():
        case "sftp":
            return {"kind": "sftp", "root": path, **_host(netloc)}
        case "ftps":
            return {"kind": "ftps", "root": path, "password": f"env:{FTPS_PASSWORD}", **_host(netloc)}
        case "ftp":
            raise ConfigError(
                "--destination: ftp:// would send the password and the files without encryption",
                hint="write ftps://, which encrypts both",
            )
        case "s3" if "@" in netloc:
            raise ConfigError(
                "--destination: do not write an access key here", hint="use the environment, or a config file"
            )
        case "s3":
            return {"kind": "s3", "bucket": netloc, "prefix": path.removeprefix("/")}
        case scheme:
            raise ConfigError(
                f"--destination: {masked(scheme)}:// is not one of sftp://, ftps://, s3:// or a folder"
            )


def _folder(text: str) -> dict[str, object]:
    if ":" in text.partition("/")[0]:
        raise ConfigError(
            "--destination: neither a URL nor a folder",
            hint="write sftp://user@host/root, or ./ before a folder with a colon in its name",
        )
    first = re.match(r"(?:[^/@]+@)?([^/]*)", text)
    if first and _HOST.fullmatch(first[1]) and not Path(first[0]).exists():
        raise ConfigError(
            f"--destination: there is no folder {first[0]}, and it looks like the name of a host",
            hint=f"write sftp://user@{first[1]}/var/www/html, or ./{text} to make a folder of that name",
        )
    return {"kind": "local", "root": text}


_HOST = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]*\.?|(?:\d{1,3}\.){3}\d{1,3}")
"""A name with a dot inside, or an IPv4 address."""


def _has_password(rest: str, netloc: str) -> bool:
    """Even if a slash or an @ in the password hides it from `urlsplit`."""
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

"""Web server configurations that serve an origin: a table of kinds, one file per kind. Pure text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from syncer.errors import ConfigError
from syncer.origin.paths import PathTemplate, literally
from syncer.probe.media_types import HTML, MEDIA, TEXT
from syncer.settings.kinds import load_kind
from syncer.settings.terminal import visible
from syncer.urls.safe_names import is_media

KINDS = {
    "nginx": "syncer.origin.webservers.nginx:configure",
    "caddy": "syncer.origin.webservers.caddy:configure",
}

LASTING = "public, max-age=31536000, immutable"
"""For paths that contain a hash of their bytes."""
CHANGING = "no-cache"
"""For all other paths: caches revalidate each time, as the bytes of a URL may be replaced at any moment."""
ROBOTS_FILE = r"^/robots\.txt$"
"""The pattern of its whole path."""
ROBOTS = ("User-agent: *", "Disallow:")
"""Lines that allow every robot: some platforms read robots.txt before they pull."""


@dataclass(frozen=True, slots=True)
class Site:
    """One origin, in the terms of a web server. Plain data."""

    host: str
    """In its xn-- form."""
    root: str
    """The folder to serve, as an absolute path on the web server's machine."""
    port: int = 443
    path: str = "/"
    """The URL path of the folder: decoded, with a slash at either end."""
    lasting: tuple[str, ...] = ()
    """Regular expressions of whole paths below `path` that contain a hash of their bytes."""
    signatures: tuple[str, ...] = ()
    """Paths of signature files below `path`, decoded."""
    certificate: str | None = None
    key: str | None = None
    made_from: str = "config.yaml"
    """Name of the config file."""

    def __post_init__(self) -> None:
        """Raises `ConfigError` for values that no web server's configuration can contain."""
        for what, path in self.paths():
            if not PurePosixPath(path).is_absolute():
                raise ConfigError(f"the {what} {path!r} must be an absolute path on the web server's machine")
        for what, text in (*self.paths(), ("path of origin.url", self.path)):
            if not text.isprintable():
                raise ConfigError(f"the {what} {text!r} has control or other invisible characters")
        if self.host == "localhost" and self.certificate is None and self.path == "/":
            raise ConfigError(
                "nobody issues a certificate for localhost",
                hint="give --certificate and --key, or test with `syncer serve`",
            )

    @property
    def url(self) -> str:
        return f"{self.base}{quote(self.path)}"

    def whole(self, pattern: str) -> str:
        """A pattern of paths below `path` as a pattern of whole paths from the host's root."""
        return f"^{literally(self.path)}{pattern}$"

    @property
    def hidden(self) -> str:
        """Pattern of paths below `path` with a part that begins with a dot."""
        return rf"^{literally(self.path)}(.*/)?\."

    @property
    def texts(self) -> dict[str, str]:
        """Media types by patterns of whole paths, for all served files that are not media."""
        named = {self.whole(literally(path)): _text_type(path) for path in self.signatures}
        return {self.whole(SIGNATURE): TEXT, ROBOTS_FILE: TEXT} | named

    @property
    def slug(self) -> str:
        """For the name of a file: the host, and what of the path may stand in one."""
        return re.sub(r"[^a-z0-9.]+", "-", f"{self.host}{self.path}".lower()).strip("-")

    @property
    def base(self) -> str:
        """The URL of the host, without a path."""
        return f"https://{self.host}" + (f":{self.port}" if self.port != 443 else "")  # noqa: PLR2004 - as in weburl

    def paths(self) -> tuple[tuple[str, str], ...]:
        """The paths on the server's disk, with their names on the command line."""
        named = (("root", self.root), ("certificate", self.certificate), ("key", self.key))
        return tuple((what, path) for what, path in named if path is not None)

    def about(self) -> str:
        """Comments for the first lines: what the text is, and which config made it."""
        lines = [f"# {self.url} for syncer: made by `syncer origin` from {visible(self.made_from)}."]
        name = _unicode(self.host)
        lines += [f"# {self.host} is {name}."] if name else []
        lines.append(
            "# Run it again after a change of origin.url, the folder, a source's path or a signature file."
        )
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Printed:
    """A configuration, and how to install it."""

    text: str
    file: str
    """A path to save it at."""
    steps: tuple[str, ...]
    """What the user does, in this order: each is a command or a sentence."""


SIGNATURE = r"(.*/)?tiktok[A-Za-z0-9]{32}\.txt"
"""The usual names of signature files, so that a new one needs no new configuration."""


def by_type() -> dict[str, list[str]]:
    """Endings by media type: a web server takes the type from the name, not from the bytes."""
    types: dict[str, list[str]] = {}
    for ending, media_type in sorted(MEDIA.items(), key=lambda row: (row[1], row[0])):
        types.setdefault(media_type, []).append(ending)
    return types


def _text_type(path: str) -> str:
    return HTML if path.lower().endswith((".html", ".htm")) else TEXT


def configure(kind: str, site: Site) -> Printed:
    """Raises `ConfigError` if this web server's language can't express a value."""
    printed: Printed = load_kind(KINDS, kind)(site)
    return printed


def lasting(templates: Mapping[str, PathTemplate]) -> tuple[str, ...]:
    """Patterns of the paths whose bytes never change; `templates` by name of the source.

    A pattern is left out if a source without a hash may have such paths too: their bytes are replaced.
    """
    changing = [template.head(source) for source, template in templates.items() if not template.needs_bytes]

    def alone(head: str) -> bool:
        return not any(head.startswith(other) or other.startswith(head) for other in changing)

    return tuple(
        template.pattern(source) + _more(template)
        for source, template in templates.items()
        if template.needs_bytes and alone(template.head(source))
    )


def _more(template: PathTemplate) -> str:
    """The ending that syncer adds to a path if its template has none."""
    return "" if template.text.endswith("{ext}") or is_media(template.text) else r"(?:\.[^/.]+)?"


def refuse_characters(site: Site, server: str, on_disk: str, in_url: str = "") -> None:
    """Raises `ConfigError` if a path on disk or in the URL contains a character that this server acts on."""
    named = [(what, path, on_disk) for what, path in site.paths()]
    named += [("signature file", path, in_url) for path in site.signatures]
    for what, text, characters in (*named, ("path of origin.url", site.path, in_url)):
        found = next((char for char in text if char in characters), None)
        if found:
            raise ConfigError(
                f"the {what} {text!r} contains {found} and can't be written in a {server} configuration",
                hint="choose another name, or make a symlink with another name",
            )


def _unicode(host: str) -> str | None:
    """The name as people write it; `None` if it is the same."""
    try:
        name = host.encode("ascii").decode("idna")
    except UnicodeError:
        return None
    return name if name != host and name.isprintable() else None

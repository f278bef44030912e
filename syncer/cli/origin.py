"""`syncer origin`: a web server's configuration for this config."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option
from syncer.origin.webservers import KINDS

if TYPE_CHECKING:
    from syncer.config import Config
    from syncer.origin.paths import PathTemplate
    from syncer.origin.webservers import Site


@click.command("origin")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.option(
    "--certificate", help="The certificate with its chain. Default: certbot's file (nginx), or Caddy's own."
)
@click.option("--key", help="The certificate's private key.")
@click.option("--root", help="The destination's root on the web server, if its path differs there.")
@json_option
@config_option
def command(  # noqa: PLR0913 - one argument for each option
    kind: str,
    certificate: str | None,
    key: str | None,
    root: str | None,
    as_json: bool,  # noqa: FBT001 - click passes it
    config_file: Path,
) -> None:
    """Print a web server's configuration for this origin.

    It has the settings that platforms need. The configuration goes to stdout, and the steps to install it
    to stderr. Paths are those on the web server's machine.
    """
    from urllib.parse import urlsplit

    from syncer.cli.console import print_json, print_lines
    from syncer.config import load
    from syncer.origin.webservers import configure

    if (certificate is None) != (key is None):
        raise click.UsageError("--certificate and --key go together")
    config = load(config_file, secrets=False)
    if certificate and urlsplit(config.origin.url).path != "/":
        raise click.UsageError(
            f"{config.origin.url} is a path of a host, whose server block has a certificate already:"
            " leave out --certificate and --key"
        )
    printed = configure(kind, site(config, certificate=certificate, key=key, root=root))
    steps = [*_caution(config), *printed.steps, *_advice(config, root)]
    if as_json:
        print_json({"kind": kind, "file": printed.file, "text": printed.text, "steps": steps})
    else:
        click.echo(printed.text, nl=False, color=True)
    for number, step in enumerate(steps, 1):
        print_lines(f"{number}. {step}", err=True)


def site(config: Config, *, certificate: str | None, key: str | None, root: str | None) -> Site:
    """The config's origin for a web server. Raises `ConfigError` if no web server can serve it."""
    from urllib.parse import unquote, urlsplit

    from syncer.mirror import layout
    from syncer.origin.webservers import Site, lasting

    url = urlsplit(config.origin.url)
    return Site(
        host=url.hostname or "",
        port=url.port or 443,
        path=unquote(url.path),
        root=_root(config, root),
        signatures=tuple(layout.signature_paths(config)),
        lasting=lasting(_templates(config)),
        certificate=certificate,
        key=key,
        made_from=config.file.name,
    )


def _templates(config: Config) -> dict[str, PathTemplate]:
    """By the source's name. The bytes of a file in place may change under its URL."""
    from syncer.config.places import places
    from syncer.mirror import layout
    from syncer.origin.paths import PathTemplate

    copied = {name: each for name, each in layout.templates(config).items() if name in config.sources}
    return copied | {name: PathTemplate.below(place) for name, place in places(config).items()}


def _root(config: Config, given: str | None) -> str:
    from syncer.destinations.ftps import FtpsDestination
    from syncer.destinations.local import LocalDestination
    from syncer.destinations.sftp import SftpDestination
    from syncer.errors import ConfigError

    match config.origin.destination:
        case LocalDestination.Config(root=folder):
            return given or str(folder)
        case SftpDestination.Config(root=remote) as server:
            if not (given or remote.startswith("/")):
                raise ConfigError(
                    f"{config.file}: the destination's root {remote!r} is relative to a user's home on"
                    f" {server.host}, and syncer does not know where that is",
                    hint=f"give its absolute path there, such as --root /home/{server.user or 'me'}/{remote}",
                )
            return given or remote
        case FtpsDestination.Config(host=host):
            if not given:
                raise ConfigError(
                    f"{config.file}: syncer does not know where the FTP account's folder is on {host}",
                    hint="a hosting company configures its own web server; for your own server, give the"
                    " folder's path there, such as --root /var/www/media",
                )
            return given
        case other:
            raise ConfigError(
                f"{config.file}: a web server serves a folder, and origin's destination is {other.kind}",
                hint="connect a domain to the bucket at its provider or a CDN: see docs/origins.md",
            )


def _caution(config: Config) -> list[str]:
    """A web server with files in place usually serves a whole site beside the media."""
    from urllib.parse import urlsplit

    from syncer.config.places import places

    if not places(config):
        return []
    host = urlsplit(config.origin.url).hostname
    caution = (
        f"{host} serves files in place already, so change its web server only if `syncer check` asks for it:"
        " this configuration serves only media, and would replace a site there"
    )
    return [caution]


def _advice(config: Config, root: str | None) -> list[str]:
    advice = ["make sure that the web server's user may enter each folder above the root", "syncer bootstrap"]
    if config.origin.destination.kind == "sftp" and root is None:
        advice.insert(0, "if the SFTP server locks its users into a folder, run this again with --root")
    return advice

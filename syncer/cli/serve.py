"""`syncer serve`: a local destination over HTTPS, for trials before there is a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncer.config import Config
    from syncer.serving import LocalOrigin


@click.command("serve")
@click.option("--host", default="localhost", show_default=True, help="Name or address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of the port in origin.url.")
@click.option("--quiet", is_flag=True, help="Do not print a line for each request.")
@json_option
@config_option
def command(
    host: str,
    port: int | None,
    quiet: bool,  # noqa: FBT001 - click passes it
    as_json: bool,  # noqa: FBT001 - click passes it
    config_file: Path,
) -> None:
    """Serve a local destination over HTTPS with a private CA.

    Ctrl-C ends it. For trials only: no platform trusts a private CA or reaches your machine.
    """
    from syncer.cli.console import print_json
    from syncer.config import load

    config = load(config_file, secrets=False, serves=True)

    def log(line: str) -> None:
        if not quiet:
            click.echo(line, err=True)

    with local_origin(config, host=host, port=port, log=log).start() as running:
        click.echo(f"{config.origin.url} is served at {host}:{running.port}; Ctrl-C ends it", err=True)
        click.echo(f"trust it with: curl --cacert {running.ca} …", err=True)
        if config.origin.ca is None:
            click.echo(f"and for `syncer sync`, in the config: origin.ca: {running.ca}", err=True)
        if as_json:
            print_json({"url": config.origin.url, "host": host, "port": running.port, "ca": str(running.ca)})
        running.wait()


def local_origin(
    config: Config, *, host: str = "localhost", port: int | None = None, log: Callable[[str], None]
) -> LocalOrigin:
    """The origin of `origin.url`, on this machine."""
    from urllib.parse import urlsplit

    from syncer.config.soundness import SERVED_CA
    from syncer.destinations.local import LocalDestination
    from syncer.errors import ConfigError
    from syncer.mirror import layout
    from syncer.serving import LocalOrigin

    destination, url = config.origin.destination, urlsplit(config.origin.url)
    if not isinstance(destination, LocalDestination.Config):
        raise ConfigError(
            f"{config.file}: only a local destination can be served, and origin's is {destination.kind}",
            hint="its own web server serves it",
        )
    if url.path != "/":
        raise ConfigError(
            f"{config.file}: origin.url {config.origin.url} has a path, which `syncer serve` can't serve",
            hint=f"try it with https://{url.netloc}/",
        )
    try:
        destination.root.mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{config.file}: the folder {destination.root} can't be made: {error.strerror}", code="serve.root"
        ) from None
    target = urlsplit(f"//{config.origin.connect_to}" if config.origin.connect_to else f"//{url.netloc}")
    return LocalOrigin(
        destination.root,
        config.file.parent / SERVED_CA.parent,
        host=host,
        port=port or target.port or 443,
        names=(url.hostname or "localhost",),
        signatures=frozenset(layout.signature_paths(config)),
        log=log,
    )

"""`syncer urls`: the stable URLs, from the catalogue."""

from __future__ import annotations

import fnmatch
import sys
from contextlib import closing
from pathlib import Path

import click

from syncer.cli.options import config_option, json_option


@click.command("urls")
@click.argument("pattern", required=False)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["txt", "csv", "json", "jsonl"]),
    default="txt",
    show_default=True,
)
@json_option
@config_option
def command(pattern: str | None, format_: str, as_json: bool, config_file: Path) -> None:  # noqa: FBT001 - click passes it
    """Print the stable URLs of what is published.

    PATTERN is a glob on the asset's key or public path: '*.mp4', 'clips/2024*'.
    """
    from syncer.catalogue import open_catalogue
    from syncer.cli.parts import addresses, heading
    from syncer.config import load
    from syncer.manifest import FORMATS
    from syncer.model import Entry, State

    def wanted(entry: Entry) -> bool:
        names = (entry.key, entry.path or "")
        asked = pattern is None or any(fnmatch.fnmatchcase(name, pattern) for name in names)
        return asked and ours.serves(entry)

    config = load(config_file, secrets=False)
    ours = addresses(config, frozenset())
    with closing(open_catalogue(config.catalogue, read_only=True)) as catalogue:
        count = sum(map(wanted, catalogue.entries(State.PUBLISHED)))
        entries = filter(wanted, catalogue.entries(State.PUBLISHED))
        for chunk in FORMATS["json" if as_json else format_].chunks(entries, heading(config, count)):
            # `color`: click would take out of a name what looks like a colour.
            click.echo(_harmless(chunk) if _on_terminal() else chunk, nl=False, color=True)


def _on_terminal() -> bool:
    return bool(sys.stdout and sys.stdout.isatty())  # there is none after `>&-`


def _harmless(chunk: str) -> str:
    """CSV can't spell out what a terminal would act on; a file gets it as it is."""
    from syncer.cli.console import visible

    return "\n".join(map(visible, chunk.replace("\r\n", "\n").split("\n")))

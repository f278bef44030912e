"""`syncer urls`: the stable URLs, from the catalogue."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, from_stdin, json_option
from syncer.errors import Exit
from syncer.mirror import Mirror

if TYPE_CHECKING:
    from syncer.model import Entry


@click.command("urls")
@click.argument("pattern", required=False)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["txt", "csv", "json", "jsonl"]),
    default="txt",
    show_default=True,
)
@click.option(
    "--source-url",
    metavar="URL",
    help="The stable URL of this link's file; - reads one link per line, and prints one line for each.",
)
@json_option
@config_option
def command(
    pattern: str | None,
    format_: str,
    source_url: str | None,
    as_json: bool,  # noqa: FBT001 - click passes it
    config_file: Path,
) -> int:
    """Print the stable URLs of the published files.

    PATTERN is a glob on the asset's key or public path: '*.mp4', 'clips/2024*'.
    """
    if source_url is not None:
        if pattern is not None:
            raise click.UsageError("use either PATTERN or --source-url, not both")
        return _of_links(source_url, config_file, as_json=as_json)
    _of_pattern(pattern, "json" if as_json else format_, config_file)
    return Exit.OK


def _of_pattern(pattern: str | None, format_: str, config_file: Path) -> None:
    with Mirror.load(config_file, secrets=False) as mirror:
        for chunk in mirror.manifest(pattern, format_):
            # `color`: otherwise click removes parts of names that look like colours.
            click.echo(_harmless(chunk) if _on_terminal() else chunk, nl=False, color=True)


def _of_links(source_url: str, config_file: Path, *, as_json: bool) -> int:
    """Print an empty line for a link without a URL, so that output lines match input lines."""
    from syncer.cli.console import print_lines
    from syncer.urls.links import shown_url

    unknown = 0
    with Mirror.load(config_file, secrets=False) as mirror:
        for found in mirror.links(_lines() if source_url == "-" else (source_url,)):
            link, entry = found.name, found.entry
            if as_json:
                known = (entry.source, entry.key, entry.state.value) if entry else (None, None, None)
                answer = dict(zip(("source", "key", "state"), known, strict=True))
                click.echo(json.dumps({"link": shown_url(link), "url": found.url} | answer))
            else:
                click.echo(found.url or "")
            if found.url is None:
                unknown += 1
                print_lines(f"syncer: {shown_url(link)} {_why(entry)}", err=True)
    return Exit.FAILED if unknown else Exit.OK


def _lines() -> Iterator[str]:
    """As they come, with a flush after each: the caller may wait for each answer."""
    for line in from_stdin():
        yield line.strip()
        sys.stdout.flush()


def _why(entry: Entry | None) -> str:
    if entry is None:
        return "is unknown; copy it with `syncer migrate` or a source of kind links"
    trouble = entry.error.message if entry.error else entry.findings[0].message if entry.findings else ""
    return f"has no stable URL: it is {entry.state.value}{f', {trouble}' if trouble else ''}"


def _on_terminal() -> bool:
    return bool(sys.stdout and sys.stdout.isatty())  # there is none after `>&-`


def _harmless(chunk: str) -> str:
    """CSV has no escapes for control characters; a file gets them as they are."""
    from syncer.settings.terminal import visible

    return "\n".join(map(visible, chunk.replace("\r\n", "\n").split("\n")))

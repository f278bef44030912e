"""`syncer urls`: the stable URLs, from the catalogue."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option
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
    help="The stable URL of what this link leads to; - reads a link a line and answers with a line for each.",
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
    """Print the stable URLs of what is published.

    PATTERN is a glob on the asset's key or public path: '*.mp4', 'clips/2024*'.
    """
    if source_url is not None:
        if pattern is not None:
            raise click.UsageError("PATTERN and --source-url are two questions: ask one at a time.")
        return _of_links(source_url, config_file, as_json=as_json)
    _of_pattern(pattern, "json" if as_json else format_, config_file)
    return Exit.OK


def _of_pattern(pattern: str | None, format_: str, config_file: Path) -> None:
    with Mirror.load(config_file, secrets=False) as mirror:
        for chunk in mirror.manifest(pattern, format_):
            # `color`: click would take out of a name what looks like a colour.
            click.echo(_harmless(chunk) if _on_terminal() else chunk, nl=False, color=True)


def _of_links(source_url: str, config_file: Path, *, as_json: bool) -> int:
    """A link that has none is answered with an empty line, so that lines stay beside lines."""
    from syncer.cli.console import visible
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
                click.echo(visible(f"syncer: {shown_url(link)} {_why(entry)}"), err=True)
    return Exit.FAILED if unknown else Exit.OK


def _lines() -> Iterator[str]:
    """As they come: whoever pipes them may wait for each answer."""
    for line in sys.stdin:
        yield line.strip()
        sys.stdout.flush()


def _why(entry: Entry | None) -> str:
    if entry is None:
        return "is not known here; `syncer migrate` or a source of kind links copies it"
    trouble = entry.error.message if entry.error else entry.findings[0].message if entry.findings else ""
    return f"has no stable URL: it is {entry.state.value}{f', {trouble}' if trouble else ''}"


def _on_terminal() -> bool:
    return bool(sys.stdout and sys.stdout.isatty())  # there is none after `>&-`


def _harmless(chunk: str) -> str:
    """CSV can't spell out what a terminal would act on; a file gets it as it is."""
    from syncer.cli.console import visible

    return "\n".join(map(visible, chunk.replace("\r\n", "\n").split("\n")))

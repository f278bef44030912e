"""`syncer plan`: what `sync` would do, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option
from syncer.exits import Exit

if TYPE_CHECKING:
    from datetime import datetime

    from syncer.errors import SyncerError
    from syncer.survey import Survey

Line = dict[str, object]


@click.command("plan")
@click.option("--all", "everything", is_flag=True, help="List what would stay as it is, too.")
@json_option
@config_option
def command(everything: bool, as_json: bool, config_file: Path) -> int:  # noqa: FBT001 - click passes it
    """Say what `sync` would do, and why. Nothing is changed, no media is read."""
    from syncer.cli import parts
    from syncer.cli.console import print_json
    from syncer.config import load

    config = load(config_file)
    counts: Counter[str] = Counter()
    with parts.surveyed(config) as survey:
        before = None if config.delete is None else survey.terms.now - config.delete
        lines = _counted(_lines(survey, before), counts)
        if as_json:
            # The counts and errors are known when the last line was read.
            steps = [line for line in lines if everything or line["action"] != "keep"]
            print_json(
                {"steps": steps, "counts": counts, "errors": [_told(error) for error in survey.errors]}
            )
        else:
            for line in lines:
                if everything or line["action"] != "keep":
                    click.echo(_text(line))
            click.echo(", ".join(f"{count} to {word}" for word, count in counts.items()) or "nothing to do")
        for error in survey.errors:
            click.echo(f"syncer: {error}", err=True)
    if survey.errors:
        return Exit.ERROR
    return Exit.FAILED if counts["refuse"] else Exit.OK


def _lines(survey: Survey, before: datetime | None) -> Iterator[Line]:
    from syncer.cli.console import subject
    from syncer.model import Copy, Keep, Recheck

    for action, failed in survey.steps():
        source, key = subject(action)
        line: Line = {"action": "keep", "source": source, "key": key}
        match action:
            case _ if failed:
                yield line | {"action": "refuse", "reason": failed.message, "hint": failed.hint}
            case Copy():
                url = None if action.path is None else survey.addresses.url(action.path)
                yield line | {
                    "action": "copy",
                    "reason": action.reason,
                    "url": url,
                    "size": action.asset.size,
                }
            case Recheck(entry, reason):
                yield line | {"action": "recheck", "reason": reason, "url": entry.url}
            case Keep(entry):
                yield line | {"reason": entry.state.value, "url": entry.url}
    if before is not None:
        for doomed in survey.doomed(before):
            line = {"action": "delete", "source": doomed.source, "key": doomed.key, "reason": doomed.reason}
            yield line | {"url": survey.addresses.url(doomed.path)}


def _counted(lines: Iterator[Line], counts: Counter[str]) -> Iterator[Line]:
    for line in lines:
        counts[str(line["action"])] += 1
        yield line


def _text(line: Line) -> str:
    from syncer.cli.console import visible

    what = visible(f"{line['action']:<7} {line['source']}:{line['key']}  ({line['reason']})")
    return f"{what}  {line['url']}" if line.get("url") else what


def _told(error: SyncerError) -> dict[str, object]:
    return {"code": error.code, "message": error.message, "hint": error.hint}

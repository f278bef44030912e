"""`syncer plan`: what `sync` would do, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option
from syncer.exits import Exit

if TYPE_CHECKING:
    from syncer.errors import SyncerError
    from syncer.plan import DeleteLimit
    from syncer.survey import Survey

Line = dict[str, object]


@click.command("plan")
@click.option("--all", "everything", is_flag=True, help="List what would stay as it is, too.")
@json_option
@config_option
def command(everything: bool, as_json: bool, config_file: Path) -> int:  # noqa: FBT001 - click passes it
    """Say what `sync` would do, and why. Nothing is changed, no media is read."""
    from syncer.cli import parts
    from syncer.cli.console import complain, show_findings, stream_json
    from syncer.config import load

    config = load(config_file)
    counts: Counter[str] = Counter()
    errors: list[SyncerError] = []

    def end() -> Line:
        """Known when the last line was read."""
        errors.extend([*survey.errors, *_over_limit(survey, parts.delete_limit(config))])
        return {
            "counts": counts,
            "errors": [_told(error) for error in errors],
            "findings": [asdict(finding) for finding in survey.remarks],
        }

    with parts.surveyed(config, alone=False) as survey:
        lines = _counted(_lines(survey), counts)
        shown = (line for line in lines if everything or line["action"] != "keep")
        if as_json:
            stream_json({}, "steps", shown, end)
        else:
            for line in shown:
                click.echo(_text(line))
            end()
            nothing = "nothing planned" if errors else "nothing to do"
            click.echo(", ".join(f"{count} to {word}" for word, count in counts.items()) or nothing)
            show_findings(survey.remarks)
    for error in errors:
        complain(error)
    if errors:
        return Exit.ERROR
    return Exit.FAILED if counts["refuse"] else Exit.OK


def _over_limit(survey: Survey, limit: DeleteLimit) -> Iterator[SyncerError]:
    """As `sync` would refuse it."""
    from syncer.errors import UnsafePlan

    try:
        survey.check_deletes(limit)
    except UnsafePlan as error:
        yield error


def _lines(survey: Survey) -> Iterator[Line]:
    from syncer.cli.console import subject
    from syncer.model import Copy, Identify, Keep, Leave, Recheck, Refuse

    for action, failed in survey.steps():
        source, key = subject(action)
        line: Line = {"action": "keep", "source": source, "key": key}
        match action:
            case _ if failed:
                yield line | {"action": "refuse", "reason": failed.message, "hint": failed.hint}
            case Copy():
                url = None if action.path is None else survey.addresses.url(action.path)
                yield line | {
                    "action": "publish" if action.asset.in_place else "copy",
                    "reason": f"{action.reason}, in place" if action.asset.in_place else action.reason,
                    "url": url,
                    "size": action.asset.size,
                }
            case Identify(known=known):
                reason = (
                    "its name has no ending of media" if action.asset.version else "its version is not listed"
                )
                yield line | {"action": "look", "reason": reason, "url": known and known.url}
            case Recheck(entry, reason):
                yield line | {"action": "recheck", "reason": reason, "url": entry.url}
            case Refuse(entry, findings):
                yield line | {"action": "reject", "reason": findings[0].message, "url": entry.url}
            case Leave():
                yield line | {"reason": "unpublished", "url": None}
            case Keep(entry):
                yield line | {"reason": entry.state.value, "url": entry.url}
    for doomed in chain(survey.left_behind(), survey.doomed()):
        line = {"action": "delete", "source": doomed.source, "key": doomed.key, "reason": doomed.reason}
        yield line | {"url": survey.addresses.url(doomed.path)}


def _counted(lines: Iterator[Line], counts: Counter[str]) -> Iterator[Line]:
    for line in lines:
        counts[str(line["action"])] += 1
        yield line


def _text(line: Line) -> str:
    from syncer.cli.console import visible

    what = f"{line['action']:<7} {line['source']}:{line['key']}  ({line['reason']})"
    return visible(f"{what}  {line['url']}" if line.get("url") else what)


def _told(error: SyncerError) -> dict[str, object]:
    return {"code": error.code, "message": error.message, "hint": error.hint}

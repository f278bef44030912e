"""`syncer plan`: what `sync` would do, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option
from syncer.errors import Exit

if TYPE_CHECKING:
    from syncer.errors import SyncerError
    from syncer.model import Action, Failed
    from syncer.sync.scan import Survey

Line = dict[str, object]


@click.command("plan")
@click.option("--all", "everything", is_flag=True, help="List what would stay as it is, too.")
@json_option
@config_option
def command(everything: bool, as_json: bool, config_file: Path) -> int:  # noqa: FBT001 - click passes it
    """Say what `sync` would do, and why. It changes nothing, and reads no media."""
    from syncer.cli.console import complain, show_findings, stream_json
    from syncer.config import load
    from syncer.mirror import run

    config = load(config_file)
    counts: Counter[str] = Counter()
    errors: list[SyncerError] = []

    def end() -> Line:
        """Known when the last line was read."""
        errors.extend(survey.errors)
        return {
            "counts": counts,
            "errors": [_told(error) for error in errors],
            "findings": [asdict(finding) for finding in survey.remarks],
        }

    with run.surveyed(config, alone=False) as survey:
        lines = _counted(_lines(survey), counts)
        shown = (line for line in lines if everything or line["action"] != "keep")
        if as_json:
            stream_json({}, "steps", shown, end)
        else:
            for line in shown:
                click.echo(_text(line))
            end()
            nothing = "nothing planned" if errors else "nothing to do"
            click.echo(
                ", ".join(f"{count} to {_WORDS.get(word, word)}" for word, count in counts.items()) or nothing
            )
            show_findings(survey.remarks)
    for error in errors:
        complain(error)
    if errors:
        return Exit.ERROR
    return Exit.FAILED if counts["refuse"] else Exit.OK


def _lines(survey: Survey) -> Iterator[Line]:
    from syncer.cli.console import subject
    from syncer.sync import rehearsal

    for action, failed in rehearsal.steps(survey):
        source, key = subject(action)
        said = _hindered(survey, action, failed) if failed else _planned(survey, action)
        yield {"action": "keep", "source": source, "key": key} | said


def _hindered(survey: Survey, action: Action, failed: Failed) -> Line:
    from syncer.model import Delete

    if isinstance(action, Delete):
        return {"action": "hold", "reason": failed.message, "url": survey.addresses.url(action.path)}
    return {"action": "refuse", "reason": failed.message, "hint": failed.hint}


def _planned(survey: Survey, action: Action) -> Line:  # noqa: PLR0911 - one return for each kind of action
    from syncer.model import Copy, Delete, Forget, Identify, Keep, Recheck, Refuse

    match action:
        case Copy(asset, path, reason):
            url = None if path is None else survey.addresses.url(path)
            did = {"action": "copy", "reason": reason}
            if asset.in_place:
                did = {"action": "publish", "reason": f"{reason}, in place"}
            return did | {"url": url, "size": asset.size}
        case Identify(asset, known):
            reason = "its name has no ending of media" if asset.version else "its version is not listed"
            return {"action": "look", "reason": reason, "url": known and known.url}
        case Recheck(entry, reason):
            return {"action": "recheck", "reason": reason, "url": entry.url}
        case Refuse(entry, findings):
            return {"action": "reject", "reason": findings[0].message, "url": entry.url}
        case Forget(entry, reason):
            return {"action": "unlist", "reason": reason, "url": entry.url}
        case Delete(path=path, reason=reason):
            return {"action": "delete", "reason": reason, "url": survey.addresses.url(path)}
        case Keep(entry):
            return {"reason": entry.state.value, "url": entry.url}
        case _:
            return {"reason": "unpublished", "url": None}


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


_WORDS = {"hold": "hold back"}
"""How an action is called where it is counted, if not by its own word."""

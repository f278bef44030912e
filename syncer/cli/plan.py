"""`syncer plan`: what `sync` would do, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option
from syncer.errors import Exit
from syncer.mirror import Mirror

if TYPE_CHECKING:
    from syncer.errors import SyncerError
    from syncer.sync.planned import Planned

Line = dict[str, object]


@click.command("plan")
@click.option("--all", "everything", is_flag=True, help="Also list what would stay as it is.")
@json_option
@config_option
def command(everything: bool, as_json: bool, config_file: Path) -> int:  # noqa: FBT001 - click passes it
    """Say what `sync` would do, and why. It changes nothing, and reads no media."""
    from syncer.cli.console import complain, show_findings, stream_json

    counts: Counter[str] = Counter()
    with Mirror.load(config_file).plan() as plan:

        def end() -> Line:
            """Complete after the last step was read."""
            return {
                "counts": counts,
                "errors": [_told(error) for error in plan.errors],
                "findings": [asdict(finding) for finding in plan.findings],
            }

        shown = _counted(plan, counts, everything=everything)
        if as_json:
            stream_json({}, "steps", map(_line, shown), end)
        else:
            for step in shown:
                click.echo(_text(step))
            nothing = "nothing planned" if plan.errors else "nothing to do"
            click.echo(
                ", ".join(f"{count} to {_WORDS.get(word, word)}" for word, count in counts.items()) or nothing
            )
            show_findings(plan.findings)
    for error in plan.errors:
        complain(error)
    if plan.errors:
        return Exit.ERROR
    return Exit.FAILED if counts["refuse"] else Exit.OK


def _counted(steps: Iterable[Planned], counts: Counter[str], *, everything: bool) -> Iterator[Planned]:
    for step in steps:
        counts[step.action] += 1
        if everything or step.action != "keep":
            yield step


def _line(step: Planned) -> Line:
    line: Line = {"action": step.action, "source": step.source, "key": step.key, "reason": step.reason}
    if step.action == "refuse":
        return line | {"hint": step.hint}
    line["url"] = step.url
    return line | {"size": step.size} if step.action in ("copy", "publish") else line


def _text(step: Planned) -> str:

    from syncer.settings.terminal import visible

    what = f"{step.action:<7} {step.source}:{step.key}  ({step.reason})"
    return visible(f"{what}  {step.url}" if step.url else what)


def _told(error: SyncerError) -> dict[str, object]:
    return {"code": error.code, "message": error.message, "hint": error.hint}


_WORDS = {"hold": "hold back"}
"""The words for the counts of actions, where they differ from the action's name."""

"""`syncer migrate`: replaces the links in a document by stable URLs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from syncer.cli.options import (
    LocalPath,
    config_option,
    from_stdin,
    json_option,
    log_option,
    take_over_option,
)
from syncer.errors import Exit
from syncer.mirror import Mirror
from syncer.pipes import inherited

STDIN = Path("-")

_FILE = LocalPath(path_type=Path, dir_okay=False)


@click.command("migrate")
@click.argument("file", type=_FILE)
@click.option("-o", "--output", type=_FILE, help="The output file. Default: NAME.migrated.EXT beside FILE.")
@click.option("--map", "map_file", type=_FILE, help="Write each link and its result to this CSV file.")
@click.option("--column", help="Only links of this column (CSV) or key (JSON); other text is read as CSV.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "tsv", "json", "jsonl", "sql", "text"]),
    help="The format of FILE, if its name does not say it.",
)
@click.option("--plan", is_flag=True, help="Only count the links: no network access, nothing is written.")
@take_over_option
@log_option
@json_option
@config_option
def command(  # noqa: PLR0913 - click passes one argument for each option
    file: Path,
    output: Path | None,
    map_file: Path | None,
    column: str | None,
    format_: str | None,
    plan: bool,  # noqa: FBT001 - click passes it
    take_over: bool,  # noqa: FBT001 - click passes it
    log_format: str | None,
    as_json: bool,  # noqa: FBT001 - click passes it
    config_file: Path,
) -> int:
    """Replace the links to unverified storage in FILE by stable URLs.

    Missing files are copied first. A link that can't be replaced stays as it is and is listed with the
    reason. Run it again to do only the rest. FILE is CSV, JSON, JSON lines, an SQL dump or any text; - is
    standard input.
    """
    from syncer.cli import migrated
    from syncer.cli.voice import progress
    from syncer.migrate.files import Output, write_map
    from syncer.mirror.outputs import expect_free, output_note

    mirror, document = Mirror.load(config_file), from_stdin().buffer if file == STDIN else file
    default = migrated.migrated_file(file)
    target = migrated.STDOUT if output and inherited(output) == 1 else output or default
    if not plan:
        expect_free(
            mirror.config,
            None if file == STDIN else file,
            None if target == migrated.STDOUT else target,
            map_file,
            named=output is not None,
        )
    with mirror.migration(document, file.name, format_, column) as job:
        if plan:
            migrated.show_plan(job.links, job.plan(), as_json=as_json)
            return Exit.OK
        out = None
        if target != migrated.STDOUT:
            note = output_note(mirror.config, target) if target == default else None
            out = Output(target, note=note, named=output is not None)
        map_out = Output(map_file) if map_file else None
        with progress(log_format, lambda: mirror.passed) as voice:
            job.copy(voice, voice.complain, take_over=take_over)
        for error in job.synced.errors if job.synced else ():
            voice.complain(error)
        if job.interrupted:
            voice.note("interrupted, and nothing was written; run it again to continue")
            return Exit.INTERRUPTED
        job.write(out or sys.stdout.buffer)
    if map_out:
        write_map(map_out, job.rows)
    result = migrated.Result(job.rows, job.others, job.example, target, map_file)
    if log_format == "json" and not as_json:
        migrated.log_migrated(result)
    else:
        migrated.show_migrated(result, as_json=as_json)
    return job.exit

"""Options that several commands share."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from syncer.config.deletes import DeleteLimit

config_option = click.option(
    "-c",
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default="config.yaml",
    envvar="SYNCER_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The config file.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
take_over_option = click.option(
    "--take-over",
    is_flag=True,
    help="Publish at this destination although it belongs to another catalogue (on another machine?).",
)
log_option = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    help="Print one line per event, as text or as JSON, instead of a progress bar.",
)


class DurationType(click.ParamType[Any]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        from syncer.settings.quantities import duration

        try:
            return duration(value)
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


class DeleteLimitType(click.ParamType[Any]):
    """A share of the published files, or a number of files."""

    name = "share or number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> DeleteLimit:
        from syncer.config.deletes import one_limit

        try:
            return one_limit(value)
        except ValueError:
            said = "must be a share from 0% to 100%, such as 10%, or a number of files, such as 5"
            self.fail(f"{value!r} {said}", param, ctx)

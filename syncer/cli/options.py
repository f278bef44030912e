"""Options that several commands share."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

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


class LocalPath(click.Path):
    """A file or folder of this machine: a URL would become a folder with its password in the name."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from syncer.settings.masked import has_login

        text = os.fsdecode(value)
        if "://" in text or has_login(text):
            what = "folder" if not self.file_okay else "file"
            self.fail(f"must be a {what} of this machine, not a URL or a login", param, ctx)
        return super().convert(value, param, ctx)


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


def from_stdin() -> TextIO:
    """Standard input. Raises `ConfigError` if the process began without it."""
    from syncer.errors import ConfigError
    from syncer.pipes import standard_input

    try:
        return standard_input()
    except OSError as error:
        raise ConfigError(
            f"standard input can't be read: {error.strerror}",
            code="config.document",
            hint="pipe the text into the command",
        ) from None

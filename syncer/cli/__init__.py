"""The commands: one file each, imported only when the command is called."""

from __future__ import annotations

import io
import os
import re
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from syncer import __version__, process
from syncer.errors import ConfigError, Exit, Locked, OwnershipError, SyncerError

COMMANDS = (
    "demo",
    "bootstrap",
    "plan",
    "sync",
    "urls",
    "unpublish",
    "check",
    "migrate",
    "push",
    "status",
    "doctor",
    "serve",
    "origin",
    "tidy",
    "catalogue",
    "config",
)

EXIT_CODES = """\b
Exit codes:
  0  all well                     4  some were rejected by the checks
  1  error                        5  ownership not proven
  2  usage or config              6  another run holds the lock
  3  some assets failed         130  interrupted
"""


class _Commands(click.Group):
    """Each command has the name of its file; the order is that of `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 - click passes it
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"syncer.cli.{name}").command
        return command


@click.command(cls=_Commands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="syncer")
def cli() -> None:
    """Mirror media to a verified HTTPS origin of your own, and get stable URLs that TikTok accepts."""


def main(arguments: list[str] | None = None) -> NoReturn:
    process.ensure_utf8()
    process.listen()
    answer = _ready_to_talk()
    code = run(arguments)
    if answer and answer.lost:
        click.echo(f"syncer: the output is not complete: {answer.lost}", err=True)
        code = code or Exit.ERROR
    sys.exit(code)


class _Patient(io.FileIO):
    """A file that ignores failed writes: `sync | head -1` must not stop the run or change its exit code."""

    lost: str | None = None
    """Why output is missing; `None` if the reader only closed its end."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            return len(data)
        except OSError as error:
            self.lost = error.strerror
            return len(data)


def _ready_to_talk() -> _Patient | None:
    """Replace stdout and stderr by patient ones. Returns stdout's file, `None` if it is closed (`>&-`).

    They escape characters that the terminal's encoding lacks.
    """
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = _wrapped(_Patient(sys.stderr.fileno(), "w", closefd=False), sys.stderr)
    if not isinstance(sys.stdout, io.TextIOWrapper):
        return None
    answer = _Patient(sys.stdout.fileno(), "w", closefd=False)
    sys.stdout = _wrapped(answer, sys.stdout)
    return answer


def _wrapped(file: _Patient, like: io.TextIOWrapper) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(file), like.encoding, errors="backslashreplace", line_buffering=like.line_buffering
    )


def run(arguments: list[str] | None = None) -> int:
    """The exit code. Each error is printed before, in one sentence."""
    with process.heard():
        return _run(arguments)


def _run(arguments: list[str] | None) -> int:
    try:
        return int(cli.main(args=arguments, prog_name="syncer", standalone_mode=False) or Exit.OK)
    except click.ClickException as error:
        error.message = _unsaid(error.message, arguments)  # type: ignore[misc] # click shows no other
        error.show()
        return Exit.USAGE
    except SyncerError as error:
        from syncer.cli.console import complain

        error.message = _unsaid(error.message, arguments)
        error.hint = error.hint and _unsaid(error.hint, arguments)
        complain(error)
        return _exit_of(error)
    except (KeyboardInterrupt, click.Abort):
        click.echo("syncer: interrupted", err=True)
        return Exit.INTERRUPTED
    except Exception as error:
        if os.environ.get("SYNCER_DEBUG"):
            raise
        if isinstance(error, FileNotFoundError) and _is_nowhere():
            what = "the current folder was deleted: go to another one, or give absolute paths"
            click.echo(f"syncer: {what}", err=True)
            return Exit.USAGE
        what = f"unexpected {type(error).__name__}; this is a bug in syncer: please report it"
        click.echo(f"syncer: {what}, with the output of SYNCER_DEBUG=1", err=True)
        return Exit.ERROR


def _unsaid(message: str, arguments: list[str] | None) -> str:
    """The message without what may be secret in an argument. Names of existing files are not secret."""
    from syncer.settings.masked import without

    for argument in sys.argv[1:] if arguments is None else arguments:
        value = re.sub(r"^--?[a-z-]+=", "", argument)
        if not os.path.lexists(value):
            message = without(message, value, url=True)
    return message


def _is_nowhere() -> bool:
    from syncer.settings.fields import is_nowhere

    return is_nowhere()


def _exit_of(error: SyncerError) -> Exit:
    match error:
        case ConfigError():
            return Exit.USAGE
        case OwnershipError():
            return Exit.UNPROVEN
        case Locked():
            return Exit.LOCKED
        case _:
            return Exit.ERROR

"""`syncer bootstrap`: proves that the origin is the user's, as far as a program can."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from syncer.cli.options import LocalPath, config_option, json_option, take_over_option
from syncer.errors import Exit
from syncer.mirror import Mirror

if TYPE_CHECKING:
    from syncer.origin.ownership.bootstrap import PlacedFile, SoughtRecord


@click.command("bootstrap")
@click.option(
    "--wait",
    default=0.0,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long to wait until the proof is served.",
)
@click.option("--url", help="Without a config: the origin's URL, and the property unless you give that too.")
@click.option("--property", "verified", help="Without a config: what you verify, a URL prefix or a domain.")
@click.option(
    "--destination",
    help="Without a config: a folder, sftp://user@host/root, ftps://user@host/root or s3://bucket/prefix.",
)
@click.option(
    "--signature",
    "signature_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Without a config: the signature file. You may repeat this option.",
)
@click.option(
    "--in-place",
    metavar="FOLDER",
    help="With --write-config: your files are in this folder of the destination already, and stay there.",
)
@click.option("--txt-record", help="Without a config: for a domain, the TXT record from the portal.")
@click.option(
    "--ca",
    type=LocalPath(path_type=Path, dir_okay=False, exists=True),
    help="Without a config: a CA file to trust too, for a test origin.",
)
@click.option("--connect-to", metavar="HOST:PORT", help="Without a config: connect there instead.")
@click.option("--dns", metavar="ADDRESS:PORT", help="Without a config: the DNS server to use.")
@click.option(
    "--write-config",
    type=LocalPath(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Without a config: write one from these options. It never overwrites a file.",
)
@take_over_option
@json_option
@config_option
def command(  # noqa: PLR0913 - one for each option
    wait: float,
    url: str | None,
    verified: str | None,
    destination: str | None,
    signature_files: tuple[Path, ...],
    in_place: str | None,
    txt_record: str | None,
    ca: Path | None,
    connect_to: str | None,
    dns: str | None,
    write_config: Path | None,
    take_over: bool,  # noqa: FBT001 - click passes it
    as_json: bool,  # noqa: FBT001 - click passes it
    config_file: Path,
) -> int:
    """Place the signature files, and check that they are served.

    For a domain, it checks the TXT record instead. Then it says what to click in the portal.
    """
    from syncer.cli.adhoc import Flags, bootstrap_once, refuse_misread

    flags = Flags(url, verified, destination, signature_files, txt_record, ca, connect_to, dns, in_place)
    if flags == Flags() and write_config is None:
        return bootstrap(Mirror.load(config_file), wait, as_json=as_json, take_over=take_over)
    if in_place is not None and not in_place.strip():
        raise click.UsageError(
            "--in-place is empty: name the folder below the destination's root, such as storage/uploads; for"
            " the whole root, name the root itself"
        )
    if in_place is not None and write_config is None:
        raise click.UsageError("--in-place is a setting of the config that --write-config writes: use both")
    refuse_misread(flags)
    if missing := flags.missing + (["--destination"] if write_config and not destination else []):
        raise click.UsageError(f"without a config, {' and '.join(dict.fromkeys(missing))} must be given too")
    return bootstrap_once(flags, wait, write_config, as_json=as_json)


def bootstrap(  # noqa: PLR0913 - one for each way to call it
    mirror: Mirror,
    wait: float,
    *,
    as_json: bool,
    remember: bool = True,
    by_hand: bool = True,
    take_over: bool = False,
) -> int:
    """Do it, and print the result. `remember` keeps the proofs in the catalogue; `by_hand` prints the steps
    that are left for a person.
    """
    from syncer.cli.console import print_json, print_lines

    done = mirror.bootstrap(
        wait, lambda note: print_lines(str(note), err=True), remember=remember, take_over=take_over
    )
    if as_json:
        files, records = map(_file, done.files), map(_record, done.records)
        hidden = done.hidden and {
            "code": done.hidden.code,
            "message": done.hidden.message,
            "hint": done.hidden.hint,
        }
        print_json({"files": [*files], "records": [*records], "steps": done.steps, "hidden": hidden})
    elif by_hand and done.trial and done.proven:
        list_trial_steps(mirror.config.origin.url)
    elif done.records or (by_hand and done.proven):
        list_steps("Now do this in your browser:", done.steps)
    return Exit.OK if done.proven else Exit.UNPROVEN


def _record(record: SoughtRecord) -> dict[str, object]:
    trouble = record.trouble
    return {
        "name": record.name,
        "type": "TXT",
        "value": record.value,
        "state": record.state,
        "found": record.found,
        "code": trouble and trouble.code,
        "message": record.message,
        "hint": trouble and trouble.hint,
        "warnings": record.warnings,
    }


def _file(file: PlacedFile) -> dict[str, object]:
    trouble = file.trouble
    return {
        "file": file.name,
        "path": file.path,
        "url": file.url,
        "served": file.served,
        "code": trouble and trouble.code,
        "message": trouble and trouble.message,
        "hint": trouble and trouble.hint,
        "warnings": file.warnings,
    }


EXAMPLE = "https://media.example.com/"
STEPS = (
    "at developers.tiktok.com, open the app (Production and Sandbox differ) and its URL properties",
    f"add a property of the type URL prefix, exactly {EXAMPLE}, and download its signature file",
    "name that file in origin.signature_files and run syncer bootstrap, which places it as above",
    "click Verify, and leave the file in place for ever",
)
"""Like `SignatureFile.steps`, for a user who has no file from the portal yet."""


def list_trial_steps(url: str) -> None:
    """The next steps, for a host that the platform can reach."""
    host = urlsplit(url).hostname
    list_steps(f"TikTok can't see {host}. With a host of your own, say {EXAMPLE}, you would:", STEPS)


def list_steps(title: str, steps: Iterable[str]) -> None:
    from syncer.cli.console import print_lines

    click.echo(title)
    for number, step in enumerate(steps, start=1):
        print_lines(f"  {number}. {step}")

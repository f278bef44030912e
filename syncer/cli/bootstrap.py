"""`syncer bootstrap`: proves that the origin is ours, as far as a program can."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option
from syncer.exits import Exit

if TYPE_CHECKING:
    from syncer.config import Config
    from syncer.errors import OwnershipError
    from syncer.ownership.file import SignatureFile
    from syncer.seams import Catalogue

POLL = 2.0
"""Seconds between two looks."""


@click.command("bootstrap")
@click.option(
    "--wait", default=0.0, type=click.FloatRange(min=0), metavar="SECONDS", help="Wait until it is served."
)
@click.option("--url", help="Without a config: the origin's URL, which is the property as well.")
@click.option(
    "--destination", help="Without a config: a folder, sftp://user@host/root or s3://bucket/prefix."
)
@click.option(
    "--signature",
    "signature_files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Without a config: the signature file. May be given more than once.",
)
@json_option
@config_option
def command(  # noqa: PLR0913 - one for each option
    wait: float,
    url: str | None,
    destination: str | None,
    signature_files: tuple[Path, ...],
    as_json: bool,  # noqa: FBT001 - click passes it
    config_file: Path,
) -> int:
    """Place the signature files, see that they are served right, and say what to click at TikTok."""
    from syncer.config import load

    flags = {"--url": url, "--destination": destination, "--signature": signature_files}
    missing = [name for name, value in flags.items() if not value]
    if len(missing) == len(flags):
        return bootstrap(load(config_file), wait, as_json=as_json)
    if missing:
        raise click.UsageError(f"without a config, {' and '.join(missing)} must be given too")
    from syncer.cli.adhoc import config_of

    config = config_of(str(url), str(destination), signature_files)
    return bootstrap(config, wait, as_json=as_json, remember=False)


def bootstrap(
    config: Config, wait: float, *, as_json: bool, remember: bool = True, then: str = "Now, as a person:"
) -> int:
    """Do it, and print what came of it. `remember` keeps the proofs in the catalogue; `then` leads the steps."""
    from syncer.catalogue import open_catalogue
    from syncer.cli import parts
    from syncer.cli.console import print_json
    from syncer.ownership.file import reachability

    signatures = parts.signatures(config)
    if not signatures:
        return _nothing_to_place(config)
    for reached in reachability(config.origin.url, parts.web(config)):
        click.echo(f"{_mark(ok=reached.ok)} {reached.name}: {reached.detail}", err=True)
    with ExitStack() as handles:
        catalogue = None
        if remember:
            catalogue = handles.enter_context(closing(open_catalogue(config.catalogue)))
            handles.enter_context(catalogue.lock())
        troubles = _place_and_check(config, signatures, wait, catalogue)
    steps = [step for signature in signatures[:1] for step in signature.steps()]
    if as_json:
        print_json({"files": [_record(each, trouble) for each, trouble in troubles.items()], "steps": steps})
    elif not any(troubles.values()):
        click.echo(then)
        for number, step in enumerate(steps, start=1):
            click.echo(f"  {number}. {step}")
    return Exit.UNPROVEN if any(troubles.values()) else Exit.OK


def _place_and_check(
    config: Config, signatures: list[SignatureFile], wait: float, catalogue: Catalogue | None
) -> dict[SignatureFile, OwnershipError | None]:
    """What is wrong with each; all are placed before the first is looked at."""
    from syncer.destinations import open_destination

    proofs = {}
    with closing(open_destination(config.origin.destination)) as destination:
        destination.check()
        for signature in signatures:
            for warning in signature.warnings():
                click.echo(f"! {warning}", err=True)
            proofs[signature] = signature.place(destination)
            if catalogue:
                catalogue.put_proof(proofs[signature])
            click.echo(f"✓ placed {signature.name}", err=True)
    deadline = time.monotonic() + wait
    troubles = {}
    for signature, proof in proofs.items():
        trouble = troubles[signature] = _trouble(signature, deadline)
        if catalogue and not trouble:
            catalogue.put_proof(replace(proof, checked_at=datetime.now(UTC)))
        detail = str(trouble) if trouble else f"{signature.url} serves it"
        click.echo(f"{_mark(ok=not trouble)} {detail}", err=True)
    return troubles


def _trouble(signature: SignatureFile, deadline: float) -> OwnershipError | None:
    from syncer.errors import OwnershipError

    while True:
        try:
            signature.check()
        except OwnershipError as error:
            if time.monotonic() + POLL > deadline:
                return error
            time.sleep(POLL)
        else:
            return None


def _nothing_to_place(config: Config) -> int:
    from syncer.errors import ConfigError

    verified = config.origin.property
    if "/" in verified:
        raise ConfigError(
            f"{config.file}: origin.signature_files is empty, so there is nothing to place",
            hint=f"add the URL prefix {verified} in TikTok's developer portal, and name the file it offers",
        )
    click.echo(f"! {verified} is a domain: TikTok proves it by a DNS record, not by a file", err=True)
    click.echo("Now, as a person:")
    click.echo(f"  1. at developers.tiktok.com, add the domain {verified} under your app's URL properties")
    click.echo(f"  2. at your DNS provider, add the TXT record it shows to {verified}")
    click.echo("  3. click Verify there; this version of syncer does not look at DNS records itself")
    return Exit.UNPROVEN


def _record(signature: SignatureFile, trouble: OwnershipError | None) -> dict[str, object]:
    return {
        "file": signature.name,
        "path": signature.path,
        "url": signature.url,
        "served": trouble is None,
        "code": trouble and trouble.code,
        "message": trouble and trouble.message,
        "hint": trouble and trouble.hint,
        "warnings": signature.warnings(),
    }


def _mark(*, ok: bool) -> str:
    return "✓" if ok else "✗"

"""`syncer bootstrap`: proves that the origin is ours, as far as a program can."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option, take_over_option
from syncer.errors import Exit

if TYPE_CHECKING:
    from syncer.config import Config
    from syncer.errors import ConfigError, OwnershipError
    from syncer.origin.ownership.dns import DomainRecord, Verdict
    from syncer.origin.ownership.file import SignatureFile
    from syncer.protocols import Catalogue, Pace

POLL = 2.0
"""Seconds between two looks at a file."""
POLL_DNS = 5.0
"""Seconds between two looks at a record, each of which asks several servers."""


@click.command("bootstrap")
@click.option(
    "--wait", default=0.0, type=click.FloatRange(min=0), metavar="SECONDS", help="Wait until it is there."
)
@click.option("--url", help="Without a config: the origin's URL, which is the property unless that is given.")
@click.option("--property", "verified", help="Without a config: what you verify, a URL prefix or a domain.")
@click.option(
    "--destination", help="Without a config: a folder, sftp://user@host/root or s3://bucket/prefix."
)
@click.option(
    "--signature",
    "signature_files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Without a config: the signature file. May be given more than once.",
)
@click.option(
    "--in-place",
    metavar="FOLDER",
    help="With --write-config: your files lie in this folder of the destination already, and stay there.",
)
@click.option("--txt-record", help="Without a config: of a domain, the TXT record that the portal shows.")
@click.option(
    "--ca",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Without a config: a CA file to trust too, for a test origin.",
)
@click.option("--connect-to", metavar="HOST:PORT", help="Without a config: connect there instead.")
@click.option("--dns", metavar="ADDRESS:PORT", help="Without a config: the DNS server to ask.")
@click.option(
    "--write-config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Without a config: write one with what was given. No file is overwritten.",
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
    """Place the signature files, see that they (or the TXT record) are right, and say what to click."""
    from syncer.cli.adhoc import Flags, bootstrap_once
    from syncer.config import load

    flags = Flags(url, verified, destination, signature_files, txt_record, ca, connect_to, dns, in_place)
    if flags == Flags() and write_config is None:
        return bootstrap(load(config_file), wait, as_json=as_json, take_over=take_over)
    if in_place is not None and write_config is None:
        raise click.UsageError("--in-place is for the config that --write-config writes: give that too")
    if missing := flags.missing + (["--destination"] if write_config and not destination else []):
        raise click.UsageError(f"without a config, {' and '.join(dict.fromkeys(missing))} must be given too")
    return bootstrap_once(flags, wait, write_config, as_json=as_json)


def bootstrap(  # noqa: PLR0913 - what may be asked of it
    config: Config,
    wait: float,
    *,
    as_json: bool,
    remember: bool = True,
    by_hand: bool = True,
    take_over: bool = False,
) -> int:
    """Do it, and print what came of it. `remember` keeps proofs in the catalogue; `by_hand` says what is left
    for a person to do.
    """
    from syncer.catalogue import open_catalogue
    from syncer.cli.console import print_json
    from syncer.mirror import layout, proofs, run, tenure
    from syncer.origin.ownership.shapes import odd_folders

    if record := proofs.domain_record(config):
        return _see_record(config, record, wait, as_json=as_json)
    signatures = proofs.signatures(config)
    if not signatures:
        raise _nothing_to_place(config)
    pace = run.pace_of(config)
    root = getattr(config.origin.destination, "root", None)
    for odd in odd_folders(root and PurePath(root), config.origin.signature_files):
        say(f"! {odd}")
    _say_reachability(config, pace)
    with ExitStack() as handles:
        catalogue = None
        if remember:
            catalogue = handles.enter_context(closing(open_catalogue(config.catalogue)))
            handles.enter_context(tenure.mine(config, catalogue))
            _refuse_taken(signatures, catalogue)
            if layout.copies(config.sources):
                tenure.owner(config, catalogue, pace).look(take_over=take_over)
        troubles = _place_and_check(config, signatures, wait, catalogue, pace)
    useless = any(trouble and trouble.code == "ownership.name" for trouble in troubles.values())
    steps = [] if useless else signatures[0].steps()
    if as_json:
        files = [_file(each, trouble) for each, trouble in troubles.items()]
        print_json({"files": files, "records": [], "steps": steps})
    elif by_hand and not any(troubles.values()):
        list_steps("Now, as a person:", steps)
    return Exit.UNPROVEN if any(troubles.values()) else Exit.OK


def _refuse_taken(signatures: list[SignatureFile], catalogue: Catalogue) -> None:
    """Media that was published keeps its URL: no signature file takes its place."""
    from syncer.errors import OwnershipError

    for signature in signatures:
        if owner := catalogue.owner(signature.path):
            source, key = owner
            raise OwnershipError(
                f"{signature.path} is the public path of {source}:{key}, which would be overwritten",
                code="ownership.taken",
                hint=f"give the source {source} another `path`, run syncer sync, then syncer bootstrap again",
            )


def _place_and_check(
    config: Config, signatures: list[SignatureFile], wait: float, catalogue: Catalogue | None, pace: Pace
) -> dict[SignatureFile, OwnershipError | None]:
    """What is wrong with each; all are placed before the first is looked at."""
    from syncer.connect.retry import retry
    from syncer.destinations import open_destination
    from syncer.mirror import layout, run, tenure

    proofs = {}
    with closing(open_destination(config.origin.destination, pace)) as destination:
        retry(destination.check, pace, pace.patience.retry)
        if catalogue and layout.copies(config.sources):
            tenure.owner(config, catalogue, pace).hold(destination)
        for signature in signatures:
            for warning in signature.doubts():
                say(f"! {warning}")
            proofs[signature] = signature.place(destination)
            if catalogue:
                catalogue.put_proof(proofs[signature])
            say(f"✓ placed {signature.name}")
    deadline = time.monotonic() + wait
    troubles = {}
    for signature, proof in proofs.items():
        trouble = troubles[signature] = _trouble(signature, deadline, pace)
        if not trouble:
            if catalogue:
                catalogue.put_proof(replace(proof, checked_at=run.clock()))
            say(f"✓ {signature.url} serves it")
            trouble = troubles[signature] = signature.misnamed()
        if trouble:
            say(f"✗ {trouble}")
    return troubles


def _trouble(signature: SignatureFile, deadline: float, pace: Pace) -> OwnershipError | None:
    from syncer.errors import OwnershipError
    from syncer.origin.ownership.elsewhere import explained

    while True:
        try:
            signature.check(pace)
        except OwnershipError as error:
            left = deadline - time.monotonic()
            if left <= 0:
                return explained(signature, error, pace)
            time.sleep(min(POLL, left))
        else:
            return None


def _nothing_to_place(config: Config) -> ConfigError:
    from syncer.errors import ConfigError

    return ConfigError(
        f"{config.file}: origin.signature_files is empty, so there is nothing to place",
        hint=f"add the URL prefix {config.origin.property} in TikTok's developer portal, "
        "and name the file it offers",
    )


def _see_record(config: Config, record: DomainRecord, wait: float, *, as_json: bool) -> int:
    """Nothing is placed: only the owner of the zone can add a record."""
    from syncer.cli.console import print_json
    from syncer.mirror import run

    _say_reachability(config, run.pace_of(config))
    for warning in record.warnings():
        say(f"! {warning}")
    verdict, trouble = _verdict(record, wait)
    say(f"{_mark(ok=not trouble)} {trouble or (verdict and verdict.message)}")
    if as_json:
        print_json({"files": [], "records": [_txt(record, verdict, trouble)], "steps": record.steps()})
    else:
        list_steps("Now, as a person:", record.steps())
    return Exit.UNPROVEN if trouble else Exit.OK


def _verdict(record: DomainRecord, wait: float) -> tuple[Verdict | None, OwnershipError | None]:
    """What DNS says in the end, and what is wrong with it. Waits only for what waiting can change."""
    from syncer.errors import OwnershipError
    from syncer.origin.ownership.dns import Standing

    deadline, told = time.monotonic() + wait, ""
    while True:
        verdict = None
        try:
            verdict = record.look(everywhere=True)
            trouble = verdict.trouble()
        except OwnershipError as error:
            trouble = error
        left = deadline - time.monotonic()
        settled = verdict and verdict.standing in (Standing.FOUND, Standing.UNSURE)
        if settled or left <= 0:
            return verdict, trouble
        if str(trouble) != told:
            told = str(trouble)
            say(f"… {told}; looking again for {left:.0f} s")
        time.sleep(min(POLL_DNS, left))


def _txt(record: DomainRecord, verdict: Verdict | None, trouble: OwnershipError | None) -> dict[str, object]:
    return {
        "name": record.domain,
        "type": "TXT",
        "value": record.expected,
        "state": verdict.standing if verdict else "unknown",
        "found": list(verdict.related) if verdict else [],
        "code": trouble and trouble.code,
        "message": trouble.message if trouble else verdict and verdict.message,
        "hint": trouble and trouble.hint,
        "warnings": record.warnings(),
    }


def _say_reachability(config: Config, pace: Pace) -> None:
    from syncer.mirror import layout
    from syncer.origin.ownership.reach import reachability

    for reached in reachability(config.origin.url, layout.web(config), layout.dns(config), pace):
        say(f"{_mark(ok=reached.ok)} {reached.name}: {reached.detail}")


def _file(signature: SignatureFile, trouble: OwnershipError | None) -> dict[str, object]:
    return {
        "file": signature.name,
        "path": signature.path,
        "url": signature.url,
        "served": trouble is None or trouble.code == "ownership.name",
        "code": trouble and trouble.code,
        "message": trouble and trouble.message,
        "hint": trouble and trouble.hint,
        "warnings": signature.doubts(),
    }


def _mark(*, ok: bool) -> str:
    return "✓" if ok else "✗"


def list_steps(title: str, steps: Iterable[str]) -> None:
    from syncer.cli.console import visible

    click.echo(title)
    for number, step in enumerate(steps, start=1):
        click.echo(visible(f"  {number}. {step}"))


def say(line: str) -> None:
    from syncer.cli.console import visible

    click.echo(visible(line), err=True)

"""`syncer check`: would TikTok accept it?"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer import process
from syncer.cli.options import config_option, json_option
from syncer.errors import Exit

if TYPE_CHECKING:
    from syncer.config import Config
    from syncer.errors import OwnershipError
    from syncer.origin.check import Checked, Checker, Target
    from syncer.protocols import Catalogue, Pace
    from syncer.protocols.patience import Patience
    from syncer.runners import Serial, Threads

PROFILE = "tiktok"
WORKERS = 8


@click.command("check")
@click.argument("urls", nargs=-1, metavar="[URL…]")
@click.option("--property", "verified", help="What you verified: a URL prefix or a domain.")
@click.option("--ca", type=click.Path(path_type=Path), help="A CA file to trust too, for a test origin.")
@click.option("--connect-to", metavar="HOST:PORT", help="Connect there instead, as curl --connect-to.")
@json_option
@config_option
def command(  # noqa: PLR0913 - one for each option
    urls: tuple[str, ...],
    verified: str | None,
    ca: Path | None,
    connect_to: str | None,
    as_json: bool,  # noqa: FBT001 - click passes it
    config_file: Path,
) -> int:
    """Say what TikTok would refuse of each URL, and how to mend it; `-` reads URLs from stdin.

    Without URLs: all that is published, and what is found is kept. With URLs a config is needed only for
    knowing what you verified, which --property says as well.
    """
    from syncer.config import load

    if not urls and (verified or ca or connect_to):
        raise click.UsageError("--property, --ca and --connect-to are for URLs; else the config says them")
    config = load(config_file, secrets=False) if not urls or config_file.exists() else None
    if config and not urls:
        return check(config, as_json=as_json)
    patience = config.patience if config else None
    checker = _checker(config, verified, ca, connect_to)
    return _check_urls(_asked(urls), checker, _proving(config, checker), patience, as_json=as_json)


def _proving(config: Config | None, checker: Checker) -> Config | None:
    """The config whose proof counts, with the flags' CA and port; `None` if --property names another one."""
    if config is None or checker.property != config.origin.property:
        return None
    where = {"ca": checker.web.ca, "connect_to": checker.web.connect_to}
    return config.model_copy(update={"origin": config.origin.model_copy(update=where)})


def _checker(config: Config | None, verified: str | None, ca: Path | None, connect_to: str | None) -> Checker:
    """What the flags leave open, the config says."""
    from dataclasses import replace
    from urllib.parse import urlsplit

    from syncer.connect.web.client import WebSettings
    from syncer.mirror import layout
    from syncer.origin.check import Checker
    from syncer.preflight import load_limits
    from syncer.urls import weburl

    limits = load_limits(config.check.profile if config else PROFILE)
    settings = layout.web(config) if config else WebSettings()
    try:
        verified = weburl.ownership(verified) if verified else config.origin.property if config else None
        if connect_to:
            settings = replace(settings, connect_to=weburl.target(connect_to))
    except ValueError as error:
        raise click.UsageError(f"{'--connect-to' if connect_to else '--property'}: {error}") from None
    flags = ca or connect_to
    host = urlsplit(config.origin.url).hostname if config and not flags else None
    return Checker(replace(settings, ca=ca) if ca else settings, limits, verified, host)


def _asked(urls: Iterable[str]) -> Iterator[str]:
    for url in urls:
        yield from (line.strip() for line in sys.stdin if line.strip()) if url == "-" else (url,)


def _check_urls(
    urls: Iterator[str],
    checker: Checker,
    proving: Config | None,
    patience: Patience | None,
    *,
    as_json: bool,
) -> int:
    from syncer.cli.proof import Proof
    from syncer.origin.check import Target
    from syncer.runners import Threads

    crew = Threads(WORKERS, patience=patience)
    proof = Proof(proving, crew.pace) if proving else None
    with process.stopping(crew.stop):
        targets = (Target(url, input=number) for number, url in enumerate(urls))
        checked = _in_order(crew, checker, targets)
        refused = _tell(proof.of(checked, repeat=as_json) if proof else checked, as_json=as_json)
    if crew.pace.stopped():
        return Exit.INTERRUPTED
    if proof and proof.missing:
        return Exit.UNPROVEN
    return Exit.REJECTED if refused else Exit.OK


def check(config: Config, *, as_json: bool) -> int:
    """All that is published, in the order of the manifest; what is found is kept."""
    from syncer.catalogue import open_catalogue
    from syncer.cli.console import complain
    from syncer.mirror import layout, run, tenure

    ours = layout.addresses(config, frozenset())
    crew = run.runner(config)
    with closing(open_catalogue(config.catalogue)) as catalogue, tenure.mine(config, catalogue):
        if layout.copies(config.sources):  # what another machine serves is not ours to list
            tenure.owner(config, catalogue, crew.pace).look()
        unproven = _unproven(config, crew.pace)
        for error in unproven:
            complain(error)
        targets = layout.published(config, ours, catalogue)
        with process.stopping(crew.stop):
            checked = _kept(_in_order(crew, _checker(config, None, None, None), targets), catalogue)
            refused = _tell(checked, as_json=as_json, brief=True)
        if not crew.pace.stopped():
            run.write_manifests(config, ours, catalogue)
    if crew.pace.stopped():
        return Exit.INTERRUPTED
    if unproven:
        return Exit.UNPROVEN
    return Exit.REJECTED if refused else Exit.OK


def _unproven(config: Config, pace: Pace) -> list[OwnershipError]:
    from syncer.errors import OwnershipError
    from syncer.mirror import proofs

    try:
        proofs.prove(config, pace)
    except OwnershipError as error:
        return [error]
    return []


def _in_order(crew: Serial | Threads, checker: Checker, targets: Iterable[Target]) -> Iterator[Checked]:
    """Runners give results as they finish; people and diffs want them as they were asked for. Of what was
    broken off there are none.
    """
    from syncer.origin.check import Numbered

    waiting: dict[int, Checked | None] = {}
    following = 0
    for number, checked in crew.map(Numbered(checker), enumerate(targets)):
        waiting[number] = checked
        while following in waiting:
            if first := waiting.pop(following):
                yield first
            following += 1


def _kept(checked: Iterable[Checked], catalogue: Catalogue) -> Iterator[Checked]:
    from syncer.mirror import run
    from syncer.sync import transitions

    for each in checked:
        entry = each.target.entry
        if entry and each.visit:
            catalogue.put(transitions.checked(entry, each.facts, each.findings, run.clock()))
        yield each


def _tell(checked: Iterable[Checked], *, as_json: bool, brief: bool = False) -> int:
    """How many were refused. `brief` gives what is accepted one line, and counts at the end."""
    from collections import Counter

    from syncer.cli import checked as shown
    from syncer.cli.console import stream_json

    counts: Counter[bool | None] = Counter()

    def counted() -> Iterator[Checked]:
        for each in checked:
            counts[each.accepted] += 1
            yield each

    if as_json:
        stream_json({"profile": PROFILE}, "results", map(shown.record, counted()))
        return counts[False]
    shown.show_all(counted(), brief=brief)
    if brief:
        told = f"{counts[True]} would be accepted · {counts[False]} rejected · {counts[None]} unknown"
        click.echo(told if counts else "nothing is published yet")
    return counts[False]

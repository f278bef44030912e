"""`syncer check`: would TikTok accept it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, from_stdin, json_option
from syncer.mirror import Mirror

if TYPE_CHECKING:
    from syncer.mirror.checks import Checks


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
    """Say what TikTok would refuse about URLs, and how to fix it.

    Without URLs, check everything that is published, and keep the results. `-` reads URLs from stdin. With
    URLs, no config is needed: say with --property (or a config) what you verified.
    """
    if not urls and (verified or ca or connect_to):
        raise click.UsageError(
            "--property, --ca and --connect-to need URLs; without URLs, set them in the config"
        )
    mirror = Mirror.load(config_file, secrets=False) if not urls or config_file.exists() else None
    if mirror and not urls:
        return check_published(mirror, as_json=as_json)
    from syncer.mirror import checks

    config = mirror.config if mirror else None
    try:
        checker = checks.checker(config, verified, ca, connect_to)
    except ValueError as error:
        raise click.UsageError(f"{'--connect-to' if connect_to else '--property'}: {error}") from None
    with checks.of_urls(config, _asked(urls), checker, checks.crew(config), repeat=as_json) as results:
        _tell(results, as_json=as_json)
    return results.exit


def _asked(urls: Iterable[str]) -> Iterator[str]:
    for url in urls:
        yield from _lines() if url == "-" else (url,)


def _lines() -> Iterator[str]:
    """Of stdin: not those that are empty or comments. Windows puts a mark at the beginning of a text."""
    for line in from_stdin():
        text = line.strip().removeprefix("\ufeff").strip()
        if text and not text.startswith("#"):
            yield text


def check_published(mirror: Mirror, *, as_json: bool) -> int:
    """Check everything that is published, in the order of the manifest, and keep the results."""
    from syncer.cli.console import complain

    with mirror.check() as results:
        _tell(results, as_json=as_json, brief=True)
        if not results.counts.total():
            for error in results.unproven:
                complain(error)
    return results.exit


def _tell(results: Checks, *, as_json: bool, brief: bool = False) -> None:
    """With `brief`, each accepted URL has one line, and the counts come at the end."""
    from syncer.cli import checked as shown
    from syncer.cli.console import error_record, stream_json
    from syncer.mirror.checks import PROFILE

    if as_json:
        after = {"error": error_record(results.error)} if results.error else {}
        stream_json({"profile": PROFILE}, "results", map(shown.checked_record, results), lambda: after)
        return
    shown.show_all(results, brief=brief)
    if brief:
        counts = results.counts
        told = f"{counts[True]} would be accepted · {counts[False]} rejected · {counts[None]} unknown"
        click.echo(f"{told}{_unproven(results)}" if counts.total() else "nothing is published yet")


def _unproven(results: Checks) -> str:
    from syncer.model import Severity

    grades = {finding.severity for finding in results.proof}
    if Severity.REJECT in grades:
        return ": the property is not proven"
    return ": the proof of the property could not be checked" if Severity.UNKNOWN in grades else ""

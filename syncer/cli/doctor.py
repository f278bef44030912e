"""`syncer doctor`: examines a whole setup, part by part, and says what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option
from syncer.errors import Exit

if TYPE_CHECKING:
    from syncer.config import Config
    from syncer.doctor import Diagnosis, Folder, Patient
    from syncer.origin.ownership.dns import DomainRecord


@click.command("doctor")
@json_option
@config_option
def command(as_json: bool, config_file: Path) -> int:  # noqa: FBT001 - click passes it
    """Examine the whole setup, and say how to fix each problem.

    That is the config, credentials, sources, destination, public URL, and this machine.
    It writes a small file at the destination, checks its URL and deletes it again. It changes nothing else.
    """
    from syncer.cli.console import stream_json
    from syncer.doctor import diagnose
    from syncer.serving import samples

    said: list[Diagnosis] = []
    with closing(diagnose(lambda: _patient(config_file), samples.paths()[0])) as found:
        if as_json:
            told = (asdict(each) for each in _kept(found, said))
            stream_json({}, "diagnoses", told, lambda: {"ok": _exit_code(said) is Exit.OK})
        else:
            for diagnosis in _kept(found, said):
                _tell(diagnosis)
            click.echo(_summary(said))
    return _exit_code(said)


def _patient(file: Path) -> Patient:
    """Raises `ConfigError`."""
    from syncer.config import load, secrets
    from syncer.doctor import Patient
    from syncer.mirror import layout, parts, run

    config = load(file, secrets=False)
    token = config.tiktok.access_token
    return Patient(
        file=config.file,
        origin=parts.origin(config),
        signature_files=config.origin.signature_files,
        record=_record(config),
        destination=config.origin.destination,
        sources=config.sources,
        secrets={**secrets(config), **({_TOKEN: token} if token else {})},
        optional=frozenset({_TOKEN}),
        catalogue=config.catalogue,
        place=config.origin.destination.identity(),
        folders=tuple(_folders(config)),
        addresses=layout.addresses(config, frozenset()),
        pace=run.pace_of(config),
    )


def _record(config: Config) -> DomainRecord | None:
    """`None` if the domain does not cover the origin: the examination `property` reports that."""
    from syncer.errors import OwnershipError
    from syncer.mirror import proofs

    try:
        return proofs.domain_record(config)
    except OwnershipError:
        return None


_TOKEN = "tiktok.access_token"  # noqa: S105 - a name


def _folders(config: Config) -> Iterator[Folder]:
    """The folders that a run needs free space in, each once."""
    from syncer.config.claimed import catalogue_file
    from syncer.destinations.local import LocalDestination
    from syncer.doctor import Folder
    from syncer.manifest.atomic import followed

    kept = catalogue_file(config).parent
    written = dict.fromkeys(followed(file).parent for file in config.manifest)
    yield Folder(kept, "the catalogue and manifests" if kept in written else "the catalogue")
    for folder in written:
        if folder != kept:
            yield Folder(folder, "manifests")
    destination = config.origin.destination
    if isinstance(destination, LocalDestination.Config):
        yield Folder(destination.root, "the destination", written=False)


def _kept(found: Iterable[Diagnosis], said: list[Diagnosis]) -> Iterator[Diagnosis]:
    for diagnosis in found:
        said.append(diagnosis)
        yield diagnosis


def _tell(diagnosis: Diagnosis) -> None:
    """Print it. Each problem of a config has its own line."""
    from syncer.cli.console import print_lines

    first, *more = diagnosis.detail.split("\n")
    print_lines(f"{_MARKS[diagnosis.state]} {diagnosis.name}: {first}")
    for line in more:
        print_lines(f"  {line}")
    if diagnosis.hint:
        print_lines(f"  → {diagnosis.hint}")


_MARKS = {"ok": "✓", "warn": "!", "not ok": "✗", "skipped": "·"}


def _summary(said: list[Diagnosis]) -> str:
    counts = Counter(each.state.value for each in said)
    return ", ".join(f"{counts[state]} {state}" for state in _MARKS if counts[state])


def _exit_code(said: list[Diagnosis]) -> Exit:
    from syncer.doctor import Health

    ill = [each for each in said if each.state is Health.NOT_OK]
    if not ill:
        return Exit.OK
    if ill[0].name == "config":
        return Exit.USAGE
    if all((each.code or "").startswith("ownership.") for each in ill):
        return Exit.UNPROVEN
    return Exit.ERROR

"""Examines every part of a setup, and says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from syncer.connect.s3.client import S3Settings
from syncer.destinations import Store
from syncer.doctor import machine, media, network
from syncer.doctor.diagnosis import (
    Diagnosis,
    Examination,
    ExaminationResult,
    Health,
    examine,
    of_error,
    ok,
    warn,
)
from syncer.doctor.machine import Folder
from syncer.doctor.probefile import ProbeFile
from syncer.errors import SyncerError
from syncer.origin.ownership.dns import DomainRecord
from syncer.origin.paths import PathTemplate
from syncer.origin.view import PublicOrigin
from syncer.protocols import Addresses, Pace
from syncer.settings.fields import Settings
from syncer.settings.secret import reveal
from syncer.sources import Listing, is_in_place

__all__ = ["Diagnosis", "Folder", "Health", "Patient", "diagnose"]


@dataclass(frozen=True, slots=True)
class Patient:
    """The parts of a config to examine."""

    file: Path
    origin: PublicOrigin
    signature_files: tuple[Path, ...]
    record: DomainRecord | None
    """The TXT record of a domain property."""
    destination: Store
    sources: Mapping[str, Listing]
    secrets: Mapping[str, str]
    """References, by their key in the config: `sources.clips.secret_key`."""
    optional: frozenset[str]
    """The secrets that only one command needs, which may never be called."""
    catalogue: str
    place: str
    """The destination's identity, as in the catalogue."""
    folders: tuple[Folder, ...]
    addresses: Addresses
    pace: Pace


def diagnose(read: Callable[[], Patient], sample: Path) -> Generator[Diagnosis]:
    """The diagnoses, made one by one. Close it, so that nothing stays at the destination.

    `read` may raise the errors of a config.
    """
    try:
        patient = read()
    except SyncerError as error:
        error.hint = error.hint or "correct it there; config.example.yaml explains every key"
        yield Diagnosis("config", *of_error(error))
        yield Diagnosis("the other parts", Health.SKIPPED, "not examined, because config is not ok")
    else:
        yield Diagnosis("config", *ok(f"{patient.file} is valid"))
        yield from _of_config(patient)
    yield from examine(_of_machine(sample))


def _of_config(patient: Patient) -> Iterator[Diagnosis]:
    with closing(ProbeFile(patient.destination, patient.origin, patient.pace)) as probe:
        yield from examine(
            [
                *_secrets(patient),
                *_sources(patient),
                *_way(patient),
                *_destination(patient, probe),
                *_in_place(patient),
                *_ownership(patient),
                *_disks(patient),
            ]
        )


def _secrets(patient: Patient) -> Iterator[Examination]:
    for where in patient.secrets:
        yield Examination(f"secret {where}", partial(_secret, patient, where))


def _secret(patient: Patient, where: str) -> ExaminationResult:
    reference = patient.secrets[where]
    try:
        reveal(reference)
    except SyncerError as error:
        if where in patient.optional:
            return warn(error.message, error.code, error.hint or "")
        raise
    return ok(f"{reference} is set")


def _sources(patient: Patient) -> Iterator[Examination]:
    if not patient.sources:
        yield Examination(
            "sources", lambda: warn("the config has none", "doctor.empty", "add one under `sources:`")
        )
    for name, listing in patient.sources.items():
        look = partial(media.source, name, listing, patient.addresses, patient.pace)
        yield Examination(f"source {name}", look, _secrets_of(patient, f"sources.{name}"))


def _secrets_of(patient: Patient, part: str) -> tuple[str, ...]:
    return tuple(f"secret {where}" for where in patient.secrets if where.startswith(f"{part}."))


def _way(patient: Patient) -> Iterator[Examination]:
    """The connection to the public URL, and the clocks of its servers."""
    origin, pace = patient.origin, patient.pace
    yield Examination("DNS", partial(network.resolved, origin, pace))
    if not origin.connect_to:
        yield Examination("address", partial(network.public, origin, pace), ("DNS",))
    yield Examination("TLS", partial(network.certificate, origin, pace), ("DNS",))
    yield Examination("clock", partial(network.origin_clock, origin, pace), ("TLS",))
    parts: dict[str, Settings] = {"origin.destination": patient.destination}
    parts |= {f"sources.{name}": source for name, source in patient.sources.items()}
    told = set()
    for part, settings in parts.items():
        if isinstance(settings, S3Settings) and settings.endpoint not in told:
            told.add(settings.endpoint)
            host = urlsplit(settings.endpoint).netloc if settings.endpoint else "AWS"
            yield Examination(
                f"clock of {host}", partial(network.s3_clock, settings, pace), _secrets_of(patient, part)
            )


def _destination(patient: Patient, probe: ProbeFile) -> Iterator[Examination]:
    """If all sources are in place, runs never write there, so the doctor does not either."""
    known = partial(machine.catalogue, patient.catalogue, patient.origin.url, patient.place)
    if patient.sources and all(map(is_in_place, patient.sources.values())):
        yield Examination("catalogue", known)
        return
    reach = partial(probe.reach, partial(machine.may_write, patient.catalogue, patient.place))
    yield Examination("destination", reach, _secrets_of(patient, "origin.destination"))
    yield Examination("catalogue", known)
    yield from _whose(patient)
    yield from _probe(probe)
    if patient.destination.kind != "s3":
        yield Examination("folders", partial(probe.folders, _templates(patient)), ("write", "delete"))


def _templates(patient: Patient) -> dict[str, PathTemplate]:
    """The path templates of the sources that copy."""
    copying = (item for item in patient.sources.items() if not is_in_place(item[1]))
    return {name: PathTemplate.parse(listing.path) for name, listing in copying}


def _in_place(patient: Patient) -> Iterator[Examination]:
    for name, listing in patient.sources.items():
        if is_in_place(listing):
            look = partial(
                media.examine_in_place, name, listing, patient.addresses, patient.origin, patient.pace
            )
            yield Examination(f"public URL of {name}", look, (f"source {name}", "TLS"))


def _whose(patient: Patient) -> Iterator[Examination]:
    whose = partial(
        machine.examine_owner, patient.catalogue, patient.destination, patient.place, patient.pace
    )
    yield Examination("owner", whose, ("destination", "catalogue"))


def _probe(probe: ProbeFile) -> Iterator[Examination]:
    """If the destination belongs to another catalogue, nothing is written."""
    yield Examination("write", probe.write, ("destination", "owner"))
    yield Examination("public URL", probe.seen, ("write", "TLS"))
    yield Examination("listing", probe.listed, ("write",))
    yield Examination("delete", probe.delete, ("destination",))
    yield Examination("gone", probe.gone, ("public URL", "delete"))


def _ownership(patient: Patient) -> Iterator[Examination]:
    yield Examination("property", partial(network.covered, patient.origin))
    if patient.record:
        yield Examination("TXT record", partial(network.recorded, patient.record))
    elif not patient.signature_files:
        yield Examination("signature", network.unsigned)
    for file in patient.signature_files:
        look = partial(network.examine_signature, file, patient.origin, patient.pace)
        yield Examination(f"signature {file.name}", look, ("property", "TLS"))


def _disks(patient: Patient) -> Iterator[Examination]:
    for folder in patient.folders:
        yield Examination(f"disk of {folder.purpose}", partial(machine.examine_disk, folder))


def _of_machine(sample: Path) -> Iterator[Examination]:
    yield Examination("disk of temporary files", machine.temporary)
    yield Examination("media library", partial(media.library, sample))
    yield Examination("libraries", machine.libraries)
    yield Examination("versions", machine.versions)

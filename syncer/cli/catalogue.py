"""`syncer catalogue`: replaces a damaged or lost catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer import process
from syncer.cli.options import LocalPath, config_option, json_option, take_over_option
from syncer.errors import Exit

if TYPE_CHECKING:
    from syncer.catalogue.recovery import Recovered, Recovery
    from syncer.config import Config
    from syncer.manifest.records import Record
    from syncer.model import Proof, Stored
    from syncer.protocols import Catalogue, Proofs
    from syncer.runners import Serial, Threads
    from syncer.sync.claims import Claim
    from syncer.sync.rebuild import Rebuilt

SHOWN = 20
"""Lines that are printed; `--json` has all."""


@click.group("catalogue")
def command() -> None:
    """Replace a damaged or lost catalogue."""


@command.command()
@click.argument("copy", required=False, type=LocalPath(path_type=Path, dir_okay=False, exists=True))
@json_option
@config_option
def restore(copy: Path | None, as_json: bool, config_file: Path) -> int:  # noqa: FBT001 - click passes it
    """Restore a daily copy: COPY, or the newest good one.

    The damaged file is kept. The next `syncer sync` compares all bytes of each file at the destination and
    checks every URL before it lists it.
    """
    from syncer.catalogue import open_recovery
    from syncer.cli.console import print_json, print_lines
    from syncer.config import load
    from syncer.manifest.records import listed, records

    config = load(config_file, secrets=False)
    found = open_recovery(config.catalogue)
    with found.hold():
        _refuse_whole(found)
        copy = copy or found.newest()
        place = config.origin.destination.identity()
        recovered = found.put_back(copy, records(config.manifest), place, listed(config.manifest))
    if as_json:
        print_json({"copy": str(copy), **_kept(recovered)})
        return Exit.OK
    print_lines(f"{found.path} is the copy {copy} now")
    _show_kept(recovered)
    click.echo(
        "run `syncer sync`: it compares each file at the destination, checks every URL again, and copies what"
        " changed since that copy. Look at what it copies: files that you unpublished or deleted after that"
        " copy become public again if their sources still have them; run `syncer unpublish` for each of them"
        " that must not be public"
    )
    return Exit.OK


@command.command()
@take_over_option
@json_option
@config_option
def rebuild(take_over: bool, as_json: bool, config_file: Path) -> int:  # noqa: FBT001 - click passes it
    """Make a new catalogue from the destination, the manifest and the sources, without copying media.

    An asset is accepted as published if the manifest lists its source's version, and the destination and the
    public URL have it. The next `syncer sync` copies the rest. Nothing is deleted.
    """
    from syncer.catalogue import open_catalogue, open_recovery
    from syncer.config import load
    from syncer.manifest.records import records
    from syncer.mirror import run

    config = load(config_file)
    found, crew = open_recovery(config.catalogue), run.runner(config)
    known, place = records(config.manifest), config.origin.destination.identity()
    with found.hold():
        _refuse_whole(found)
        staged, lies_at = found.anew(), found.lies_at()
        with process.stopping(crew.stop), closing(open_catalogue(f"sqlite:///{staged}")) as catalogue:
            is_here = None if lies_at is None else lies_at == place
            rebuilt = _rebuild(config, catalogue, crew, known, is_here=is_here, take_over=take_over)
            proofs = [] if rebuilt.stopped else [*_proofs(config, catalogue)]
        if rebuilt.stopped:
            click.echo("interrupted, and nothing was changed", err=True)
            return Exit.INTERRUPTED
        recovered = found.settle(staged, known, place)
        with closing(open_catalogue(config.catalogue, read_only=True)) as catalogue:
            claimed = {path for path, *_ in catalogue.paths()}
            rebuilt.unclaimed = [path for path in rebuilt.unclaimed if path not in claimed]
    _tell(rebuilt, proofs, recovered, as_json=as_json)
    return Exit.FAILED if rebuilt.lost else Exit.OK


def _refuse_whole(found: Recovery) -> None:
    from syncer.errors import CatalogueError

    if found.trouble() is None:
        raise CatalogueError(
            f"the catalogue {found.path} is not damaged, so nothing was changed",
            code="catalogue.whole",
            hint="to replace it nevertheless, move it away first",
        )


def _rebuild(  # noqa: PLR0913 - the parts of a rebuild
    config: Config,
    catalogue: Catalogue,
    crew: Serial | Threads,
    known: Mapping[tuple[str, str], Record],
    *,
    is_here: bool | None,
    take_over: bool,
) -> Rebuilt:
    """`is_here`: whether syncer last published at this destination; `None` if no catalogue says so."""
    from syncer.cli.console import print_lines
    from syncer.mirror import layout, parts, tenure
    from syncer.preflight import load_limits
    from syncer.settings.spelling import counted
    from syncer.sources import open_source
    from syncer.sync.evidence import Examiner
    from syncer.sync.rebuild import Rebuild

    tenure.follow_identity(config, catalogue)
    if layout.copies_any(config.sources):
        marked = tenure.owner(config, catalogue, crew.pace).adopt(take_over=take_over)
        is_here = marked and is_here is not False
    catalogue.adopt(config.origin.url, config.origin.destination.identity())
    reserved, now = layout.reserved(config, catalogue), datetime.now(UTC)
    held: Mapping[str, Stored] = {}
    if layout.copies_any(config.sources) or not all(record.in_place for record in known.values()):
        held = parts.held(config, crew.pace)
        print_lines(f"{counted(len(held), 'file is', 'files are')} at the destination", err=True)
    examiner = Examiner(
        config.sources,
        parts.origin(config),
        layout.addresses(config, reserved),
        held,
        load_limits(config.check.profile),
        store=config.origin.destination if held else None,
        whole=config.check.verify == "full",
        doubted=not is_here,
        unmarked=not (is_here or take_over),
    )
    with ExitStack() as handles:
        sources = {
            name: handles.enter_context(closing(open_source(name, source, crew.pace)))
            for name, source in config.sources.items()
        }
        job = Rebuild(
            catalogue,
            sources,
            lambda asset: config.sources[asset.source].takes(asset, now),
            known,
            held,
            layout.spared(config, catalogue),
            now,
            is_here=bool(is_here),
        )
        return job.run(
            crew, examiner, lambda seen, taken: print_lines(f"{seen} checked, {taken} accepted", err=True)
        )


def _proofs(config: Config, catalogue: Proofs) -> Iterator[Proof]:
    """Record the signature files that are served."""
    import hashlib

    from syncer.cli.console import print_lines
    from syncer.errors import OwnershipError
    from syncer.mirror import proofs, run
    from syncer.model import Proof

    for signature in [] if proofs.domain_record(config) else proofs.signatures(config):
        try:
            signature.check(run.pace_of(config))
        except OwnershipError as error:
            print_lines(f"! {error}", err=True)
            continue
        now, sha256 = datetime.now(UTC), hashlib.sha256(signature.content).hexdigest()
        proof = Proof(signature.path, signature.url, sha256, now, now)
        catalogue.put_proof(proof)
        yield proof


def _tell(rebuilt: Rebuilt, proofs: list[Proof], recovered: Recovered, *, as_json: bool) -> None:
    from syncer.cli.console import print_json, print_lines
    from syncer.settings.spelling import counted

    if as_json:
        told: dict[str, object] = {
            "taken": rebuilt.taken,
            "left": [*_records(rebuilt.left)],
            "lost": [*_records(rebuilt.lost)],
            "unclaimed": rebuilt.unclaimed,
            "signature_files": [proof.url for proof in proofs],
        }
        print_json(told | _kept(recovered))
        return
    click.echo(f"{counted(rebuilt.taken, 'entry', 'entries')} accepted as published")
    copied = [left for left in rebuilt.left if not _in_place(left[0])]
    in_place = [left for left in rebuilt.left if _in_place(left[0])]
    lists: Mapping[str, list[str]] = {
        "for the next `syncer sync` to copy": [*_lines(copied)],
        "in place, for the next `syncer sync` to check": [*_lines(in_place)],
        "in the manifest, but gone from their source and not verified: the next manifest omits them": [
            *_lines(rebuilt.lost)
        ],
        "at the destination without an asset; they stay there": rebuilt.unclaimed,
    }
    for title, lines in lists.items():
        if lines:
            click.echo(f"{len(lines)} {title}")
        for line in lines[:SHOWN]:
            print_lines(f"  {line}")
        if len(lines) > SHOWN:
            click.echo(f"  … and {len(lines) - SHOWN} more; --json lists them")
    _show_kept(recovered)
    click.echo("next: syncer sync")


def _in_place(claim: Claim) -> bool:
    return claim.asset is not None and claim.asset.in_place


def _lines(claims: Iterable[tuple[Claim, str]]) -> Iterator[str]:
    for claim, reason in claims:
        yield f"{claim.source}:{claim.key}  ({reason})"


def _records(claims: Iterable[tuple[Claim, str]]) -> Iterator[dict[str, object]]:
    for claim, reason in claims:
        yield {"source": claim.source, "key": claim.key, "reason": reason}


def _kept(recovered: Recovered) -> dict[str, object]:
    return {
        "kept": [str(file) for file in recovered.kept],
        "pushes": recovered.pushes,
        "withdrawn": recovered.withdrawn,
    }


def _show_kept(recovered: Recovered) -> None:
    from syncer.cli.console import print_lines
    from syncer.settings.spelling import counted

    if recovered.was_empty:
        click.echo("the old file was empty, and is removed")
    if recovered.kept:
        print_lines(f"the old file is kept as {recovered.kept[0]}")
    if recovered.pushes:
        click.echo(f"kept the records of {counted(recovered.pushes, 'sent draft')}")
    if recovered.withdrawn:
        click.echo(f"still unpublished: {counted(recovered.withdrawn, 'file')}")

"""Proves that the origin is ours, as far as a program can."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import PurePath

from syncer.catalogue import open_catalogue
from syncer.config import Config
from syncer.connect.retry import retry
from syncer.destinations import open_destination
from syncer.errors import ConfigError
from syncer.mirror import layout, proofs, run, tenure
from syncer.model import Proof
from syncer.origin.ownership import bootstrap
from syncer.origin.ownership.bootstrap import Bootstrapped, Note, PlacedFile, Say
from syncer.origin.ownership.file import SignatureFile
from syncer.origin.ownership.reach import reachability
from syncer.origin.ownership.shapes import odd_folders
from syncer.protocols import Catalogue, Pace


def bootstrapped(  # noqa: PLR0913 - what may be asked of it
    config: Config, wait: float, pace: Pace, say: Say, *, remember: bool, take_over: bool
) -> Bootstrapped:
    """`remember` keeps proofs in the catalogue. Raises `ConfigError` where there is nothing to place."""
    if record := proofs.domain_record(config):
        _say_reachability(config, pace, say)
        sought = bootstrap.look_for_record(record, wait, pace, say)
        return Bootstrapped((), (sought,), tuple(record.steps()))
    signatures = proofs.signatures(config)
    if not signatures:
        raise _nothing_to_place(config)
    bootstrap.refuse_unfit(signatures)
    root = getattr(config.origin.destination, "root", None)
    for odd in odd_folders(root and PurePath(root), config.origin.signature_files):
        say(Note("!", odd))
    _say_reachability(config, pace, say)
    with ExitStack() as handles:
        catalogue = None
        if remember:
            catalogue = handles.enter_context(closing(open_catalogue(config.catalogue)))
            handles.enter_context(tenure.mine(config, catalogue))
            bootstrap.refuse_taken(signatures, catalogue.owner)
            if layout.copies(config.sources):
                tenure.owner(config, catalogue, pace).look(take_over=take_over)
        files = _place_and_look(config, signatures, wait, catalogue, pace, say)
    return Bootstrapped(tuple(files), (), tuple(signatures[0].steps()))


def _place_and_look(  # noqa: PLR0913 - as above
    config: Config,
    signatures: list[SignatureFile],
    wait: float,
    catalogue: Catalogue | None,
    pace: Pace,
    say: Say,
) -> list[PlacedFile]:
    """All are placed before the first is looked at."""
    keep: Callable[[Proof], None] = catalogue.put_proof if catalogue else lambda _proof: None
    with closing(open_destination(config.origin.destination, pace)) as destination:
        retry(destination.check, pace, pace.patience.retry)
        if catalogue and layout.copies(config.sources):
            tenure.owner(config, catalogue, pace).hold(destination)
        placed = bootstrap.place(signatures, destination, keep, say)
    return bootstrap.look(placed, wait, pace, keep, run.clock, say)


def _say_reachability(config: Config, pace: Pace, say: Say) -> None:
    for reached in reachability(config.origin.url, layout.web(config), layout.dns(config), pace):
        say(Note("✓" if reached.ok else "✗", f"{reached.name}: {reached.detail}"))


def _nothing_to_place(config: Config) -> ConfigError:
    return ConfigError(
        f"{config.file}: origin.signature_files is empty, so there is nothing to place",
        hint=f"add the URL prefix {config.origin.property} in TikTok's developer portal, "
        "and name the file it offers",
    )

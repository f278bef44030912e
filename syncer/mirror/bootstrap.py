"""Uploads the signature files and looks for the proof of the property."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import PurePath

from syncer.catalogue import open_catalogue
from syncer.config import Config
from syncer.connect.retry import retry
from syncer.errors import ConfigError, OwnershipError
from syncer.mirror import layout, parts, proofs, scanning, tenure
from syncer.model import Proof
from syncer.origin.ownership import bootstrap
from syncer.origin.ownership.bootstrap import BootstrapNote, Bootstrapped, PlacedFile, Say
from syncer.origin.ownership.file import SignatureFile
from syncer.origin.ownership.lying import replaced
from syncer.origin.ownership.reach import ADDRESS, reachability
from syncer.origin.ownership.shapes import odd_folders
from syncer.protocols import Pace, Proofs
from syncer.sync.owner import Owner

Keep = Callable[[Proof], None]
"""Remembers a proof."""


def bootstrapped(  # noqa: PLR0913 - the options of the command
    config: Config, wait: float, pace: Pace, say: Say, *, remember: bool, take_over: bool
) -> Bootstrapped:
    """`remember` keeps proofs in the catalogue. Raises `ConfigError` if there is nothing to place."""
    if record := proofs.domain_record(config):
        _say_reachability(config, pace, say, by_domain=True)
        sought = bootstrap.look_for_record(record, wait, pace, say)
        return Bootstrapped((), (sought,), tuple(record.steps()))
    signatures = proofs.signatures(config)
    if not signatures:
        raise _nothing_to_place(config)
    bootstrap.refuse_unfit(signatures)
    root = getattr(config.origin.destination, "root", None)
    for odd in odd_folders(root and PurePath(root), config.origin.signature_files):
        say(BootstrapNote("!", odd))
    hidden, trial = _say_reachability(config, pace, say)
    with ExitStack() as handles:
        catalogue = owner = None
        if remember:
            catalogue = handles.enter_context(closing(open_catalogue(config.catalogue)))
            handles.enter_context(tenure.mine(config, catalogue))
            bootstrap.refuse_taken(signatures, catalogue.owner)
            if layout.copies_any(config.sources):
                owner = tenure.owner(config, catalogue, pace)
                owner.look(take_over=take_over)
                for each in owner.remarks():
                    say(BootstrapNote("!", f"{each.message}; {each.hint}"))
        files = _place_and_look(config, signatures, wait, catalogue, owner, pace, say)
    steps = () if trial else tuple(signatures[0].steps())
    return Bootstrapped(tuple(files), (), steps, hidden, trial)


def _place_and_look(  # noqa: PLR0913 - as above
    config: Config,
    signatures: list[SignatureFile],
    wait: float,
    catalogue: Proofs | None,
    owner: Owner | None,
    pace: Pace,
    say: Say,
) -> list[PlacedFile]:
    """Place all files before the first look."""
    keep: Keep = catalogue.put_proof if catalogue else lambda _proof: None
    known = {proof.path: proof.sha256 for proof in (catalogue.proofs() if catalogue else ())}
    with parts.destination(config, pace) as destination:
        retry(destination.check, pace, pace.patience.retry)
        if owner:
            owner.hold(destination)
        said: dict[str, list[str]] = {}

        def lying(signature: SignatureFile) -> str | None:
            stored = retry(lambda: destination.stat(signature.path), pace, pace.patience.retry)
            told = replaced(signature, stored, known.get(signature.path), lambda: signature.served(pace))
            said[signature.path] = [told] if told else []
            return told

        placed = bootstrap.place_signatures(signatures, destination, lying, keep, say)
    files = bootstrap.wait_until_seen(placed, wait, pace, keep, scanning.clock, say)
    return [replace(file, warnings=(*said[file.path], *file.warnings)) for file in files]


def _say_reachability(
    config: Config, pace: Pace, say: Say, *, by_domain: bool = False
) -> tuple[OwnershipError | None, bool]:
    """The error if no platform can reach the origin's address, and whether that is right for a private test
    origin. `by_domain`: a TXT record is the proof, which
    needs neither address nor certificate.
    """
    url, hidden, trial = config.origin.url, None, False
    for reached in reachability(url, parts.web(config), parts.dns(config), pace):
        detail = f"{reached.detail}; {reached.hint}" if reached.hint else reached.detail
        if by_domain and not reached.ok:
            detail += f". The TXT record does not need it; the files at {url} will"
        mark = ("!" if reached.doubtful else "✓") if reached.ok else "!" if by_domain else "✗"
        say(BootstrapNote(mark, f"{reached.name}: {detail}"))
        if by_domain and not reached.ok:
            return None, False
        if reached.name == ADDRESS and not reached.ok:
            hidden = OwnershipError(reached.detail, code="origin.private", hint=reached.hint)
        trial = trial or (reached.name == ADDRESS and reached.doubtful)
    return hidden, trial


def _nothing_to_place(config: Config) -> ConfigError:
    return ConfigError(
        f"{config.file}: origin.signature_files is empty, so there is nothing to place",
        hint=f"add the URL prefix {config.origin.property} in TikTok's developer portal, download the file"
        " that it offers, and add its path there",
    )

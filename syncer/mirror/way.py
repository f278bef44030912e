"""Whether the public URL leads to the destination: what a URL serves proves nothing of a file elsewhere."""

from __future__ import annotations

import hashlib
from contextlib import closing, suppress
from pathlib import Path

from syncer.config import Config
from syncer.connect.retry import retry
from syncer.doctor.leftover import probe_name
from syncer.doctor.probefile import ProbeFile
from syncer.errors import OriginError, SyncerError
from syncer.mirror import parts
from syncer.model import Finding, acceptance, against
from syncer.protocols import Pace

ELSEWHERE = "origin.elsewhere"


def see_way(config: Config, pace: Pace, path: str) -> None:
    """Puts a small file of a random name beside the path at the destination, asks for it by its URL, and
    deletes it. Raises `OriginError` unless the URL surely serves it, and `DestinationError`.
    """
    store, note = config.origin.destination, _note(config)
    probe = ProbeFile(store, parts.origin(config), pace, path.rpartition("/")[0])
    try:
        with closing(probe):
            sweep(config, pace)
            _write(note, probe.path)
            probe.write()
            found = probe.looked()
    finally:
        if not probe.is_there:
            with suppress(OSError):
                note.unlink(missing_ok=True)
    if acceptance(found) is not True:
        raise _elsewhere(probe.url, store.identity(), against(found, seen=False)[0])


def _note(config: Config) -> Path:
    """Where the name of the file is kept while it is there: a killed run leaves it to the next one."""
    name = hashlib.sha256(config.origin.destination.identity().encode()).hexdigest()[:32]
    return parts.notes(config).folder / f"{name}.probe"


def _write(note: Path, path: str) -> None:
    try:
        note.parent.mkdir(mode=0o700, exist_ok=True)
        note.write_text(path, encoding="utf-8")
    except OSError as error:
        raise SyncerError(f"{note} can't be written: {error.strerror}", code="disk") from None


def noted(config: Config) -> str | None:
    """The path of the file that a killed run left at the destination."""
    try:
        path = _note(config).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    return path if probe_name(path) else None


def sweep(config: Config, pace: Pace) -> None:
    """Delete the file of a run that was killed. The caller holds the catalogue's lock, so no run uses it."""
    path = noted(config)
    if path is None:
        return
    with parts.destination(config, pace) as destination:
        retry(lambda: destination.delete(path), pace, pace.patience.retry)
    with suppress(OSError):
        _note(config).unlink(missing_ok=True)


def _elsewhere(url: str, place: str, why: Finding) -> OriginError:
    return OriginError(
        f"{url} does not serve the file that syncer has just written to the destination ({place}):"
        f" {why.message}; so nothing was copied, listed or deleted",
        code=ELSEWHERE,
        hint="let the web server serve this destination at origin.url, then run `syncer sync` again; `syncer"
        " doctor` examines the whole way",
    )

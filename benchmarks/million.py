"""Is memory flat? The pipeline from listing to manifest, with everything real but the bytes.

    python -m benchmarks.million [ASSETS]

Runs twice in processes of their own: all is new, then nothing is. Prints the peak of resident memory and
the time of each.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from syncer import manifest
from syncer.catalogue import open_catalogue
from syncer.model import Action, Asset, Content, Copy, Finding, Inspected, Outcome, Published, State
from syncer.origin.addresses import OriginAddresses
from syncer.origin.paths import PathTemplate
from syncer.protocols import Catalogue, Opened, Pace, Source
from syncer.runners import Threads
from syncer.sync.conductor import Conductor
from syncer.sync.orders import Orders
from syncer.sync.plan import Terms
from syncer.sync.scan import Scan

ORIGIN = "https://media.example.com/"


@dataclass
class Endless:
    """A source with as many assets as asked for, and no bytes."""

    count: int

    def assets(self) -> Iterator[Asset]:
        for number in range(self.count):
            key = f"2026/{number // 1000:04}/holiday video {number:07}.mp4"
            yield Asset("clips", key, key, 5_000_000, f"etag-{number:032}")

    def look(self, asset: Asset) -> Asset:
        return asset

    def remarks(self) -> tuple[Finding, ...]:
        return ()

    def open(self, asset: Asset, start: int = 0) -> AbstractContextManager[Opened]:
        raise NotImplementedError(asset, start)

    def place(self, asset: Asset) -> None:
        del asset

    def close(self) -> None: ...


@dataclass
class AtOnce:
    """A job that has always just finished."""

    @contextmanager
    def open(self, pace: Pace) -> Iterator[Callable[[Action], tuple[Action, Outcome]]]:
        del pace
        yield lambda action: (action, _published(action))


def _published(action: Action) -> Outcome:
    if not isinstance(action, Copy) or not action.path:
        return Inspected(())
    content = Content(5_000_000, "ab" * 32, "cd" * 32, "video/mp4")
    return Published(action.path, ORIGIN + action.path, content, seen=True)


def run(folder: Path, count: int) -> None:
    sources: Mapping[str, Source] = {"clips": Endless(count)}
    addresses = OriginAddresses(ORIGIN, ORIGIN, {"clips": PathTemplate.parse("clips/{key}")})
    catalogue = open_catalogue(f"sqlite:///{folder / 'syncer.db'}")
    terms = Terms(lambda _: (), lambda path: ORIGIN + path, datetime.now(UTC))
    scan = Scan(catalogue, sources, lambda _: None, addresses, terms, lambda _: False)
    files = [folder / "urls.json", folder / "urls.csv"]
    orders = Orders(
        prove=lambda: None,
        ready=lambda: None,
        publish=lambda: write(files, catalogue),
    )
    begun = time.monotonic()
    summary = Conductor(scan, Threads(8), AtOnce(), orders, lambda *_: None).run()
    seconds = time.monotonic() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    did = ", ".join(
        f"{number} {word}" for word, number in summary.counts.items() if number and word != "bytes"
    )
    say(f"{did}: peak {peak:.0f} MiB, {seconds:.0f} s, {seconds / count * 1e6:.0f} µs an asset")


def write(files: list[Path], catalogue: Catalogue) -> int:
    count = catalogue.count(State.PUBLISHED)
    manifest.write_atomically(files, lambda: catalogue.entries(State.PUBLISHED), {"count": count})
    return count


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    count, *folders = sys.argv[1:] or ["1000000"]
    for folder in folders:
        run(Path(folder), int(count))
        return
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            subprocess.run([sys.executable, "-m", "benchmarks.million", count, folder], check=True)


if __name__ == "__main__":
    main()

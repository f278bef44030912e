"""Law: whatever the bytes, the probe gives facts. For long runs, outside the test suite:

    pip install atheris
    python -m tests.fuzz.fuzz_probe [CORPUS_FOLDER] [-max_total_time=3600] [-rss_limit_mb=4096]

What atheris makes up is taken as a file or, where it is short, as the number of a case that
`tests.probe.mutate` makes of the demo's films. A crash of libav ends its child process only and is a flaw, so
what is found here are faults of our own: an error, or a case that takes longer than `-timeout` allows.
"""

from __future__ import annotations

import importlib
import random
import sys

from syncer.model import Facts
from syncer.probe.media_types import sniff
from syncer.probe.prober import Prober
from syncer.serving import samples
from tests.probe import mutate
from tests.probe.held import Held

SEEDS = tuple(path.read_bytes() for path in samples.paths())


def try_one(prober: Prober, data: bytes) -> Facts:
    """The entry of atheris, for one input. Raises if the probe does."""
    if len(data) <= 8:
        chance = random.Random(int.from_bytes(data, "big"))  # noqa: S311 - to be had again
        data, _ = mutate.case(chance, SEEDS)
    elif not sniff(data).startswith(("video/", "image/")):
        data = mutate.SIGNED[data[0] % len(mutate.SIGNED)] + data[1:]
    return Held(data).probed(prober)


def main() -> None:
    atheris = importlib.import_module("atheris")  # not among the requirements
    prober = Prober()
    atheris.Setup(sys.argv, lambda data: try_one(prober, data))
    atheris.instrument_all()
    atheris.Fuzz()


if __name__ == "__main__":
    main()

"""Whether an exception comes from a library: not all of its exceptions share one base class."""

from __future__ import annotations

import traceback


def is_from(error: BaseException, *packages: str) -> bool:
    """Whether a class of these packages is in it, or their code raised it while parsing an answer."""
    if any(kind.__module__.partition(".")[0] in packages for kind in type(error).__mro__):
        return True
    owner = ""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        package = str(frame.f_globals.get("__name__")).partition(".")[0]
        if package == "syncer" or package in packages:
            owner = package
    return owner in packages

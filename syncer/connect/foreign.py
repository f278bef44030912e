"""Whose an exception is: not every class of a library has that library's own base."""

from __future__ import annotations

import traceback


def is_from(error: BaseException, *packages: str) -> bool:
    """Whether it is one of the packages' own, or came up in their code: they parse what servers send."""
    if any(kind.__module__.partition(".")[0] in packages for kind in type(error).__mro__):
        return True
    owner = ""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        package = str(frame.f_globals.get("__name__")).partition(".")[0]
        if package == "syncer" or package in packages:
            owner = package
    return owner in packages

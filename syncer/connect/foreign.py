"""Whose an exception is: not every class of a library has that library's own base."""

from __future__ import annotations


def is_from(error: BaseException, *packages: str) -> bool:
    """Whether its class, or one that this is made of, is of one of the packages."""
    return any(kind.__module__.partition(".")[0] in packages for kind in type(error).__mro__)

"""Text that is safe to print: no control characters, and no longer than it should be. Pure."""

from __future__ import annotations


def visible(text: str) -> str:
    """The text on one line, with escapes for the characters that a terminal would act on.

    These are control characters and marks that turn the direction of writing. Names come from strangers.
    """
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def shorten(text: str, most: int, *, middle: bool = False) -> str:
    """The text, cut to `most` characters: at its end, or (a path) in its middle."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}…{text[-half:]}" if middle else f"{text[: most - 1]}…"

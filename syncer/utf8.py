"""File names are bytes. Python reads letters in them by the locale, which would change their URLs."""

from __future__ import annotations

import os
import sys


def ensure() -> None:
    """Begin this process again in Python's UTF-8 mode where names are not read as UTF-8."""
    if sys.getfilesystemencoding() == "utf-8" or not sys.executable:
        return
    environment = dict(os.environ)
    if sys.stdout and sys.stdout.isatty():  # which shows what its locale says
        environment.setdefault("PYTHONIOENCODING", f"{sys.stdout.encoding}:backslashreplace")
    os.execve(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]], environment)  # noqa: S606 - no shell

"""`python -m syncer`, and the command `syncer`: handles signals before it imports anything slow."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from syncer import process


def main() -> NoReturn:
    process.ensure_standard_files()
    process.ensure_utf8()
    try:
        try:
            process.listen()
            from syncer.cli import main as command

            command()
        finally:
            process.leave()
    except KeyboardInterrupt:
        process.leave()
        os.write(2, b"syncer: interrupted\n")
        sys.exit(process.INTERRUPTED)


if __name__ == "__main__":
    main()

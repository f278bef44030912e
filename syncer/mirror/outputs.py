"""The files that a migration may write: not the config, nor a file that the config names."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from syncer.catalogue import uploads_folder
from syncer.config import Config
from syncer.config.claimed import file_claim, folder_claim, is_same
from syncer.errors import ConfigError
from syncer.settings.masked import masked


def expect_free(
    config: Config, document: Path | None, target: Path | None, map_file: Path | None, *, named: bool
) -> None:
    """Raises `ConfigError` if the output or the map would replace such a file.

    `document` is `None` for standard input, `target` for standard output. The target may be the document.
    `named`: the user gave the name of the target.
    """
    if map_file and document and is_same(map_file, document):
        raise _taken(map_file, "the document to migrate", "--map")
    if map_file and target and is_same(map_file, target):
        raise _taken(map_file, "the output as well", "--map")
    in_place = target and document and is_same(target, document)
    for option, file in (("--output", target), ("--map", map_file)):
        if file is None:
            continue
        claim = file_claim(config, file)
        if claim is None and not (in_place and file is target):
            claim = folder_claim(config, file, named=named or file is map_file)
        if claim:
            raise _taken(file, claim, option)


def output_note(config: Config, file: Path) -> Path:
    """The file that remembers what a migration wrote into this output."""
    name = hashlib.sha256(os.fsencode(os.path.realpath(file))).hexdigest()[:32]
    return uploads_folder(config.catalogue) / f"{name}.output"


def _taken(file: Path, claim: str, option: str) -> ConfigError:
    return ConfigError(
        f"{masked(str(file))} is {claim}, and is not overwritten",
        code="config.output",
        hint=f"name another file with {option}",
    )

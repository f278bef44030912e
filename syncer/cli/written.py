"""The config that `bootstrap --write-config` writes, for `sync` to continue with."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from syncer.cli.lying import lying_at
from syncer.config import Config, load
from syncer.errors import ConfigError
from syncer.manifest import atomic
from syncer.sources import KINDS

_BEFORE = "# Written by syncer bootstrap; config.example.yaml explains every key.\n"
_MIRRORED = """\
# The sources to mirror: remove the #, then run syncer plan and syncer sync.
#sources:
#  clips:
#    kind: local
#    root: /srv/media
#    include: ["*.mp4", "*.mov"]
"""
_LYING = "# Or, if your files are at the destination already, so that you need no copy:\n"
_AFTER = 'manifest: ["urls.json"]\n'


def expect_room(file: Path) -> None:
    """Raise `ConfigError` if the file exists, or its folder does not."""
    if os.path.lexists(file):
        raise _taken(file)
    if not file.absolute().parent.is_dir():
        raise ConfigError(f"--write-config: there is no folder {file.absolute().parent}", hint="create it")
    try:
        atomic.expect_writable(file)
    except OSError as error:
        raise _unwritable(file, error) from None


def write_config(config: Config, file: Path) -> None:
    """Raise `ConfigError` if it can't be written; then no part of it stays."""
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(config_yaml(config))
    except FileExistsError:
        raise _taken(file) from None
    except OSError as error:
        file.unlink(missing_ok=True)
        raise _unwritable(file, error) from None
    except UnicodeError:
        file.unlink(missing_ok=True)
        raise ConfigError(f"--write-config: {file} can't be written: a path in it is not UTF-8") from None
    try:
        load(file, secrets=False)
    except ConfigError:
        file.unlink()
        raise


def config_yaml(config: Config) -> str:
    """The config as YAML, with absolute paths; each scalar is JSON, which is YAML too."""
    origin = config.origin.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    # `exclude_defaults` drops the kind, which is its own model's default.
    origin["destination"] = {"kind": config.origin.destination.kind, **origin["destination"]}
    return _BEFORE + _yaml({"origin": origin}) + _sources(config, origin["destination"]) + _AFTER


def _sources(config: Config, destination: Mapping[str, object]) -> str:
    """The given sources; or examples behind #."""
    if config.sources:
        sources = {
            name: {
                "kind": each.kind,
                **each.model_dump(mode="json", exclude_none=True, exclude_defaults=True),
            }
            for name, each in config.sources.items()
        }
        return "# Files that stay where they are: nothing is copied.\n" + _yaml({"sources": sources})
    if destination["kind"] not in KINDS:
        return _MIRRORED
    lying = _yaml({"sources": {"uploads": lying_at("uploads", destination)}})
    return _MIRRORED + _LYING + "".join(f"#{line}\n" for line in lying.splitlines())


def _yaml(table: Mapping[str, object]) -> str:
    return "".join(f"{line}\n" for line in _lines(table, ""))


def _lines(table: Mapping[str, object], indent: str) -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield f"{indent}{name}:"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{name}: {json.dumps(value, ensure_ascii=False)}"


def _unwritable(file: Path, error: OSError) -> ConfigError:
    told = f"--write-config: {file} can't be written: {error.strerror}"
    return ConfigError(told, hint=atomic.hint(error))


def _taken(file: Path) -> ConfigError:
    return ConfigError(
        f"--write-config: {file} exists already, and is not overwritten",
        hint=f"name another file, or use this one: syncer bootstrap -c {file}",
    )

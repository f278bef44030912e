"""Small configs, and what becomes of them, for the tests of the config file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from syncer.config import Config, load
from syncer.errors import ConfigError

ORIGIN = """\
origin:
  url: https://media.example.com/
  property: https://media.example.com/
  destination: {kind: local, root: web}
"""
"""Four lines that are a whole config."""

CLIPS = ORIGIN + "sources:\n  clips:\n    kind: s3\n    bucket: raw\n"
"""And a source, in lines 5 to 8."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("SYNCER_A", "SYNCER_B"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def loaded(text: str, *, secrets: bool = True) -> Config:
    Path("config.yaml").write_text(text, encoding="utf-8")
    return load(Path("config.yaml"), secrets=secrets)


def complaint(text: str | bytes) -> str:
    Path("config.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as caught:
        load(Path("config.yaml"))
    assert caught.value.code.startswith("config")
    return str(caught.value).replace(str(Path.cwd()), "FOLDER")


def at_origin(key: str, value: str) -> str:
    text, count = re.subn(rf"(?m)^  {key}: .*$", lambda _: f"  {key}: {value}", ORIGIN)
    return text if count else f"{ORIGIN}  {key}: {value}\n"

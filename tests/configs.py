"""Small configs, and what becomes of them, for the tests of the config file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

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
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Its path is short, so that no message shortens it."""
    for name in ("SYNCER_A", "SYNCER_B"):
        monkeypatch.delenv(name, raising=False)
    with TemporaryDirectory(prefix="syncer-test-") as made, monkeypatch.context() as patch:
        patch.chdir(made)
        yield Path(made)


def loaded(text: str, *, secrets: bool = True) -> Config:
    Path("config.yaml").write_text(text, encoding="utf-8")
    return load(Path("config.yaml"), secrets=secrets)


def complaint(text: str | bytes) -> str:
    Path("config.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as caught:
        load(Path("config.yaml"))
    assert caught.value.code.startswith("config")
    return str(caught.value).replace(str(Path.cwd()), "FOLDER")


def assert_complaint(text: str, sentence: str | None) -> None:
    """A config of this text is refused, without a secret, and with exactly these lines if any are given."""
    said = re.sub(r"aaa+…?", "aaa…", complaint(text))
    assert "hunter2" not in said.replace("hunter2key", "")
    if sentence is not None:
        assert said == "\n".join(f"config.yaml:{line}" for line in sentence.split("\n"))


def at_origin(key: str, value: str) -> str:
    text, count = re.subn(rf"(?m)^  {key}: .*$", lambda _: f"  {key}: {value}", ORIGIN)
    return text if count else f"{ORIGIN}  {key}: {value}\n"

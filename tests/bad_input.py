"""Bad input: what a command says of it is one readable sentence for each problem, and nothing is lost."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from syncer.connect.retry import Policy
from syncer.destinations.keys import OWNER_MARK
from syncer.sync.rules import Rules
from tests.home import Home, plain
from tests.servers.ports import free_port
from tests.servers.rgw import S3Service
from tests.servers.sshd import Sshd

WRONG = "SYNCER_TEST_WRONG"
SECRET = "wrong-and-yet-secret"

JARGON = re.compile(
    r"Traceback|Input should|Errno|Exception|<class|object at 0x|\bNone\b|NoneType|pydantic|paramiko|botocore"
    r"|X-Amz-|Signature=|AWSAccessKeyId="
)
"""Words of programmers, and of signed queries."""


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails twice in a row here will fail for ever."""
    monkeypatch.setattr("syncer.origin.http.POLICY", Policy(attempts=1))
    monkeypatch.setattr("syncer.mirror.run.Rules", partial(Rules, policy=Policy(attempts=1)))
    monkeypatch.setenv(WRONG, SECRET)


@pytest.fixture
def s3_source(rgw: S3Service) -> dict[str, Any]:
    return {"kind": "s3", **rgw.settings(rgw.bucket())}


@pytest.fixture
def sftp(home: Home, sshd: Sshd) -> dict[str, Any]:
    """The settings of the destination, which is at the web root by SFTP now."""
    settings = plain(sshd.destination(home.site.root))
    home.config["origin"]["destination"] = settings
    return settings


def sentence(text: str) -> str:
    """One line that a person can read, without jargon or secret."""
    assert text.strip() == text
    assert text.isprintable()
    assert not JARGON.search(text)
    for name in (WRONG, "SYNCER_TEST_RGW_SECRET"):
        assert os.environ.get(name, "there is none") not in text
    return text


def refused(home: Home, command: str = "sync", *, code: int = 2) -> str:
    """What is said by a command that does not begin."""
    ran = home.syncer(command)
    (line,) = ran.err.splitlines()
    assert ran.code == code, ran.err
    assert ran.out == ""
    assert home.public() == set()
    return sentence(line)


def failed(done: Any, *, code: int = 1) -> list[str]:
    """What is said of the run itself: the same in its answer and on stderr."""
    assert done["exit_code"] == code, done
    said = [
        f"{each['message']}; {each['hint']}" if each["hint"] else each["message"] for each in done["errors"]
    ]
    lines = [line for line in done["log"].splitlines() if line.startswith("syncer: ")]
    assert lines == [f"syncer: {each}" for each in said]
    return list(map(sentence, said))


def one_by_one(home: Home) -> dict[str, str]:
    """What `sync` says of each asset, by key: once, the same in `status` and in the log for programs. The log
    for people has what has one cause once.
    """
    done = home.sync("--log-format", "json")
    assert done["exit_code"] == 3, done
    assert done["errors"] == []
    events = [json.loads(line) for line in done["log"].splitlines()]
    whole_origin = [each for each in events if each["event"] == "error"]
    assert all(sentence(each["message"]) and each["code"].startswith("origin.") for each in whole_origin)
    events = [each for each in events if each["event"] not in ("published", "inspected", "error")]
    troubles = home.troubles()
    said = {}
    for key, trouble in troubles.items():
        (told,) = [each for each in events if (each["source"], each["key"]) == (trouble["source"], key)]
        assert trouble["hint"], "what to do about it"
        said[key] = sentence(f"{trouble['message']}; {trouble['hint']}")
        assert told["code"] == trouble["code"]
        assert sentence(f"{told['message']}; {told['hint']}") == said[key]
    assert len(events) == len(said)
    return said


def whole(home: Home, *files: str) -> None:
    """These are published and listed; nothing else is public, and nothing is left of what did not arrive."""
    assert home.public() == set(files)
    assert {record["path"] for record in home.manifest().values()} == set(files)
    assert not [path for path in home.site.root.rglob(".syncer-*") if path.name != OWNER_MARK]
    assert not [
        folder for folder in home.site.root.rglob("*") if folder.is_dir() and not any(folder.iterdir())
    ]
    for file in files:
        assert home.site.get(file).content == (home.site.root / file).read_bytes()


CLOUDS: dict[str, tuple[dict[str, Any], str]] = {
    "unreachable": ({"endpoint": f"http://127.0.0.1:{free_port()}"}, "can't be reached"),
    "secret": ({"secret_key": f"env:{WRONG}"}, "the secret key does not match the access key"),
    "access": ({"access_key": f"env:{WRONG}"}, "the server does not know the access key"),
    "bucket": ({"bucket": "no-such-bucket"}, "there is no such bucket"),
    "no keys": ({"access_key": None, "secret_key": None, "anonymous": True}, "access was denied"),
}


@contextmanager
def immutable(folder: Path) -> Iterator[None]:
    subprocess.run(["chattr", "+i", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", folder], check=True)

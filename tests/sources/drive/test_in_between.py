"""Changes between two requests or during one, and refused tokens."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer.errors import SourceError
from syncer.sources.drive import DriveSource
from tests.home import Home
from tests.media import mp4
from tests.rigs.source_drive import config, settings
from tests.servers.drive import SHORTCUT, Drive

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.mark.parametrize("cut", [None, 200_000])
def test_other_bytes_of_the_same_length_are_never_taken_for_the_listed_ones(
    drive: Drive, home: Home, cut: int | None
) -> None:
    """The change is between the look and the download, or where a broken download would continue."""
    old, new = mp4(400_000, seed=1), mp4(400_000, seed=2)
    item = drive.put("clip.mp4", old)
    drive.changes[item.id] = new
    if cut is not None:
        drive.cut[item.id] = cut
    home.config["sources"] = {"studio": settings(drive, home.folder)}
    first = home.sync()
    assert (first["exit_code"], first["counts"]) == (3, {"failed": 1})
    assert home.troubles()["clip.mp4"]["code"] == "source.changed"
    assert not home.manifest()
    second = home.sync()
    assert (second["exit_code"], second["counts"]["copied"]) == (0, 1)
    assert (home.site.root / "studio/clip.mp4").read_bytes() == new


def test_a_key_that_is_not_the_accounts_gets_no_token(drive: Drive, tmp_path: Path) -> None:
    """Only the signature is wrong."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    file = drive.account(tmp_path, "other.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), "private_key": pem}))
    code, message, _ = _refused(drive, tmp_path, credentials=str(file))
    assert code == "source.credentials"
    assert pem.splitlines()[1] not in message
    assert not drive.tokens


@pytest.mark.parametrize(
    ("status", "word", "expected"),
    [
        (429, "rateLimitExceeded", ("source.limit", True)),
        (503, "backendError", ("source.unavailable", True)),
        (400, "invalid_client", ("source.credentials", False)),
        (200, "nothing", ("source.credentials", False)),
    ],
)
def test_a_temporary_token_failure_differs_from_a_permanent_one(
    drive: Drive, tmp_path: Path, status: int, word: str, expected: tuple[str, bool]
) -> None:
    drive.refuse["token"] = status, word
    code, message, transient = _refused(drive, tmp_path)
    assert (code, transient) == expected
    assert "secret-looking" not in message


def test_a_shortcut_without_a_target_affects_only_itself(drive: Drive, tmp_path: Path) -> None:
    drive.add("kept.mp4", data=b"x")
    drive.add("nowhere.mp4", SHORTCUT)
    with closing(DriveSource("studio", config(drive, tmp_path))) as source:
        assert [asset.key for asset in source.assets()] == ["kept.mp4"]
        assert [remark.rule for remark in source.remarks()] == ["drive.shortcut"]


def _refused(drive: Drive, home: Path, **others: Any) -> tuple[str, str, bool]:
    """Code, message and transience of the error at the end of a listing."""
    with closing(DriveSource("studio", config(drive, home, **others))) as source:
        with pytest.raises(SourceError) as caught:
            list(source.assets())
        return caught.value.code, str(caught.value), caught.value.transient

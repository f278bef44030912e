"""Google's refusals have different errors, and transient ones are waited for."""

from __future__ import annotations

import hashlib
from contextlib import closing
from pathlib import Path

import pytest

from syncer.errors import SourceChanged, SourceError
from syncer.model import Asset
from syncer.runners import SharedPace
from syncer.sources.drive import DriveSource
from tests.home import Home
from tests.media import mp4
from tests.rigs.source_drive import config, settings
from tests.servers.certificates import Certificates
from tests.servers.drive import Drive
from tests.servers.drive_accounts import API_KEY, EMAIL
from tests.servers.scripted import answer, scripted

pytestmark = pytest.mark.usefixtures("impatient")

DATA = b"0123456789" * 1000


def read(source: DriveSource, asset: Asset, start: int = 0) -> bytes:
    with source.open(asset, start) as reader:
        return b"".join(iter(lambda: reader.read(4096), b""))


REFUSALS = [
    (403, "downloadQuotaExceeded", ("source.quota", False)),
    (403, "cannotDownloadAbusiveFile", ("source.abusive", False)),
    (403, "insufficientFilePermissions", ("source.denied", False)),
    (403, "domainPolicy", ("source.denied", False)),
    (403, "fileNotDownloadable", ("source.document", False)),
    (403, "dailyLimitExceeded", ("source.quota", False)),
    (403, "accessNotConfigured", ("source.disabled", False)),
    (403, "appNotAuthorizedToFile", ("source.credentials", False)),
    (400, "keyExpired", ("source.credentials", False)),
    (403, "ipRefererBlocked", ("source.credentials", False)),
    (403, "somethingNew", ("source.denied", False)),
    (500, "backendError", ("source.unavailable", True)),
    (418, "teapot", ("source.answer", True)),
]


@pytest.mark.parametrize(("status", "reason", "expected"), REFUSALS)
def test_each_refusal_has_its_code_and_says_what_to_do(
    drive: Drive, source: DriveSource, status: int, reason: str, expected: tuple[str, bool]
) -> None:
    item = drive.put("clip.mp4", DATA)
    (asset,) = source.assets()
    drive.refuse[item.id] = status, reason
    with pytest.raises(SourceError) as caught:
        read(source, asset)
    assert (caught.value.code, caught.value.transient) == expected
    assert caught.value.hint


def test_a_folder_that_is_not_shared_is_reported_with_the_account(drive: Drive, source: DriveSource) -> None:
    drive.items["folder0000"].shared = False
    with pytest.raises(SourceError) as caught:
        list(source.assets())
    assert caught.value.code == "source.missing"
    assert EMAIL in str(caught.value.hint)


def test_a_rate_limit_is_waited_for_and_given_up_in_the_end(drive: Drive, source: DriveSource) -> None:
    drive.put("clip.mp4", DATA)
    drive.every = 2
    (asset,) = source.assets()
    assert read(source, asset) == DATA
    drive.every = 1
    with pytest.raises(SourceError) as caught:
        list(source.assets())
    assert caught.value.code == "source.limit"


def test_a_wait_beyond_the_limit_is_an_error(drive: Drive, source: DriveSource) -> None:
    drive.every, drive.retry_after = 1, "86400"
    with pytest.raises(SourceError) as caught:
        list(source.assets())
    assert caught.value.code == "source.limit"
    assert caught.value.retry_after == 86400


def test_a_stopped_run_does_not_wait(drive: Drive, tmp_path: Path) -> None:
    pace = SharedPace()
    drive.every, drive.retry_after = 1, "60"
    with closing(DriveSource("studio", config(drive, tmp_path), pace)) as source:
        pace.stop()
        with pytest.raises(SourceError):
            list(source.assets())


def test_a_token_that_ends_meanwhile_is_renewed_once(drive: Drive, source: DriveSource) -> None:
    drive.put("clip.mp4", DATA)
    (asset,) = source.assets()
    drive.tokens.clear()
    assert read(source, asset) == DATA
    drive.tokens.clear()
    drive.refuse["token"] = 400, "invalid_grant"
    with pytest.raises(SourceError) as caught:
        read(source, asset)
    assert caught.value.code == "source.credentials"
    assert "secret-looking" not in str(caught.value)


def test_a_user_reads_with_a_refresh_token(drive: Drive, tmp_path: Path) -> None:
    drive.put("clip.mp4", DATA)
    settings = config(drive, tmp_path, credentials=str(drive.user(tmp_path)))
    with closing(DriveSource("studio", settings)) as source:
        (asset,) = source.assets()
        assert read(source, asset, 5) == DATA[5:]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not a JSON file"),
        ("[]", "not a JSON file"),
        ("{}", "no service account"),
        ('{"installed": {}}', "OAuth client"),
        ('{"type": "service_account"}', "incomplete"),
        (
            '{"type": "service_account", "client_email": "a@b.c", "private_key": "x", "token_uri": "y"}',
            "incomplete",
        ),
    ],
)
def test_an_invalid_credentials_file_is_reported(drive: Drive, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(text)
    with closing(DriveSource("studio", config(drive, tmp_path, credentials=str(file)))) as source:
        with pytest.raises(SourceError, match=said) as caught:
            list(source.assets())
        assert caught.value.code == "source.credentials"


def test_a_cut_or_wrong_body_is_never_taken_for_the_whole(drive: Drive, source: DriveSource) -> None:
    item = drive.put("clip.mp4", DATA)
    (asset,) = source.assets()
    drive.cut[item.id] = 100
    with pytest.raises(SourceError) as caught:
        read(source, asset)
    assert (caught.value.code, caught.value.transient) == ("source.cut", True)
    drive.lie[item.id] = 10
    with pytest.raises(SourceError) as caught:
        read(source, asset)
    assert caught.value.code == "source.cut"


def test_a_change_after_the_listing_is_reported_from_any_place(drive: Drive, source: DriveSource) -> None:
    drive.put("clip.mp4", DATA)
    (asset,) = source.assets()
    drive.put("clip.mp4", DATA[::-1])
    for start in (0, 10, len(DATA)):
        with pytest.raises(SourceChanged):
            read(source, asset, start)


def test_a_digest_is_reported_where_there_is_one(drive: Drive, source: DriveSource) -> None:
    for name in ("a.mp4", "b.mp4"):
        drive.put(name, DATA)
    assert {asset.digest for asset in source.assets()} == {
        f"sha256:{hashlib.sha256(DATA).hexdigest()}",
        f"md5:{hashlib.md5(DATA).hexdigest()}",  # noqa: S324 - as Drive has it
    }


def test_a_run_that_meets_cuts_copies_all_the_same(drive: Drive, home: Home) -> None:
    """A download continues where it broke."""
    item = drive.put("clip.mp4", mp4(400_000))
    drive.cut[item.id] = 200_000
    home.config["sources"] = {"studio": settings(drive, home.folder)}
    done = home.sync()
    assert (done["exit_code"], done["counts"]["copied"]) == (0, 1)


def test_the_doctor_says_what_is_wrong_with_a_key(
    drive: Drive, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNCER_TEST_KEY", f"{API_KEY}wrong")
    home.config["sources"] = {"studio": settings(drive, home.folder, api_key="env:SYNCER_TEST_KEY")}
    ran = home.syncer("doctor")
    assert "the API key is not valid" in ran.out
    assert API_KEY not in ran.out + ran.err


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("folder: https://drive.google.com/file/d/1AbCdEfGhIj/view, api_key: env:X", "is the link of a file"),
        ("folder: https://example.com/x, api_key: env:X", "must be a link such as"),
        ("folder: 1AbCdEfGhIj", "set either credentials"),
        ("folder: 1AbCdEfGhIj, api_key: AIza123", "not the secret itself"),
    ],
)
def test_a_config_error_is_reported_with_its_place(home: Home, said: str, sentence: str) -> None:
    home.syncer("status")
    file = home.folder / "config.yaml"
    text = file.read_text().split("sources:")[0]
    file.write_text(f"{text}sources: {{studio: {{kind: drive, {said}}}}}\n")
    ran = home.syncer_alone("plan", "-c", str(file))
    assert ran.code == 2
    assert sentence in ran.err
    assert "config.yaml:" in ran.err


def test_a_shared_link_that_is_refused_is_read_by_the_api(
    drive: Drive, home: Home, certificates: Certificates
) -> None:
    """The link's own server requires a login."""
    item = drive.add("Clip.mp4", id_="1AbCdEfGhIjKlMnOp", parent="elsewhere", data=mp4())
    with scripted(certificates.leaf("drive.usercontent.google.com"), answer("403 Forbidden", b"no")) as login:
        home.config["sources"] = {
            "shared": {
                "kind": "links",
                "urls": [f"https://drive.google.com/file/d/{item.id}/view"],
                "connect_to": login.connect_to,
                "ca": str(certificates.ca),
                "refresh": {
                    "drive": {"credentials": str(drive.account(home.folder)), "endpoint": drive.endpoint}
                },
            }
        }
        done = home.sync()
    assert (done["exit_code"], done["counts"].get("copied")) == (0, 1), done["log"]
    assert list(home.manifest()) == [f"drive.google.com/{item.id}"]
    assert next(iter(home.public())).endswith(f"{item.id}.mp4")

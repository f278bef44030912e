"""The config file: its meaning, in YAML and in Python."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.config import Config, load
from syncer.config.deletes import AT_ONCE, DeleteLimit
from syncer.protocols.patience import Patience
from tests import configs
from tests.configs import CLIPS, ORIGIN, complaint, loaded

folder = configs.folder


def test_the_least_config(folder: Path) -> None:
    config = loaded(ORIGIN)
    assert config.origin.url == "https://media.example.com/"
    assert config.origin.property == "https://media.example.com/"
    assert config.origin.signature_files == ()
    assert (config.origin.ca, config.origin.connect_to, config.origin.dns) == (None, None, None)
    assert config.origin.txt_record is None
    assert config.origin.destination.kind == "local"
    assert config.sources == {}
    assert config.catalogue == f"sqlite:///{folder}/syncer.db"
    assert config.manifest == (folder / "urls.json",)
    assert (config.check.profile, config.check.rejected, config.check.verify) == ("tiktok", "skip", "head")
    assert config.check.recheck == timedelta(days=7)
    assert config.delete is None
    assert config.max_delete == DeleteLimit(share=0.1, at_least=3)
    assert config.workers == 8
    assert config.bandwidth is None
    assert config.tiktok.access_token is None
    assert config.file == folder / "config.yaml"


def test_every_key(folder: Path) -> None:
    (folder / "tiktokA.txt").touch()
    (folder / "ca.pem").touch()
    config = loaded(
        """\
        origin:
          url: https://Media.Example.com:8443/v/
          property: https://media.example.com:8443/
          signature_files: [tiktokA.txt]
          ca: ca.pem
          connect_to: "[::1]:8443"
          dns: 127.0.0.1:5353
          destination: {kind: local, root: /var/www}
        sources:
          2024: {kind: local, root: in, include: ["*.mp4"], path: "{slug}.{ext}", max_size: 4GiB}
          "no": {kind: s3, bucket: raw}
        catalogue: sqlite:////var/syncer.db
        manifest: [urls.csv, /tmp/urls.txt]
        check: {profile: tiktok, rejected: publish, verify: full, recheck: 1d}
        delete: {after: 30d}
        max_delete: 50%
        workers: 64
        bandwidth: 50MB/s
        tiktok: {access_token: "env:SYNCER_A"}
        """
    )
    assert config.origin.url == "https://media.example.com:8443/v/"
    assert config.origin.signature_files == (folder / "tiktokA.txt",)
    assert config.origin.ca == folder / "ca.pem"
    assert config.origin.connect_to == "[::1]:8443"
    assert config.origin.dns == "127.0.0.1:5353"
    assert list(config.sources) == ["2024", "no"]
    assert config.sources["2024"].include == ("*.mp4",)
    assert config.sources["2024"].max_size == 4 * 2**30
    assert config.catalogue == "sqlite:////var/syncer.db"
    assert config.manifest == (folder / "urls.csv", Path("/tmp/urls.txt"))  # noqa: S108 - is not written
    assert (config.check.rejected, config.check.verify) == ("publish", "full")
    assert config.check.recheck == timedelta(days=1)
    assert config.delete == timedelta(days=30)
    assert config.max_delete == DeleteLimit(share=0.5, at_least=3)
    assert (config.workers, config.bandwidth) == (64, 50_000_000)
    assert config.tiktok.access_token == "env:SYNCER_A"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "value"), [("never", None), ("null", None), ("mirror", AT_ONCE), ("{after: 2w}", timedelta(14))]
)
def test_delete(text: str, value: timedelta | None) -> None:
    assert loaded(f"{ORIGIN}delete: {text}\n").delete == value


@pytest.mark.usefixtures("folder")
def test_a_config_can_be_made_without_a_file() -> None:
    made = Config.model_validate({**loaded(ORIGIN).model_dump(), "delete": timedelta(14)})
    assert made.delete == timedelta(14)
    assert made.file == Path.cwd() / "config.yaml"


def test_reading_a_config_loads_no_sdk() -> None:
    loads = "import sys, syncer.config; print(*{'boto3', 'botocore', 'paramiko', 'httpx'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


@pytest.mark.usefixtures("folder")
def test_a_config_travels_to_a_worker() -> None:
    config = loaded(CLIPS)
    travelled = pickle.loads(pickle.dumps(config))  # noqa: S301 - our own bytes
    assert travelled == config
    assert travelled.file == config.file


@pytest.mark.usefixtures("folder")
def test_a_part_with_nothing_below_it_means_its_defaults_and_null_means_null() -> None:
    assert loaded(ORIGIN + "sources:\ncheck:\nworkers:\nmanifest: ~\n") == loaded(ORIGIN)
    assert loaded(ORIGIN + "check: {recheck: null}\n").check.recheck is None


def test_one_file_may_stand_for_a_list_of_one(folder: Path) -> None:
    (folder / "a.txt").touch()
    config = loaded(ORIGIN + "  signature_files: a.txt\nmanifest: urls.csv\n")
    assert config.origin.signature_files == (folder / "a.txt",)
    assert config.manifest == (folder / "urls.csv",)


def test_paths_are_relative_to_the_folder_of_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "etc").mkdir()
    (folder / "etc/config.yaml").write_text(ORIGIN + "catalogue: sqlite:///../syncer.db\n")
    config = load(Path("etc/config.yaml"))
    assert config.manifest == (folder / "etc/urls.json",)
    assert config.catalogue == f"sqlite:///{folder}/etc/../syncer.db"
    with monkeypatch.context() as patch:
        patch.chdir("/")
        assert config.file == folder / "etc/config.yaml"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("example.com", "example.com"),
        ("Example.COM", "example.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("https://Media.Example.com/A%C3%A9/", "https://media.example.com/A%C3%A9/"),
        ("https://media.example.com:443/@me/", "https://media.example.com/@me/"),
        ("https://localhost:8443/", "https://localhost:8443/"),
    ],
)
def test_properties(text: str, value: str) -> None:
    config = loaded(ORIGIN.replace("property: https://media.example.com/", f"property: {text}"))
    assert config.origin.property == value


@pytest.mark.usefixtures("folder")
def test_text_that_yaml_1_1_would_convert_stays_text() -> None:
    source = "    prefix: {}\n"
    for text in (
        "no",
        "on",
        "off",
        "yes",
        "y",
        "1:30",
        "2024-01-01",
        "010",
        "0x1F",
        "1_000",
        "1e3",
        ".inf",
        ".nan",
    ):
        assert loaded(CLIPS + source.format(text)).sources["clips"].model_dump()["prefix"] == text


@pytest.mark.usefixtures("folder")
def test_anchors_and_merge_keys() -> None:
    config = loaded(
        ORIGIN
        + """\
sources:
  a: &a {kind: local, root: a, path: "a/{key}", include: &globs ["*.mp4"]}
  b: &b {<<: *a, root: b}
  c: {root: c, <<: [{path: "c/{key}"}, *b]}
  d: {kind: local, root: d, include: *globs}
"""
    )
    found = [
        (source.model_dump()["root"].name, source.path, *source.include) for source in config.sources.values()
    ]
    assert found == [
        ("a", "a/{key}", "*.mp4"),
        ("b", "a/{key}", "*.mp4"),
        ("c", "c/{key}", "*.mp4"),
        ("d", "{source}/{key}", "*.mp4"),
    ]


@pytest.mark.usefixtures("folder")
def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    Path("config.yaml").write_bytes(b"\xef\xbb\xbf" + ORIGIN.replace("\n", "\r\n").encode())
    assert load(Path("config.yaml")) == loaded(ORIGIN)


@pytest.mark.usefixtures("folder")
def test_the_patience_of_a_config_is_its_timeouts_and_its_retry() -> None:
    assert loaded(ORIGIN).patience == Patience()
    config = loaded(ORIGIN + "timeouts: {answer: 200ms, rate: 2KB/s}\nretry: {attempts: 2, wait: 20ms}\n")
    assert (config.patience.answer, config.patience.rate, config.patience.connect) == (0.2, 2000, 10.0)
    assert (config.patience.retry.attempts, config.patience.retry.first_wait) == (2, 0.02)
    assert pickle.loads(pickle.dumps(config.patience)) == config.patience  # noqa: S301 - our own


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("key", ["connect", "answer", "window", "give_up"])
def test_no_timeout_is_zero(key: str) -> None:
    assert "must be longer than 0s" in complaint(ORIGIN + f"timeouts: {{{key}: 0s}}\n")


@pytest.mark.parametrize(
    ("said", "share", "at_least"),
    [
        ("10%", 0.1, 3),
        ("100%", 1.0, 3),
        ("0%", 0.0, 0),
        ("0", 0.0, 0),
        ("{share: 20%}", 0.2, 3),
        ("{at_least: 5}", 0.1, 5),
        ("{share: 10%, at_least: 0}", 0.1, 0),
        ("{share: 0%, at_least: 2}", 0.0, 2),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_share_alone_leaves_a_small_mirror_three_files_to_lose(
    said: str, share: float, at_least: int
) -> None:
    """`0%` allows no file."""
    found = loaded(ORIGIN + f"max_delete: {said}\n").max_delete
    assert found == DeleteLimit(share=share, at_least=at_least)

"""Bad input: one sentence for each problem, the right exit code, and nothing lost.

What other files prove to the end is not repeated here: a missing config, an environment variable that is not
set, an SFTP server that does not answer, a full disk that ends the run (test_commands); two assets on one
public path, names that differ only in case or in normalisation, empty files (test_sync).
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from syncer.connect.retry import Policy
from syncer.destinations.keys import OWNER_MARK
from syncer.probe.media_types import sniff
from syncer.sync.transfer import Rules
from tests.home import Home, plain
from tests.media import PNG, SMALLEST, mp4
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, StartNginx
from tests.servers.ports import free_port
from tests.servers.rgw import S3Service
from tests.servers.sshd import Sshd, keygen

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
def home(tmp_path: Path, nginx: StartNginx, web_root: Path) -> Home:
    return Home(tmp_path, nginx(web_root))


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


# The config


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("# nothing but a comment\n", "is empty"),
        ("origin: [", "a bracket that is never closed"),
        ("just words\n", 'must hold lines of "key: value"'),
        ("manifests: a.json\n", 'manifests: unknown key; did you mean "manifest"?'),
        ("workers: many\n", 'workers: must be a whole number; found "many"'),
        ("sources: {clips: {kind: ftp, root: x}}\n", 'sources.clips.kind: unknown kind "ftp"'),
        ("sources: {clips: {root: x}}\n", "sources.clips.kind: is required, but missing"),
        ("manifest: [nowhere/urls.json]\n", "create it"),
        ("catalogue: sqlite:///nowhere/syncer.db\n", "create it"),
        ("catalogue: syncer.db\n", "must be sqlite:///syncer.db"),
    ],
)
def test_each_flaw_of_a_config_is_one_line_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "config.yaml"
    whole_config = (
        "origin:\n  url: https://media.example.test/\n  property: https://media.example.test/\n"
        "  destination: {kind: local, root: web}\n"
    )
    begins = "origin: [" in text or "just" in text or not text.partition("#")[0]
    file.write_text(text if begins else whole_config + text)
    for command in ("sync", "plan", "status", "urls"):
        ran = Home.syncer_alone(command, "-c", str(file))
        (line,) = ran.err.splitlines()
        assert ran.code == 2
        assert re.match(rf"syncer: {re.escape(str(file))}:\d+:\d+: ", line)
        assert said in sentence(line)
    assert list(tmp_path.iterdir()) == [file]


def test_two_flaws_are_two_lines(home: Home) -> None:
    home.config |= {"workers": "many", "orign": {}}
    ran = home.syncer("sync")
    assert ran.code == 2
    assert len(list(map(sentence, ran.err.splitlines()))) == 2


def test_a_secret_file_that_is_missing(home: Home, s3_source: dict[str, Any]) -> None:
    home.config["sources"]["cloud"] = s3_source | {"secret_key": "file:key.txt"}
    assert "key.txt can't be read: No such file" in refused(home)


# Sources and destinations that can't be used


CLOUDS: dict[str, tuple[dict[str, Any], str]] = {
    "unreachable": ({"endpoint": f"http://127.0.0.1:{free_port()}"}, "can't be reached"),
    "secret": ({"secret_key": f"env:{WRONG}"}, "the secret key does not fit the access key"),
    "access": ({"access_key": f"env:{WRONG}"}, "the access key is not known"),
    "bucket": ({"bucket": "no-such-bucket"}, "there is no such bucket"),
    "no keys": ({"access_key": None, "secret_key": None, "anonymous": True}, "access was denied"),
}


@pytest.mark.parametrize("flaw", CLOUDS)
def test_a_bucket_that_cant_be_read_costs_only_its_source(
    home: Home, s3_source: dict[str, Any], flaw: str
) -> None:
    wrong, said = CLOUDS[flaw]
    home.put("a.mp4", mp4())
    home.config["sources"] = {"cloud": s3_source | wrong, **home.config["sources"]}
    (line,) = failed(home.sync())
    assert said in line
    whole(home, "clips/a.mp4")
    (line,) = home.syncer("plan").err.splitlines()
    assert said in line
    assert said in home.syncer("status").out


@pytest.mark.parametrize("flaw", CLOUDS)
def test_a_bucket_that_cant_be_written(home: Home, rgw: S3Service, flaw: str) -> None:
    wrong, said = CLOUDS[flaw]
    home.put("a.mp4", mp4())
    home.config["origin"]["destination"] = {"kind": "s3", **rgw.settings(rgw.bucket()), **wrong}
    for _ in range(2):
        (line,) = failed(home.sync())
        assert said in line
        assert not (home.folder / "urls.json").exists(), "whose the bucket is can't be told"


def test_an_ssh_host_that_nobody_vouched_for_learns_nothing(home: Home, sftp: dict[str, Any]) -> None:
    home.put("a.mp4", mp4())
    known_hosts = home.folder / "known_hosts"
    known_hosts.write_text("")
    right = sftp["known_hosts"]
    sftp["known_hosts"] = "known_hosts"
    (line,) = failed(home.sync())
    assert "is not known" in line
    assert f"ssh-keyscan -p {sftp['port']} 127.0.0.1 >> {known_hosts}" in line
    home.sign()
    for command in ("bootstrap", "tidy"):
        ran = home.syncer(command)
        assert ran.code == 1
        assert ran.err.splitlines()[-1] == f"syncer: {line}"
        assert ran.out == ""
    assert home.public() == set()
    del home.config["origin"]["signature_files"]
    sftp["known_hosts"] = right
    assert home.sync()["exit_code"] == 0
    whole(home, "clips/a.mp4")


def test_an_ssh_host_that_changed_is_refused_loudly(home: Home, sftp: dict[str, Any], sshd: Sshd) -> None:
    home.put("a.mp4", mp4())
    keygen(home.folder / "other", "ed25519")
    other = " ".join((home.folder / "other.pub").read_text().split()[:2])
    (home.folder / "known_hosts").write_text(f"[{sshd.host}]:{sshd.port} {other}\n")
    sftp["known_hosts"] = "known_hosts"
    (line,) = failed(home.sync())
    assert "HAS CHANGED" in line
    assert home.public() == set()


def test_an_ssh_key_that_is_not_let_in(home: Home, sftp: dict[str, Any]) -> None:
    home.put("a.mp4", mp4())
    sftp["key"] = str(keygen(home.folder / "stranger", "ed25519"))
    (line,) = failed(home.sync())
    assert "does not let" in line
    assert home.public() == set()


def test_a_source_folder_that_is_missing_costs_only_itself(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.config["sources"]["more"] = {"kind": "local", "root": "nowhere"}
    (line,) = failed(home.sync())
    assert f"{home.folder}/nowhere is not there, so nothing in it was listed" in line
    whole(home, "clips/a.mp4")


# Destinations that are not writable, or full


@contextmanager
def mounted(*arguments: str | Path) -> Iterator[None]:
    *_, folder = arguments
    subprocess.run(["mount", *arguments], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("kind", ["local", "sftp"])
def test_a_folder_that_is_mounted_read_only(home: Home, sshd: Sshd, kind: str) -> None:
    home.put("a.mp4", mp4())
    root = home.site.root
    if kind == "sftp":
        home.config["origin"]["destination"] = plain(sshd.destination(root))
    with mounted("--bind", root, root):
        subprocess.run(["mount", "-o", "remount,bind,ro", root], check=True)
        (line,) = failed(home.sync())
    assert f"{root} is read-only: a test file can't be written" in line
    assert home.manifest() == {}
    assert home.sync()["exit_code"] == 0
    whole(home, "clips/a.mp4")


@pytest.mark.parametrize("kind", ["local", "sftp"])
def test_no_published_name_is_in_the_way_of_the_test_file(home: Home, sshd: Sshd, kind: str) -> None:
    if kind == "sftp":
        home.config["origin"]["destination"] = plain(sshd.destination(home.site.root))
    home.config["sources"]["clips"]["path"] = "{key}"
    home.put("check/a.mp4", mp4())
    assert home.sync()["exit_code"] == 0
    home.put("check/b.mp4", mp4(seed=1))
    assert home.sync()["exit_code"] == 0
    whole(home, "check/a.mp4", "check/b.mp4")


def test_a_folder_that_another_user_owns_over_sftp(home: Home, sftp: dict[str, Any]) -> None:
    home.put("a.mp4", mp4())
    sftp["user"] = "nobody"
    (line,) = failed(home.sync())
    assert f"{home.site.root} does not let us create files in its root (Permission denied)" in line
    home.site.root.chmod(0o777)
    (home.site.root / "clips").mkdir()
    home.put("b.mp4", mp4(seed=1))
    home.config["sources"]["clips"]["path"] = "{key}"
    home.config["sources"]["more"] = {
        "kind": "local",
        "root": "media",
        "path": "clips/{key}",
        "include": ["b*"],
    }
    said = one_by_one(home)
    assert list(said) == ["b.mp4"]
    assert "does not let us" in said["b.mp4"]
    (home.site.root / "clips").rmdir()
    assert set(home.manifest()) == {"a.mp4", "b.mp4"}
    assert home.public() == {"a.mp4", "b.mp4"}


@pytest.mark.parametrize("kind", ["local", "sftp"])
def test_what_still_fits_on_a_disk_is_published(home: Home, sshd: Sshd, kind: str) -> None:
    root = home.site.root
    if kind == "sftp":
        home.config["origin"]["destination"] = plain(sshd.destination(root))
    home.put("large.mp4", mp4(3_000_000))
    home.put("small.mp4", mp4())
    home.config["workers"] = 1
    with mounted("-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", root):
        (said,) = one_by_one(home).values()
        assert f"{root} is full: 'clips/large.mp4' can't be written" in said
        whole(home, "clips/small.mp4")
        subprocess.run(["mount", "-o", "remount,size=8m", root], check=True)
        assert home.sync()["exit_code"] == 0
        whole(home, "clips/small.mp4", "clips/large.mp4")


# Names


def test_keys_that_are_no_paths_cost_only_themselves(
    home: Home, rgw: S3Service, s3_source: dict[str, Any]
) -> None:
    with closing(rgw.client()) as client:
        for key in (
            "../up.mp4",
            "in/../../up.mp4",
            "./here.mp4",
            "/absolute.mp4",
            "empty//segment.mp4",
            "x" * 300 + ".mp4",
            "back\\slash.mp4",
            "fine.mp4",
        ):
            client.put_object(Bucket=s3_source["bucket"], Key=key, Body=mp4())
        client.put_object(Bucket=s3_source["bucket"], Key="nothing.mp4", Body=b"")
        client.put_object(Bucket=s3_source["bucket"], Key="folder/", Body=b"")
    home.config["sources"] = {"cloud": s3_source | {"path": "{key}"}}
    said = one_by_one(home)
    assert len(said) == 8
    whole(home, "fine.mp4")
    assert not (home.site.root.parent / "up.mp4").exists()


NASTY = ("title\x1b]0;mine\x07.mp4", "new\nsyncer: all is well.mp4", "right-to-left\u202e4pm.mp4")


def test_a_name_can_neither_paint_the_terminal_nor_forge_a_line(
    home: Home, rgw: S3Service, s3_source: dict[str, Any]
) -> None:
    with closing(rgw.client()) as client:
        for key in NASTY:
            client.put_object(Bucket=s3_source["bucket"], Key=key, Body=PNG)
    for key in NASTY:
        home.put(key, PNG)
    home.config["sources"]["cloud"] = s3_source
    for command in ("plan", "sync", "status"):
        ran = home.syncer(command)
        assert ran.code in (0, 3, 4)
        lines = (ran.out + ran.err).splitlines()
        assert all(line.isprintable() for line in lines), lines
        assert not [line for line in lines if line.startswith("syncer: all is well")]


def test_names_at_their_folder_that_cant_be_published(home: Home) -> None:
    (home.media / os.fsdecode(b"caf\xe9.mp4")).write_bytes(mp4())
    (home.media / "link.mp4").symlink_to("/etc/hostname")
    (home.media / "folder").symlink_to("/etc")
    (home.media / "dangling.mp4").symlink_to("nowhere")
    home.put("fine.mp4", mp4())
    said = one_by_one(home)
    assert len(said) == 4
    whole(home, "clips/fine.mp4")


# What changes under our hands


def test_an_object_that_is_deleted_or_replaced_between_its_listing_and_its_reading(
    home: Home, rgw: S3Service, s3_source: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from syncer.sources.s3 import S3Source

    bucket, opened = s3_source["bucket"], S3Source.open
    with closing(rgw.client()) as client:
        for number, key in enumerate(("deleted.mp4", "replaced.mp4", "same-size.mp4", "stays.mp4")):
            client.put_object(Bucket=bucket, Key=key, Body=mp4(seed=number))

        def changed_before(source: S3Source, asset: Any, start: int = 0) -> Any:
            match asset.key:
                case "deleted.mp4":
                    client.delete_object(Bucket=bucket, Key=asset.key)
                case "replaced.mp4":
                    client.put_object(Bucket=bucket, Key=asset.key, Body=mp4(9000, seed=8))
                case "same-size.mp4":
                    client.put_object(Bucket=bucket, Key=asset.key, Body=mp4(seed=9))
            return opened(source, asset, start)

        home.config["sources"] = {"cloud": s3_source}
        with monkeypatch.context() as patch:
            patch.setattr(S3Source, "open", changed_before)
            said = one_by_one(home)
    assert set(said) == {"deleted.mp4", "replaced.mp4", "same-size.mp4"}
    assert all("changed or deleted since it was listed" in each for each in said.values())
    whole(home, "cloud/stays.mp4")
    assert home.sync()["exit_code"] == 0
    whole(home, "cloud/stays.mp4", "cloud/replaced.mp4", "cloud/same-size.mp4")
    assert home.site.get("cloud/same-size.mp4").content == mp4(seed=9)


def test_a_file_that_is_deleted_or_written_to_while_it_is_read(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleted while it is open is no harm: all of it is still there to be read."""
    for number, name in enumerate(("cut", "deleted", "grown", "overwritten", "replaced", "stays")):
        home.put(f"{name}.mp4", mp4(3_000_000, seed=number))

    def changed_meanwhile(head: bytes, key: str) -> str:
        path = home.media / key
        match path.stem:
            case "cut":
                os.truncate(path, len(SMALLEST) - 200)
            case "grown":
                path.write_bytes(path.read_bytes() + b"more")
            case "overwritten":
                path.write_bytes(mp4(3_000_000, seed=7))
            case "deleted":
                path.unlink()
            case "replaced":
                home.put("new", mp4(3_000_000, seed=8)).rename(path)
        return sniff(head, key)

    with monkeypatch.context() as patch:
        patch.setattr("syncer.sync.stream.sniff", changed_meanwhile)
        said = one_by_one(home)
    assert set(said) == {"cut.mp4", "grown.mp4", "overwritten.mp4"}
    assert all("was changed or deleted since it was listed" in each for each in said.values())
    whole(home, "clips/deleted.mp4", "clips/replaced.mp4", "clips/stays.mp4")
    assert home.sync()["exit_code"] == 4
    assert {key: trouble["code"] for key, trouble in home.troubles().items()} == {
        "cut.mp4": "media.truncated"
    }
    assert home.site.get("clips/replaced.mp4").content == mp4(3_000_000, seed=8)
    assert home.site.get("clips/overwritten.mp4").content == mp4(3_000_000, seed=7)


def test_a_file_that_is_cut_while_it_is_read_leaves_nothing_in_a_bucket(
    home: Home, rgw: S3Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = rgw.bucket()
    home.put("a.mp4", mp4(20_000_000))
    home.config["origin"]["destination"] = {"kind": "s3", **rgw.settings(public)}

    def cut(head: bytes, key: str) -> str:
        os.truncate(home.media / key, 19_000_000)
        return sniff(head, key)

    with monkeypatch.context() as patch:
        patch.setattr("syncer.sync.stream.sniff", cut)
        (said,) = one_by_one(home).values()
    assert "was changed or deleted since it was listed" in said
    with closing(rgw.client()) as client:
        there = client.list_objects_v2(Bucket=public).get("Contents", ())
        assert [found["Key"] for found in there] == [OWNER_MARK]
        assert "Uploads" not in client.list_multipart_uploads(Bucket=public)


def test_a_file_that_is_deleted_between_its_listing_and_its_reading(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from syncer.sources.local import LocalSource

    home.put("a.mp4", mp4())
    home.put("b.mp4", mp4(seed=1))
    opened = LocalSource.open

    def deleted_before(source: LocalSource, asset: Any, start: int = 0) -> Any:
        if asset.key == "a.mp4":
            (home.media / asset.key).unlink()
        return opened(source, asset, start)

    with monkeypatch.context() as patch:
        patch.setattr(LocalSource, "open", deleted_before)
        (said,) = one_by_one(home).values()
    assert "a.mp4 was changed or deleted since it was listed" in said
    whole(home, "clips/b.mp4")
    assert home.sync()["exit_code"] == 0
    assert home.troubles() == {}


# Origins that a platform would not take


ORIGINS = {
    "www": ("return 301 https://www.media.example.test$request_uri;", "a redirect to https://www.media"),
    "elsewhere": ("return 302 https://login.example.test/;", "a redirect to https://login.example.test/"),
    "signed": (
        "return 302 https://store.example.test/x?X-Amz-Signature=abc;",
        "a redirect to https://store.example.test/x",
    ),
    "plain http": ("return 301 http://media.example.test$request_uri;", "a redirect to http://"),
    "denied": ("return 403;", "answers 403"),
    "login": ("return 401;", "answers 401"),
    "broken": ("return 500;", "answers 500"),
    "app": ("default_type text/html; return 200 '<!doctype html><html><body>app</body></html>';", "HTML"),
    "length": ("rewrite ^ /other.mp4 break;", "serves 3000 bytes where 2000 bytes were stored"),
    "bytes": ("rewrite ^ /same-length.mp4 break;", "serves other bytes than were stored"),
}


@pytest.mark.parametrize("flaw", ORIGINS)
def test_an_origin_that_serves_something_else(home: Home, nginx: StartNginx, flaw: str) -> None:
    location, says = ORIGINS[flaw]
    home.put("a.mp4", mp4())
    home.put("shot.png", PNG)
    root = home.site.root
    (root / "other.mp4").write_bytes(mp4(3000, seed=1))
    (root / "same-length.mp4").write_bytes(mp4(seed=2))
    right = home.config["origin"]["connect_to"]
    home.config["origin"]["connect_to"] = nginx(root, location=location).connect_to
    said = one_by_one(home)
    assert says in said["a.mp4"]
    assert home.manifest() == {}
    home.config["origin"]["connect_to"] = right
    assert home.sync()["exit_code"] == 4
    assert set(home.manifest()) == {"a.mp4"}
    assert home.site.get("clips/a.mp4").content == mp4()


def test_an_origin_whose_certificate_is_not_to_be_trusted(
    home: Home, nginx: StartNginx, certificates: Certificates
) -> None:
    home.put("a.mp4", mp4())
    for certificate, says in (
        (certificates.expired(HOST), "its certificate has expired"),
        (certificates.unknown(HOST), "the issuer of its certificate is unknown"),
        (certificates.leaf("other.example.test"), "its certificate is for another name"),
    ):
        site = nginx(home.site.root, certificate=certificate)
        home.config["origin"]["connect_to"] = site.connect_to
        (said,) = one_by_one(home).values()
        assert says in said
        assert home.manifest() == {}
    home.config["origin"]["connect_to"] = home.site.connect_to
    assert home.sync()["exit_code"] == 0
    whole(home, "clips/a.mp4")


def test_an_origin_where_nobody_answers(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.config["origin"]["connect_to"] = f"127.0.0.1:{free_port()}"
    (said,) = one_by_one(home).values()
    assert "the connection is refused" in said
    home.config["origin"] |= {"connect_to": None}
    (said,) = one_by_one(home).values()
    assert "DNS knows no address of its host" in said
    assert home.manifest() == {}


# What is written beside the config


def test_a_manifest_folder_that_is_missing(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.config["manifest"] = ["urls.json", "lists/urls.csv"]
    assert f'there is no folder "{home.folder}/lists"; create it' in refused(home)
    assert not (home.folder / "syncer.db").exists()


def test_a_manifest_that_cant_be_written_leaves_the_old_one(home: Home) -> None:
    home.put("a.mp4", mp4())
    (home.folder / "lists").mkdir()
    home.config["manifest"] = ["urls.json", "lists/urls.csv"]
    assert home.sync()["exit_code"] == 0
    home.put("b.mp4", mp4(seed=1))
    with immutable(home.folder / "lists"):
        (line,) = failed(home.sync())
    assert f"the manifest {home.folder}/lists/urls.csv can't be written" in line
    assert set(home.manifest()) == {"a.mp4"}, "all of them, or none"
    assert [file.name for file in (home.folder / "lists").iterdir()] == ["urls.csv"]
    assert home.sync()["counts"] == {"kept": 2}
    assert set(home.manifest()) == {"a.mp4", "b.mp4"}


@contextmanager
def immutable(folder: Path) -> Iterator[None]:
    subprocess.run(["chattr", "+i", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", folder], check=True)


def test_a_catalogue_that_is_none(home: Home) -> None:
    home.put("a.mp4", mp4())
    text = home.folder / "notes.db"
    text.write_text("some notes, and by no means a database. " * 50)
    with closing(sqlite3.connect(home.folder / "photos.db")) as other:
        other.execute("CREATE TABLE photo (name TEXT)")
    with closing(sqlite3.connect(home.folder / "versioned.db")) as other:
        other.execute("CREATE TABLE photo (name TEXT)")
        other.execute("PRAGMA user_version = 7")
    for name in ("notes.db", "photos.db", "versioned.db"):
        file = home.folder / name
        before = file.read_bytes()
        home.config["catalogue"] = f"sqlite:///{name}"
        for command in ("sync", "plan", "status", "urls"):
            line = refused(home, command, code=1)
            assert f"{file} " in line
            assert line.endswith("; let `catalogue` name a file of its own")
        assert file.read_bytes() == before


def test_a_catalogue_in_a_folder_that_cant_be_written(home: Home) -> None:
    home.put("a.mp4", mp4())
    state = home.folder / "state"
    state.mkdir()
    home.config["catalogue"] = "sqlite:///state/syncer.db"
    with immutable(state):
        line = refused(home, code=1)
    assert str(state) in line
    assert home.sync()["exit_code"] == 0
    whole(home, "clips/a.mp4")


def test_a_catalogue_that_may_only_be_read(home: Home) -> None:
    home.put("a.mp4", mp4())
    assert home.sync()["exit_code"] == 0
    state = home.folder / "syncer.db"
    home.put("b.mp4", mp4(seed=1))
    with immutable(state):
        ran = home.syncer("sync")
    assert ran.code == 1
    (line,) = ran.err.splitlines()
    assert "syncer.db" in sentence(line)
    assert home.public() == {"clips/a.mp4"}

"""Values pasted from dashboards, documents and other programs: refused, with what to write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from syncer.connect.s3.endpoints import endpoint_misfit, region
from syncer.connect.ssh.connection import SshSettings
from syncer.destinations.sftp import SftpDestination
from syncer.errors import ConfigError
from syncer.settings.secret import reveal
from syncer.sources.sftp import SftpSource
from tests import configs
from tests.configs import CLIPS, ORIGIN, at_origin, complaint, loaded

folder = configs.folder

HIDDEN = "hunter2"
SOURCE = ORIGIN + "sources: {t: {kind: "


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "said", "words"),
    [
        (
            CLIPS.replace("raw", "“raw”"),
            "8:13: sources.clips.bucket: the quotes “ and ” are part of it",
            '"raw"',
        ),
        (CLIPS.replace("s3", "\u2018s3\u2019"), "7:11: sources.clips.kind: the quotes", '"s3"'),
        (
            at_origin("url", "„https://media.example.com/“"),
            "2:8: origin.url: the quotes „ and “ are part of it",
            '"https://media.example.com/"',
        ),
        (
            CLIPS + "    region: eu-central-1\u200b\n",
            "9:13: sources.clips.region: an invisible character at its end",
            '"eu-central-1"',
        ),
        (CLIPS + f"    secret_key: “{HIDDEN}”\n", "9:17: sources.clips.secret_key: the quotes", "it without"),
        (CLIPS.replace("raw", "'raw '"), "8:13: sources.clips.bucket: a space at its end", '"raw"'),
        (
            CLIPS.replace("raw", "s3://raw/a/b"),
            "8:13: sources.clips.bucket: must be the bucket's name alone",
            "bucket: raw and prefix: a/b/; found",
        ),
        (
            CLIPS.replace("raw", "arn:aws:s3:::raw"),
            "8:13: sources.clips.bucket: must be the bucket's name alone",
            "bucket: raw; found",
        ),
        (
            CLIPS + "    endpoint: nyc3.digitaloceanspaces.com\n",
            "9:15: sources.clips.endpoint: must begin with https://",
            "https://nyc3.digitaloceanspaces.com; found",
        ),
        (
            CLIPS + "    endpoint: https://1a2b.r2.cloudflarestorage.com/raw\n",
            "9:15: sources.clips.endpoint: holds the bucket raw",
            'endpoint: https://1a2b.r2.cloudflarestorage.com; found "https://1a2b.',
        ),
        (
            f"{SOURCE}takeout, source: {{kind: s3, bucket: raw, endpoint: https://s3.example.com/raw/}}}}}}\n",
            "5:72: sources.t.source.endpoint: holds the bucket raw",
            "endpoint: https://s3.example.com; found",
        ),
        (f"{SOURCE}local, root: '“media”'}}}}\n", "5:34: sources.t.root: the quotes", '"media"'),
        (
            f"{SOURCE}local, root: 'media '}}}}\n",
            "5:34: sources.t.root: a space at its end",
            '"media"; found',
        ),
        (
            f"{SOURCE}local, root: 'media/*.mp4'}}}}\n",
            '5:34: sources.t.root: "FOLDER/media/*.mp4" is not a folder',
            'root: "FOLDER/media/" and include: ["*.mp4"]',
        ),
        (
            at_origin("destination", "{kind: local, root: 'web/*'}"),
            '4:36: origin.destination.root: "FOLDER/web/*" is not a folder',
            'root: "FOLDER/web/"',
        ),
        (
            at_origin("destination", "{kind: sftp, host: h, root: '/srv/*/media'}"),
            '4:44: origin.destination.root: "/srv/*/media" is not a folder',
            'root: "/srv/"',
        ),
    ],
)
def test_a_pasted_value_is_refused_with_the_words_to_write(text: str, said: str, words: str) -> None:
    told = complaint(text)
    assert told.startswith(f"config.yaml:{said}")
    assert f"write {words}" in told
    assert HIDDEN not in told


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["“media”", "media ", "2024 [raw]", "*"])
def test_an_existing_folder_may_have_any_name(name: str) -> None:
    Path(name).mkdir()
    if "“" not in name:
        loaded(f"{ORIGIN}sources: {{t: {{kind: local, root: '{name}'}}}}\n")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "content",
    [
        "-----BEGIN OPENSSH PRIVATE KEY-----\\nhunter2",
        '{\\"private_key\\": \\"hunter2\\"}',
        "PuTTY-User-Key-File-3: hunter2",
    ],
)
def test_a_key_in_the_place_of_its_file_is_not_repeated(content: str) -> None:
    said = complaint(at_origin("destination", f'{{kind: sftp, host: h, root: r, key: "{content}"}}'))
    assert "must be the path of a file, not the file's content" in said
    assert HIDDEN not in said


@pytest.mark.parametrize(
    ("endpoint", "bucket", "said", "words"),
    [
        (
            "https://raw.fra1.digitaloceanspaces.com",
            "raw",
            None,
            "write endpoint: https://fra1.digitaloceanspaces.com",
        ),
        (
            "https://raw.s3.eu-west-3.amazonaws.com",
            "raw",
            None,
            "leave endpoint out and set region: eu-west-3",
        ),
        ("https://raw.storage.googleapis.com", "raw", None, "write endpoint: https://storage.googleapis.com"),
        (
            "https://s3.example.com/raw/exports",
            "raw",
            None,
            "endpoint: https://s3.example.com and prefix: exports/",
        ),
        (
            "https://s3.eu-west-3.amazonaws.com",
            "raw",
            "us-east-1",
            "set region: eu-west-3, or leave endpoint out",
        ),
        ("https://s3.eu-west-3.amazonaws.com", "raw", "eu-west-3", None),
        ("https://fra1.digitaloceanspaces.com", "fra1", None, None),
        ("https://s3.us-west-004.backblazeb2.com", "s3", None, None),
        ("https://media.example.com", "media", None, None),
        ("https://abc.supabase.co/storage/v1/s3", "storage", None, None),
        ("https://s3.example.com/gateway", "raw", "anywhere", None),
    ],
)
def test_an_endpoint_is_the_address_of_the_service_alone(
    endpoint: str, bucket: str, said: str | None, words: str | None
) -> None:
    found = endpoint_misfit(endpoint, bucket, said)
    assert (found is None) == (words is None)
    assert words is None or str(found).endswith(words)


def test_an_endpoint_of_aws_sets_the_region_to_sign_for() -> None:
    assert region("https://s3.dualstack.ap-south-1.amazonaws.com") == "ap-south-1"
    assert region("https://s3.example.com") is None
    assert region(None) is None


# Secrets


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfhunter2\r\n", b"hunter2\r", b"hunter2\n\n"])
def test_bytes_that_editors_and_shells_add_are_not_part_of_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (tmp_path / "secret").write_bytes(content)
    assert reveal(f"file:{tmp_path}/secret") == HIDDEN
    monkeypatch.setenv("SYNCER_A", content.decode())
    assert reveal("env:SYNCER_A") == HIDDEN


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("“hunter2”".encode(), "the quotes “ and ” are part of it; write it again without them"),
        (
            "hunter2\u2060\n".encode(),
            "an invisible character at its end is part of it; write it again without them",
        ),
        (
            "hunter2".encode("utf-16"),
            "which Windows writes; iconv -f UTF-16 -t UTF-8 FILE > new, and name that",
        ),
    ],
)
def test_an_impossible_secret_is_refused_and_not_repeated(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        reveal(f"file:{file}")
    assert str(caught.value).replace(str(file), "FILE").endswith(said)
    assert HIDDEN not in str(caught.value)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("value", ['"hunter2"', "'hunter2'", "hunter2 ", "hunter2\nhunter2", "hünter2"])
def test_a_key_of_a_service_has_no_quotes_spaces_or_other_letters(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SYNCER_A", "AKTEST")
    monkeypatch.setenv("SYNCER_B", value)
    said = complaint(CLIPS + "    access_key: env:SYNCER_A\n    secret_key: env:SYNCER_B\n")
    assert said.startswith(
        "config.yaml:10:17: sources.clips.secret_key: the value of env:SYNCER_B can't be right: "
    )
    assert "nter2" not in said


# Places of SSH servers


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("sftp://me:hunter2@vps.example.com:2222/srv/my media/", None),
        ("me@vps.example.com", "host: vps.example.com, user: …"),
        ("vps.example.com:2222", "host: vps.example.com, port: 2222"),
        ("vps.example.com:media", "host: vps.example.com, root: media"),
        ("ssh://vps.example.com/", "host: vps.example.com"),
        ("[2001:db8::1]:22", 'host: "2001:db8::1", port: 22'),
        ("[::1]", 'host: "::1"'),
    ],
)
def test_a_host_is_a_name_alone(folder: Path, host: str, words: str | None) -> None:  # noqa: ARG001
    """The other pasted parts have their own keys; the message repeats no user name or password."""
    said = complaint(at_origin("destination", f"{{kind: sftp, host: '{host}', root: /srv}}"))
    words = words or 'host: vps.example.com, user: …, port: 2222, root: "/srv/my media"'
    assert f"origin.destination.host: must be the server's name alone: write {words}; found" in said
    assert HIDDEN not in said


@pytest.mark.parametrize("host", ["2001:db8::1", "fe80::1%eth0", "münchen.example", "nas", "192.0.2.7"])
def test_a_name_or_an_address_is_a_host(host: str) -> None:
    assert SshSettings(host=host).host == host


@pytest.mark.parametrize(
    ("root", "said"),
    [
        ("sftp://vps.example.com/srv/media", 'must be the folder alone: write "/srv/media"'),
        ("me@vps.example.com:/srv/media", 'must be the folder alone: write "/srv/media"'),
        ("/srv/media ", 'a space at its end is part of it; write "/srv/media"'),
        ("'/srv/media'", "the quotes ' and ' are part of it"),
    ],
)
def test_a_root_of_a_server_is_a_folder_alone(root: str, said: str) -> None:
    for config in (SftpDestination.Config, SftpSource.Config):
        with pytest.raises(ValueError, match=re.escape(said)):
            config(kind="sftp", host="vps.example.com", root=root)


@pytest.mark.parametrize(
    ("root", "meant"), [("~", "."), ("~/", "."), ("~/web/a", "web/a"), ("$HOME/web", "web"), ("${HOME}", ".")]
)
def test_relative_folders_begin_in_the_users_home(root: str, meant: str) -> None:
    """SFTP servers do not expand `~`."""
    for config in (SftpDestination.Config, SftpSource.Config):
        assert config(kind="sftp", host="vps.example.com", root=root).root == meant


@pytest.mark.parametrize("root", ["~backup/web", "/srv/~/a", "a:/b", "/srv/a: b", "$HOMES/a"])
def test_an_odd_name_of_a_folder_is_not_changed(root: str) -> None:
    assert SftpDestination.Config(kind="sftp", host="vps.example.com", root=root).root == root

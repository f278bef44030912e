"""Which changes make another destination. A false alarm costs looks; an unnoticed change costs every URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.destinations import Store
from syncer.destinations.ftps import FtpsDestination
from syncer.destinations.local import LocalDestination
from syncer.destinations.s3 import S3Destination
from syncer.destinations.sftp import SftpDestination

LOCAL = LocalDestination.Config(kind="local", root=Path("/srv/media"))
SFTP = SftpDestination.Config(kind="sftp", host="vps.example.com", root="/var/www/media")
FTPS = FtpsDestination.Config(
    kind="ftps", host="ftp.example.com", user="deploy", password="env:P", root="public_html"
)
S3 = S3Destination.Config(kind="s3", bucket="public", prefix="media/")

SAME: list[tuple[Store, dict[str, object]]] = [
    (LOCAL, {"root": Path("/srv/media/")}),
    (LOCAL, {"root": Path("/srv/./media")}),
    (LOCAL, {"root": Path("/srv/other/../media")}),
    (SFTP, {"host": "VPS.example.com."}),
    (SFTP, {"root": "/var/www/media/"}),
    (SFTP, {"root": "//var/www/./media"}),
    (SFTP, {"key": Path("other"), "connections": 2}),
    (FTPS, {"host": "FTP.example.com."}),
    (FTPS, {"root": "./public_html/"}),
    (FTPS, {"password": "file:/p", "connections": 2, "ca": Path("/ca.pem")}),
    (S3, {"prefix": "media"}),
    (S3, {"region": "eu-west-1", "cache_control": "public"}),
]
OTHER: list[tuple[Store, dict[str, object]]] = [
    (LOCAL, {"root": Path("/srv/media2")}),
    (SFTP, {"host": "vps2.example.com"}),
    (SFTP, {"port": 2222}),
    (SFTP, {"user": "deploy"}),
    (SFTP, {"root": "var/www/media"}),
    (SFTP, {"root": "/var/www"}),
    (FTPS, {"host": "ftp2.example.com"}),
    (FTPS, {"port": 2121}),
    (FTPS, {"user": "deploy@example.com"}),
    (FTPS, {"root": "/public_html"}),
    (S3, {"bucket": "public2"}),
    (S3, {"prefix": ""}),
    (S3, {"prefix": "media/clips"}),
    (S3, {"endpoint": "https://s3.example.com"}),
    (S3, {"profile": "media"}),
    (S3, {"access_key": "env:A"}),
]


@pytest.mark.parametrize(("store", "change"), SAME, ids=str)
def test_another_spelling_is_the_same_destination(store: Store, change: dict[str, object]) -> None:
    assert store.model_copy(update=change).identity() == store.identity()


@pytest.mark.parametrize(("store", "change"), OTHER, ids=str)
def test_what_may_hold_other_files_is_another_destination(store: Store, change: dict[str, object]) -> None:
    assert store.model_copy(update=change).identity() != store.identity()


@pytest.mark.parametrize("root", ["media", "./web/media", "/media"])
def test_two_users_who_name_no_user_have_two_destinations(monkeypatch: pytest.MonkeyPatch, root: str) -> None:
    """Without `user`, each person logs in with their own login name, to their own home or jail."""
    store = SFTP.model_copy(update={"root": root})
    monkeypatch.setenv("LOGNAME", "anna")
    annas = store.identity()
    assert store.model_copy(update={"user": "anna"}).identity() == annas
    monkeypatch.setenv("LOGNAME", "bert")
    assert store.identity() != annas


def test_only_a_destination_without_a_user_had_another_identity_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOGNAME", "anna")
    assert SFTP.formerly() == "sftp vps.example.com:22 /var/www/media"
    assert SFTP.model_copy(update={"user": "anna"}).formerly() is None
    assert [store.formerly() for store in (LOCAL, S3, FTPS)] == [None, None, None]


def test_an_endpoint_is_told_from_another_but_not_from_its_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    one = S3.model_copy(update={"endpoint": "https://s3.example.com"})
    assert one.model_copy(update={"endpoint": "https://S3.example.com/"}).identity() == one.identity()
    assert one.model_copy(update={"endpoint": "https://s3.example.com:444"}).identity() != one.identity()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://s3.example.com")
    assert S3.identity() == one.identity()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s4.example.com")
    assert S3.identity() != one.identity()


def test_a_link_that_leads_elsewhere_is_another_destination(tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to("first")
    store = LocalDestination.Config(kind="local", root=tmp_path / "current/media")
    first = store.identity()
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to("second")
    assert store.identity() != first

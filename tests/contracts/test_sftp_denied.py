"""A refusal by an SFTP server names the step, the folder and a hint, before media is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from syncer.destinations.sftp import SftpDestination
from syncer.errors import DestinationError, SourceError
from syncer.sources.sftp import SftpSource
from tests.contracts.stores import publish
from tests.rigs.destination_local import names
from tests.servers.lacking_sftp import ANSWERS, POSIX_RENAME, Manners, lacking
from tests.servers.sshd import running

pytestmark = pytest.mark.server


@contextmanager
def openssh(root: Path, verbs: str, umask: str = "022") -> Iterator[SftpDestination]:
    with (
        running(subsystem=f"Subsystem sftp internal-sftp -u {umask} -P {verbs}") as server,
        closing(SftpDestination(server.destination(root))) as opened,
    ):
        yield opened


@contextmanager
def other(root: Path, *verbs: str, answer: str) -> Iterator[SftpDestination]:
    with lacking(root, Manners(dict.fromkeys(verbs, ANSWERS[answer]))) as settings:
        config = SftpDestination.Config(kind="sftp", root="/", **settings)
        with closing(SftpDestination(config)) as opened:
            yield opened


def without(root: Path, answer: str, *verbs: str) -> Any:
    """OpenSSH denies it; other servers say "unsupported" or "failure"."""
    return openssh(root, ",".join(verbs)) if answer == "openssh" else other(root, *verbs, answer=answer)


def complaint(call: Any, *arguments: Any) -> DestinationError:
    with pytest.raises(DestinationError) as caught:
        call(*arguments)
    assert not caught.value.transient
    return caught.value


ALL_ANSWERS = ["openssh", "failure", "unsupported"]


@pytest.mark.parametrize("answer", ALL_ANSWERS)
def test_a_folder_that_can_not_be_created_is_named_with_what_to_do(web_root: Path, answer: str) -> None:
    """The first missing folder; other uploads work."""
    (web_root / "old").mkdir()
    with without(web_root, answer, "mkdir") as opened:
        publish(opened, "old/a.mp4", b"a")
        publish(opened, "b.mp4", b"b")
        for call, path in ((opened.check, "old/neu & ä/er"), (publish, "old/neu & ä/er/c.mp4")):
            error = complaint(call, path) if call == opened.check else complaint(call, opened, path, b"c")
            assert "create the folder 'old/neu & ä' (" in error.message
            assert "create 'old/neu & ä' there by hand" in str(error.hint)
        (web_root / "old/neu & ä").mkdir()
        assert "'old/neu & ä/er'" in complaint(opened.check, "old/neu & ä/er").message
    assert names(web_root) == ["b.mp4", "old/", "old/a.mp4", "old/neu & ä/"]


@pytest.mark.parametrize("answer", ALL_ANSWERS)
def test_a_server_without_renames_is_detected_before_anything_is_sent(web_root: Path, answer: str) -> None:
    (web_root / "sub").mkdir()
    with without(
        web_root, answer, "rename", POSIX_RENAME if answer != "openssh" else "posix-rename"
    ) as opened:
        for folder, named in (
            ("", "rename files in its root ("),
            ("sub", "rename files in the folder 'sub' ("),
        ):
            error = complaint(opened.check, folder)
            assert named in error.message
            assert "let this user rename files there" in str(error.hint)
    assert names(web_root) == ["sub/"]


@pytest.mark.parametrize("answer", ANSWERS)
def test_without_deletes_uploads_work_and_test_files_do_not_pile_up(
    web_root: Path, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    with without(web_root, answer, "remove") as opened:
        for number in range(3):
            opened.check()
            publish(opened, f"{number}.mp4", b"a")
        error = complaint(opened.delete, "0.mp4")
        assert "delete '0.mp4' (" in error.message
        assert "let this user delete files there" in str(error.hint)
    assert len([name for name in names(web_root) if name.endswith(".part")]) == 1
    assert len([each for each in caplog.records if "delete files" in each.getMessage()]) == 1


@pytest.mark.parametrize("answer", ["denied", "unsupported"])
def test_a_folder_that_can_not_be_listed_takes_uploads_and_is_never_called_clean(
    web_root: Path, answer: str
) -> None:
    with without(web_root, answer, "opendir") as opened:
        opened.check()
        publish(opened, "sub/a.mp4", b"a")
        publish(opened, "sub/a.mp4", b"b")
        error = complaint(lambda: list(opened.litter()))
        assert "list its root (" in error.message
        assert "let this user list" in str(error.hint)
    assert names(web_root) == ["sub/", "sub/a.mp4"]


@pytest.mark.parametrize(("umask", "mode"), [("077", "700"), ("027", "750")])
def test_a_mode_that_can_not_be_changed_is_named_with_its_folder(
    web_root: Path, umask: str, mode: str
) -> None:
    with openssh(web_root, "setstat,fsetstat", umask) as opened:
        for call in (lambda: opened.check("new"), lambda: publish(opened, "new/a.mp4", b"a")):
            error = complaint(call)
            assert "/new': its mode is " + mode in error.message
            assert "umask of 022" in str(error.hint)
            assert "by hand needs the mode 755" in str(error.hint)
    assert names(web_root) == []


@pytest.mark.parametrize("answer", ["denied", "unsupported"])
@pytest.mark.parametrize("verb", ["opendir", "open"])
def test_a_source_that_can_not_be_listed_or_read_says_what_to_allow(
    web_root: Path, verb: str, answer: str
) -> None:
    """The error is not about the disk, and is not transient."""
    (web_root / "a.mp4").write_bytes(b"a")
    with lacking(web_root, Manners({verb: ANSWERS[answer]})) as settings:
        config = SftpSource.Config(kind="sftp", root="/", **settings)
        with closing(SftpSource("s", config)) as source, pytest.raises(SourceError) as caught:
            _read_all(source)
    assert (caught.value.code, caught.value.transient) == ("source.denied", False)
    assert "let this user" in str(caught.value.hint)


def _read_all(source: SftpSource) -> None:
    for asset in source.assets():
        with source.open(asset) as reader:
            reader.read(1)


@pytest.mark.parametrize("verbs", ["stat", "stat,lstat"])
def test_a_root_that_we_may_not_look_at_is_not_called_missing(web_root: Path, verbs: str) -> None:
    with openssh(web_root, verbs) as opened:
        error = complaint(opened.check)
    assert error.code == "destination.root"
    assert f"does not let us look at the root {web_root}" in error.message
    assert "create it" not in str(error.hint)


def test_a_root_that_is_missing_is_called_so(web_root: Path) -> None:
    with openssh(web_root / "nowhere", "link") as opened:
        assert "is not a folder on the server" in complaint(opened.check).message

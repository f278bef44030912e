"""What lies in a web root beside the media, and what a web server makes of names."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.destinations.keys import OWNER_MARK
from syncer.destinations.staging import staged_name
from tests.home import SIGNATURE
from tests.in_place.ground import UPLOADS, Ground, settle
from tests.media import mp4
from tests.servers.nginx import StartNginx

pytestmark = pytest.mark.usefixtures("quick_retries")


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    from syncer.connect.retry import Policy
    from syncer.origin import http

    monkeypatch.setattr(http, "POLICY", Policy(attempts=1))


def whole_root(ground: Ground) -> None:
    """The source is the destination's root itself."""
    root = str(ground.home.site.root)
    settle(ground.home, {"kind": "local", "root": root}, {"kind": "local", "root": root})


def test_what_syncer_and_the_web_server_keep_there_is_never_listed(anywhere: Ground) -> None:
    """With the source's root being the destination's own."""
    source = anywhere.home.config["sources"]["uploads"]
    source |= {"prefix": ""} if source["kind"] == "s3" else {"root": str(anywhere.home.site.root)}
    anywhere.upload(a=mp4())
    for name in (OWNER_MARK, staged_name(), f"storage/{staged_name()}", SIGNATURE, "tiktok_verify_a.html"):
        anywhere.put(name, b"x")
    before = anywhere.everything()
    done = anywhere.home.sync()
    assert (done["exit_code"], done["counts"], done["findings"]) == (0, {"in_place": 1}, [])
    for name in (".htaccess", ".hidden.mp4", "shell.php", "storage/.git/a.mp4", "page.html", "web.config"):
        anywhere.put(name, mp4())
    done = anywhere.home.sync()
    assert (done["exit_code"], done["counts"]) == (0, {"kept": 1})
    (finding,) = done["findings"]
    assert (finding["rule"], finding["value"]) == ("source.left_out", "6")
    assert "6 files are left out" in finding["message"]
    assert anywhere.home.manifest().keys() == {f"{UPLOADS}a.mp4"}
    source["include"] = ["*.mp4"]
    (finding,) = anywhere.home.sync()["findings"]
    assert finding["value"] == "2", "what the filters leave out is no news"
    assert before.keys() <= anywhere.everything().keys()


REFUSED = {
    "shell.php.jpg": "web servers may run or mislabel",
    "x.php/a.mp4": "web servers may run or mislabel",
    "a%2ephp.mp4": "web servers may run or mislabel",
    "back\\slash.mp4": "it has a backslash",
    "control\x01.mp4": "it has control characters",
    "e\u0301.mp4": "not in Unicode normal form C",
    os.fsdecode(b"caf\xe9.mp4"): "its name is not UTF-8",
}


def test_a_name_that_can_not_be_published_is_refused_with_what_to_do_and_stays(web: Ground) -> None:
    for name in REFUSED:
        web.put(f"{UPLOADS}{name}", mp4(seed=1))
    web.upload(fine=mp4(seed=2))
    before = web.everything()
    assert web.home.sync()["exit_code"] == 3
    assert web.home.manifest().keys() == {"fine.mp4"}
    troubles = sorted(web.home.troubles().values(), key=lambda trouble: trouble["message"])
    assert len(troubles) == len(REFUSED)
    for trouble in troubles:
        assert any(said in trouble["message"] for said in REFUSED.values())
        assert "rename" in trouble["hint"]
        # A glob has no spelling, so that it would leave out the file of the right name, too.
        assert ("exclude" in trouble["hint"]) is ("normal form" not in trouble["message"])
    assert web.home.syncer("plan").code == 3
    assert web.everything() == before


@pytest.mark.parametrize("make", [Path.symlink_to, lambda link, to: link.symlink_to(to.parent)])
def test_a_link_that_leaves_the_folder_is_refused_and_not_followed(
    web: Ground, tmp_path: Path, make: Callable[[Path, Path], None]
) -> None:
    """To a file, and to a folder."""
    secret = tmp_path / "secret" / "film.mp4"
    secret.parent.mkdir()
    secret.write_bytes(mp4(seed=1))
    web.upload(fine=mp4(seed=2))
    link = web.home.site.root / UPLOADS / ("film.mp4" if make is Path.symlink_to else "films")
    make(link, secret)
    assert web.home.sync()["exit_code"] == 3
    assert web.home.manifest().keys() == {"fine.mp4"}
    assert "leaves the source's folder" in web.home.troubles()[link.name]["message"]


def test_a_folder_behind_a_link_of_the_web_root_keeps_the_url_of_the_link(
    web: Ground, tmp_path: Path
) -> None:
    """As frameworks lay it out: public/storage is a link to a folder beside public."""
    web.home.site.root.chmod(0o755)
    beside = web.home.site.root.parent / "app"
    (beside / "uploads").mkdir(parents=True)
    beside.chmod(0o755)
    (web.home.site.root / "shared").symlink_to(beside)
    (beside / "uploads" / "a.mp4").write_bytes(mp4())
    web.home.config["sources"]["uploads"]["root"] = f"{web.home.site.root}/shared/uploads"
    assert web.home.sync()["counts"] == {"in_place": 1}
    assert web.home.manifest()["a.mp4"]["url"] == web.url("shared/uploads/a.mp4")
    (tmp_path / "by another name").symlink_to(web.home.site.root)
    web.home.config["sources"]["uploads"]["root"] = str(tmp_path / "by another name" / "storage/uploads")
    web.upload(b=mp4(seed=2))
    assert web.home.sync()["counts"]["in_place"] == 1
    assert web.home.manifest()["b.mp4"]["url"] == web.url(f"{UPLOADS}b.mp4")


def test_a_file_that_is_replaced_while_it_is_read_is_not_listed_until_it_was_read_again(
    anywhere: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    from syncer.sync.stream import Incoming

    anywhere.upload(a=mp4(seed=1))
    anywhere.home.sync()
    anywhere.upload(a=mp4(3_000_000, seed=2))
    pour = Incoming.pour

    def replaced(incoming: Incoming, write: Callable[[bytes], object]) -> object:
        anywhere.upload(a=mp4(3_000_000, seed=3))
        return pour(incoming, write)

    with monkeypatch.context() as patch:
        patch.setattr(Incoming, "pour", replaced)
        assert anywhere.home.sync()["exit_code"] == 3
    assert anywhere.home.manifest() == {}, "what its URL serves was judged by nobody"
    if anywhere.home.sync()["exit_code"]:  # SFTP tells whole seconds: its URL alone shows that it is another
        assert anywhere.home.manifest() == {}
        assert anywhere.home.sync()["exit_code"] == 0
    assert anywhere.home.manifest()["a.mp4"]["sha256"] == hashlib.sha256(mp4(3_000_000, seed=3)).hexdigest()


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("rewrite ^ /other.mp4 break;", "origin.bytes"),
        ("rewrite ^/storage(.*)$ /elsewhere$1 break;", "origin.status"),
        ('default_type text/html; return 200 "<!doctype html><html>login</html>";', "origin.page"),
    ],
)
def test_a_url_that_answers_something_else_is_never_listed(
    web: Ground, nginx: StartNginx, location: str, code: str
) -> None:
    web.upload(a=mp4(seed=1))
    web.put("other.mp4", mp4(seed=2))
    web.home.config["origin"]["connect_to"] = nginx(web.home.site.root, location=location).connect_to
    before = web.everything()
    assert web.home.sync()["exit_code"] == 3
    assert web.home.troubles()["a.mp4"]["code"] == code
    assert web.home.troubles()["a.mp4"]["hint"]
    for _ in range(2):
        assert web.home.sync()["exit_code"] == 3
        assert web.home.manifest() == {}
    web.home.config["origin"]["connect_to"] = web.home.site.connect_to
    assert web.home.sync()["exit_code"] == 0
    assert web.home.manifest().keys() == {"a.mp4"}
    assert web.everything() == before

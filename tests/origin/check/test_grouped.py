"""Laws of grouped findings: `syncer check` reports a fault of many files once."""

from __future__ import annotations

import pytest

from syncer.cli.checked import show_all
from syncer.model import Finding, Severity
from syncer.origin.check import Checked, Target
from tests.home import Home
from tests.in_place.ground import UPLOADS, Ground, folder, settle
from tests.media import PNG, mp4
from tests.servers.nginx import StartNginx

MANY = 5

WALLS = {
    "origin.wall": "types { } default_type text/html; return 200 '<title>Log in</title>';",
    "origin.redirect": "return 301 https://elsewhere.example$request_uri;",
    "origin.status": "return 403;",
    "origin.page": "types { } default_type text/html; return 200 '<!doctype html><html>$request_uri</html>';",
}


@pytest.fixture(params=["copied", "in place"])
def published(home: Home, request: pytest.FixtureRequest) -> Ground:
    """Some published files in one folder of the origin, without any fault yet."""
    ground = folder(home)
    if request.param == "in place":
        root = str(home.site.root)
        settle(home, {"kind": "local", "root": root}, {"kind": "local", "root": f"{root}/storage/uploads"})
        ground.upload(**{f"n{number}": mp4(seed=number) for number in range(MANY)})
    else:
        home.config["sources"]["clips"]["path"] = UPLOADS + "{key}"
        for number in range(MANY):
            home.put(f"n{number}.mp4", mp4(seed=number))
    assert home.sync()["exit_code"] == 0
    return ground


@pytest.mark.parametrize("rule", WALLS)
def test_files_with_one_cause_are_one_entry(published: Ground, nginx: StartNginx, rule: str) -> None:
    home = published.home
    home.site = nginx(home.site.root, server=f"location ~ ^/{UPLOADS}n[1-9] {{ {WALLS[rule]} }}")
    home.config["origin"]["connect_to"] = home.site.connect_to
    ran = home.syncer("check")
    assert ran.code == 4
    told = ran.out.splitlines()
    assert told[0].startswith(f"✓ {home.site.url}{UPLOADS}n0.mp4")
    assert told[1] == f"✗ {MANY - 1} URLs, such as {home.site.url}{UPLOADS}n1.mp4"
    assert ran.out.count(f"[{rule}]") == 1
    assert told[-2:] == [
        "`syncer check --json` names each of them",
        f"1 would be accepted · {MANY - 1} rejected · 0 unknown",
    ]


def test_a_missing_file_is_not_reported_as_existing(published: Ground) -> None:
    for name in ("n0", "n3"):
        published.remove(f"{UPLOADS}{name}.mp4")
    ran = published.home.syncer("check")
    assert "✗ 2 URLs, such as" in ran.out
    assert "answers 404 [origin.status]" in ran.out
    assert "the file is at the destination" not in ran.out
    where = "still in its folder" if published.home.manifest()["n1.mp4"].get("in_place") else "still at the"
    assert f"check whether the {'file' if 'folder' in where else 'copy'} is {where}" in ran.out
    published.home.sync()
    published.home.sync()
    back = set() if "folder" in where else {"n0.mp4", "n3.mp4"}
    assert published.home.manifest().keys() == {"n1.mp4", "n2.mp4", "n4.mp4"} | back, "as the hint says"


def test_a_single_url_of_a_cause_is_shown_in_full(published: Ground, nginx: StartNginx) -> None:
    home = published.home
    home.site = nginx(home.site.root, server=f"location ~ ^/{UPLOADS}n2 {{ return 403; }}")
    home.config["origin"]["connect_to"] = home.site.connect_to
    ran = home.syncer("check")
    assert "  ✓ URL        https, a DNS name, no query" in ran.out
    assert "--json" not in ran.out


def test_refused_media_are_grouped_by_their_fault(home: Home) -> None:
    home.config["check"]["rejected"] = "publish"
    for number in range(3):
        home.put(f"{number}.png", PNG + bytes(number))
        home.put(f"{number}.gif", b"GIF89a" + bytes(500 + number))
    home.sync()
    ran = home.syncer("check")
    assert ran.out.count("[media.format]") == 2
    assert ran.out.count("✗ 3 URLs, such as ") == 2


def faulty(name: str, rule: str, says: str) -> Checked:
    url = f"https://m.example/{name}.mp4"
    return Checked(Target(url), None, (Finding(rule, Severity.REJECT, f"{url} {says}"),))


@pytest.mark.parametrize("brief", ["brief", "long"])
def test_only_one_and_the_same_fault_is_shared(brief: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An answer that is no HTTP is a fault of one URL; no connection is one of the host."""
    several, switched = "has several lengths", "answers 101"
    told = [faulty("a", "origin.protocol", switched), faulty("b", "origin.protocol", several)]
    told += [faulty("c", "origin.protocol", several), faulty("d", "origin.protocol", "begins with junk")]
    show_all(told, brief=brief == "brief")
    out = capsys.readouterr().out
    assert [out.count(each) for each in (switched, "begins with junk")] == [1, 1]
    assert out.count(several) == (1 if brief == "brief" else 2)
    assert "as the first URL" not in out
    show_all([faulty(each, "origin.unreachable", f"timed out {each}") for each in "ab"], brief=False)
    assert "the same fault as the first URL of this host" in capsys.readouterr().out

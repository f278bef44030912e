"""Laws of `check`: what one URL does is a finding of that URL, whichever others are checked with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.connect.retry import Policy
from syncer.model import Content
from syncer.origin import http
from syncer.origin.visitor import Visitor
from tests.home import Home, Ran
from tests.media import mp4
from tests.servers.faulty import FAULTS, TOTALS, faulty
from tests.servers.nginx import Site, StartNginx

BODY = mp4(700_000, seed=5)
PROXIED = """
location = /bad/hangup.mp4 {{ return 444; }}
location = /bad/headcut.mp4 {{ if ($request_method = HEAD) {{ return 444; }} proxy_pass {url}; }}
location /bad/ {{ proxy_pass {url}; proxy_buffer_size 32k; proxy_buffers 8 32k; }}
"""
"""nginx itself hangs up with 444; an origin behind it would make that a 502."""
WRONG = [*FAULTS, *TOTALS, "hangup"]
GOOD = ["right", "good.mp4", "right-too"]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "POLICY", Policy(attempts=1))


@pytest.fixture
def site(nginx: StartNginx, web_root: Path) -> Iterator[Site]:
    """nginx, which serves one file itself, and has the others from an origin with faults behind it."""
    (web_root / "good.mp4").write_bytes(BODY)
    with faulty(BODY) as origin:
        yield nginx(web_root, server=PROXIED.format(url=origin.url))


def place(site: Site, name: str) -> str:
    return site.url + (name if name.endswith(".mp4") else f"bad/{name}.mp4")


def checked(site: Site, names: list[str], *flags: str) -> Ran:
    where = ("--ca", str(site.ca), "--connect-to", site.connect_to, "--property", site.url)
    return Home.syncer_alone(
        "check", "-c", "none.yaml", *flags, *where, *(place(site, each) for each in names)
    )


def verdicts(ran: Ran, names: list[str]) -> dict[str, bool | None]:
    return {name: result["accepted"] for name, result in zip(names, ran.json["results"], strict=True)}


@pytest.mark.parametrize("wrong_first", [True, False])
def test_a_verdict_depends_on_its_url_and_on_no_other(site: Site, *, wrong_first: bool) -> None:
    names = [*WRONG, *GOOD] if wrong_first else [*GOOD, *reversed(WRONG)]
    ran = checked(site, names, "--json")
    assert ran.code == 4
    assert verdicts(ran, names) == {name: name in GOOD for name in names}
    for name, result in zip(names, ran.json["results"], strict=True):
        said = json.dumps(result["findings"])
        assert not [other for other in WRONG if other != name and f"/{other}." in said], "names another"


@pytest.mark.parametrize("name", ["plainstop", "less", "digits"])
def test_each_fault_is_found_when_its_url_comes_alone(site: Site, name: str) -> None:
    ran = checked(site, [name])
    assert ran.code == 4
    assert ran.err == ""
    assert "✗ answer" in ran.out


def test_what_was_not_looked_at_is_unknown(nginx: StartNginx, web_root: Path) -> None:
    """A host that answers nothing is left alone after a while."""
    site = nginx(web_root, server="location ~ . { return 444; }")
    names = [f"any-{number}" for number in range(30)]
    ran = checked(site, names, "--json")
    results = ran.json["results"]
    looked = [each for each in results if "was not looked at" not in each["findings"][0]["message"]]
    assert looked
    assert len(looked) < len(names)
    assert {each["accepted"] for each in looked} == {False}
    assert {each["accepted"] for each in results if each not in looked} == {None}
    shown = checked(site, names).out
    assert "not looked at: the first URL of this host failed [origin.unreachable]" in shown
    assert shown.count("✗ https://") <= len(looked) + 8


def test_head_of_another_url_is_never_told(site: Site) -> None:
    names = ["headcut", "right"]
    ran = checked(site, names, "--json")
    assert verdicts(ran, names) == dict.fromkeys(names, True)
    told = {
        name: [each["rule"] for each in result["findings"]]
        for name, result in zip(names, ran.json["results"], strict=True)
    }
    assert told == {"headcut": ["origin.head"], "right": []}


def test_json_is_whole_when_the_run_ends_in_the_middle(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from syncer.errors import SyncerError

    visit = Visitor.visit

    def fails(self: Visitor, url: str, stored: Content | None = None, *, proof: bool = False) -> object:
        if "right" in url:
            raise SyncerError("no library", code="probe.library", hint="install it")
        return visit(self, url, stored, proof=proof)

    monkeypatch.setattr(Visitor, "visit", fails)
    ran = checked(site, ["good.mp4", "right"], "--json")
    assert ran.code == 1
    assert [each["accepted"] for each in ran.json["results"]] in ([], [True])
    assert ran.json["error"] == {"code": "probe.library", "message": "no library", "hint": "install it"}
    assert ran.err == "syncer: no library; install it\n"

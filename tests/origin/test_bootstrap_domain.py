"""Laws of proving a domain, end to end: `bootstrap` shows the record in DNS, each `sync` checks it."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace

import pytest

from syncer.origin.ownership import bootstrap
from tests import configs
from tests.configs import ORIGIN, at_origin, complaint, loaded
from tests.home import TOKEN, Home
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.knot import NameServer, StartKnot
from tests.servers.nginx import StartNginx
from tests.servers.ports import free_port

folder = configs.folder

PREFIX = "tiktok-developers-site-verification="
RIGHT = PREFIX + TOKEN
SERVERS = "@ NS ns1\nns1 A 127.0.0.1\n"
FOUND = f'{SERVERS}@ TXT "{RIGHT}"'


@pytest.fixture
def server(knot: StartKnot, home: Home) -> NameServer:
    """A name server for the domain that is the config's property."""
    server = knot({"example.test": SERVERS})
    home.config["origin"] |= {"property": "example.test", "txt_record": RIGHT, "dns": server.dns}
    return server


def test_a_found_record_is_reported_with_the_next_click(home: Home, server: NameServer) -> None:
    server.hold("example.test", FOUND)
    ran = home.syncer("bootstrap")
    assert ran.code == 0
    assert "✓ example.test has the TXT record" in ran.err
    assert "✓ TLS" in ran.err
    assert "  5. click Verify" in ran.out
    assert home.public() == set()
    assert not (home.folder / "syncer.db").exists()


def test_a_missing_record_is_reported_with_the_record_to_add(home: Home, server: NameServer) -> None:
    ran = home.syncer("bootstrap")
    assert ran.code == 5
    assert "✗ example.test has no TXT record for TikTok" in ran.err
    assert f"name example.test, type TXT, value {RIGHT}" in ran.err
    assert "type TXT for example.test itself" in ran.out
    server.hold("example.test", f'{SERVERS}www TXT "{RIGHT}"')
    assert "is at www.example.test, not at example.test" in home.syncer("bootstrap").err


def test_a_record_without_an_expected_value_proves_nothing(home: Home, server: NameServer) -> None:
    server.hold("example.test", FOUND)
    home.config["origin"]["txt_record"] = None
    ran = home.syncer("bootstrap", "--wait", "60")
    assert ran.code == 5, "and waiting would not change it"
    assert "set origin.txt_record" in ran.err


def test_json_contains_the_record(home: Home, server: NameServer) -> None:
    other = f"{PREFIX}other"
    server.hold("example.test", f'{FOUND}\n@ TXT "v=spf1 -all"\n@ TXT "{other}"')
    ran = home.syncer("bootstrap", "--json")
    assert (ran.code, ran.json["files"], len(ran.json["steps"])) == (0, [], 6)
    assert ran.json["records"] == [
        {
            "name": "example.test",
            "type": "TXT",
            "value": RIGHT,
            "state": "found",
            "found": [RIGHT, other],
            "code": None,
            "message": "example.test has the TXT record, and 1 of other properties or apps, which is fine",
            "hint": None,
            "warnings": [],
        }
    ]
    server.hold("example.test", f'{SERVERS}@ TXT "{other}"')
    home.config["origin"]["txt_record"] = f"{PREFIX}{TOKEN}.x"
    ran = home.syncer("bootstrap", "--json")
    (record,) = ran.json["records"]
    assert (ran.code, record["state"], record["found"], record["code"]) == (
        5,
        "wrong",
        [other],
        "ownership.txt_wrong",
    )
    assert "is not of the known form" in record["warnings"][0]
    assert "is not of the known form" in ran.err


def test_json_of_a_prefix_contains_no_record(home: Home) -> None:
    home.sign()
    ran = home.syncer("bootstrap", "--json")
    assert (ran.code, ran.json["records"], len(ran.json["files"])) == (0, [], 1)


def test_dns_without_an_answer_proves_nothing(home: Home, knot: StartKnot) -> None:
    broken = knot({"example.test": None})
    home.config["origin"] |= {"property": "example.test", "txt_record": RIGHT, "dns": broken.dns}
    ran = home.syncer("bootstrap", "--json")
    (record,) = ran.json["records"]
    assert (ran.code, record["state"], record["code"]) == (5, "unknown", "ownership.dns")
    assert "SERVFAIL" in record["message"]


def test_a_record_that_appears_during_the_wait_is_found(
    home: Home, server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record is added in the first pause between two looks."""
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        server.hold("example.test", FOUND)

    monkeypatch.setattr(bootstrap, "time", SimpleNamespace(monotonic=time.monotonic, sleep=pause))
    ran = home.syncer("bootstrap", "--wait", "300")
    assert (ran.code, pauses) == (0, [bootstrap.POLL_DNS])
    assert re.search("looking again for [0-9]+ s", ran.err)
    assert "✓ example.test has the TXT record" in ran.err


def test_the_wait_ends_and_reports_each_problem_once(
    home: Home, server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del server
    pauses: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: sum(pauses), sleep=pauses.append)
    monkeypatch.setattr(bootstrap, "time", clock)
    ran = home.syncer("bootstrap", "--wait", "100")
    assert (ran.code, sum(pauses)) == (5, 100)
    assert len(pauses) > 1
    assert ran.err.count("… example.test has no TXT record") == 1


def test_a_domain_that_does_not_cover_the_origin_is_refused(home: Home, server: NameServer) -> None:
    del server
    home.config["origin"]["property"] = "other.test"
    ran = home.syncer("bootstrap")
    assert ran.code == 5
    assert "the domain other.test does not cover origin.url" in ran.err


# In each run of sync


def test_a_run_checks_the_record(home: Home, server: NameServer) -> None:
    home.put("a.mp4", mp4())
    done = home.sync()
    assert done["exit_code"] == 5
    assert "type TXT, value" in done["log"]
    assert home.public() == {"clips/a.mp4"}, "what was new is copied all the same"
    server.hold("example.test", FOUND)
    assert home.sync()["exit_code"] == 0


def test_a_run_without_a_configured_record_asks_dns_nothing(home: Home, server: NameServer) -> None:
    del server
    home.config["origin"] |= {"txt_record": None, "dns": f"127.0.0.1:{free_port()}"}
    assert home.sync()["exit_code"] == 0


# In other letters


@pytest.mark.parametrize(
    ("host", "ascii_host"),
    [
        ("bücher.example.test", "xn--bcher-kva.example.test"),
        ("Faß.example.test", "xn--fa-hia.example.test"),
    ],
)
def test_a_domain_in_other_letters_works_from_bootstrap_to_sync(  # noqa: PLR0913 - the servers that take part
    home: Home,
    knot: StartKnot,
    nginx: StartNginx,
    certificates: Certificates,
    host: str,
    ascii_host: str,
) -> None:
    server = knot({ascii_host: FOUND})
    site = nginx(home.site.root, host=ascii_host, certificate=certificates.leaf("*.example.test"))
    home.config["origin"] |= {
        "url": f"https://{host}/",
        "property": host,
        "txt_record": RIGHT,
        "dns": server.dns,
        "connect_to": site.connect_to,
    }
    home.put("a.mp4", mp4())
    assert home.syncer("bootstrap").code == 0
    assert home.sync()["exit_code"] == 0
    assert home.manifest()["a.mp4"]["url"] == f"https://{ascii_host}/clips/a.mp4"


# In the config


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("text", [RIGHT, f"'\"{RIGHT}\"'", f"' {RIGHT} '"])
def test_the_record_is_read_as_dns_stores_it(text: str) -> None:
    record = at_origin("txt_record", text).replace(
        "property: https://media.example.com/", "property: example.com"
    )
    assert loaded(record).origin.txt_record == RIGHT


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("text", ["''", "' '", '"a\\nb"', "bücher", "'\"\"'"])
def test_a_text_that_is_no_record_is_refused(text: str) -> None:
    said = complaint(at_origin("txt_record", text))
    assert said.startswith("config.yaml:5:15: origin.txt_record: must be the value as the portal shows it")


@pytest.mark.usefixtures("folder")
def test_a_record_can_not_prove_a_prefix() -> None:
    assert complaint(f"{ORIGIN}  txt_record: {RIGHT}\n") == (
        "config.yaml:5:15: origin.txt_record: a signature file proves the URL prefix https://media.example.com/,"
        " not a DNS record: remove this line, or verify a domain and make that the property"
    )

"""Laws of the TXT record that is typed: what can't be the portal's is refused before DNS is asked."""

from __future__ import annotations

import pytest

from tests import configs
from tests.configs import at_origin, complaint
from tests.home import TOKEN, Home
from tests.servers.knot import StartKnot

folder = configs.folder

START = "tiktok-developers-site-verification="
RIGHT = START + TOKEN
SERVERS = "@ NS ns1\nns1 A 127.0.0.1\n"
ZONE_LINES = [
    f"TXT {RIGHT}",
    f'@ 300 IN TXT "{RIGHT}"',
    f"media.example.test. TXT ( '{RIGHT}' )",
    f"{RIGHT} ; TikTok",
]
OTHERS = [TOKEN, "aB3_-x", "v=spf1 include:_spf.example.test -all", "google-site-verification=abc", START]


def typed(record: str) -> str:
    ran = Home.syncer_alone("bootstrap", "--property", "media.example.test", "--txt-record", record)
    assert ran.code == 2
    assert ran.err.startswith("syncer: --txt-record: ")
    return ran.err


@pytest.mark.parametrize("record", ZONE_LINES)
@pytest.mark.usefixtures("folder")
def test_of_a_line_of_a_zone_file_the_value_alone_is_asked_for(record: str) -> None:
    told = f"must be the value alone: write {START}"
    assert told in typed(record)
    quoted = record.replace("'", "''")
    assert told in complaint(at_origin("txt_record", f"'{quoted}'"))


@pytest.mark.parametrize("record", OTHERS)
@pytest.mark.usefixtures("folder")
def test_what_is_not_the_portals_is_no_record(record: str) -> None:
    """So that nobody is told to change a record that is right."""
    told = f"write {START}…"
    assert told in typed(record)
    assert told in complaint(at_origin("txt_record", f"'{record}'"))


@pytest.mark.parametrize("record", [RIGHT, f'"{RIGHT}"', f"TikTok-Developers-Site-Verification={TOKEN}"])
def test_what_is_the_portals_is_taken_as_it_belongs(home: Home, knot: StartKnot, record: str) -> None:
    server = knot({"example.test": f'{SERVERS}@ TXT "{RIGHT}"\n'})
    given = ("--property", "example.test", "--dns", server.dns, "--txt-record", record)
    ran = home.syncer_alone("bootstrap", *given)
    assert ran.code == 0
    assert "✓ example.test has the TXT record" in ran.err


@pytest.mark.parametrize(("record", "code"), [(RIGHT, 0), (RIGHT[:-1] + "x", 5)])
def test_a_domain_is_proven_without_an_address(knot: StartKnot, record: str, code: int) -> None:
    server = knot({"example.test": f'{SERVERS}@ TXT "{RIGHT}"\n'})
    given = ("--property", "example.test", "--dns", server.dns, "--txt-record", record)
    ran = Home.syncer_alone("bootstrap", *given)
    assert ran.code == code
    assert "! DNS: " in ran.err
    assert "The TXT record does not need it" in ran.err
    assert "✗ DNS" not in ran.err
    assert "TLS" not in ran.err


@pytest.mark.parametrize("host", ["www.example.test", "a-b.example.test"])
def test_a_hint_names_the_host_that_was_given(host: str) -> None:
    for given in (f"{host}/", f"https://{host}", f"{host}/videos/"):
        ran = Home.syncer_alone("bootstrap", "--property", given, "--txt-record", RIGHT)
        assert ran.code == 2
        assert f"write --property {host}, without https://" in ran.err


def test_a_folder_in_the_place_of_the_file_is_to_be_moved(home: Home) -> None:
    """No `path` of a source sets where a signature file lies."""
    file = home.sign()
    (home.site.root / file.name).mkdir()
    ran = home.syncer("bootstrap")
    assert ran.code == 1
    assert "a folder of that name is in the way" in ran.err
    assert (
        f"move it away there: TikTok looks for the signature file at {home.site.url}{file.name} only"
        in ran.err
    )


def test_steps_say_what_to_do_with_another_file_of_the_portal(home: Home) -> None:
    home.sign()
    ran = home.syncer("bootstrap")
    assert "download that one and write its name into origin.signature_files" in ran.out

"""Laws of a domain's TXT record: what DNS has, what is wrong with it, and the record to add."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from syncer.connect.dns import DnsSettings
from syncer.errors import OwnershipError
from syncer.origin.ownership.dns import DomainRecord
from syncer.origin.ownership.record import PREFIX, RecordVerdict
from syncer.protocols import OwnershipProof
from tests.servers.knot import NameServer, StartKnot

DOMAIN = "media.example.test"
TOKEN = "AbCdEfGhIjKlMnOpQrStUvWxYz012345"
RIGHT = PREFIX + TOKEN
OTHER = PREFIX + "0" * 32
SERVERS = "@ NS ns1\nns1 A 127.0.0.1\n"
TWO_SERVERS = SERVERS + "@ NS ns2\nns2 A 127.0.0.2\n"


def txt(*values: str, name: str = "media") -> str:
    """Lines of a zone file. A string in it has at most 255 bytes."""
    return "".join(f"{name} TXT {_strings(value.encode())}\n" for value in values)


def _strings(value: bytes) -> str:
    pieces = [value[start : start + 255] for start in range(0, len(value) or 1, 255)]
    return " ".join('"' + "".join(f"\\{byte:03}" for byte in piece) + '"' for piece in pieces)


def looked(server: NameServer, expected: str | None = RIGHT, domain: str = DOMAIN) -> RecordVerdict:
    return DomainRecord(domain, expected, server.settings).look(everywhere=True)


@pytest.fixture
def server(knot: StartKnot) -> NameServer:
    return knot({"example.test": SERVERS})


def refusal(record: DomainRecord) -> OwnershipError:
    with pytest.raises(OwnershipError) as caught:
        record.check()
    return caught.value


def test_the_record_is_found(server: NameServer) -> None:
    server.hold("example.test", SERVERS + txt("v=spf1 -all", RIGHT))
    verdict = looked(server)
    assert (verdict.standing, verdict.related) == ("found", (RIGHT,))
    assert verdict.message == f"{DOMAIN} has the TXT record"
    proof: OwnershipProof = DomainRecord(DOMAIN, RIGHT, server.settings)
    proof.check()


def test_one_of_several_is_enough(server: NameServer) -> None:
    """Each property has its own token, and so have Sandbox and Production."""
    server.hold("example.test", SERVERS + txt(OTHER, RIGHT, PREFIX + "x"))
    verdict = looked(server)
    assert verdict.standing == "found"
    assert "and 2 of other properties or apps, which is fine" in verdict.message
    assert len(verdict.related) == 3
    server.hold("example.test", SERVERS + txt(OTHER, RIGHT))
    assert "and 1 of other" in looked(server).message


def test_a_record_in_two_strings_is_the_same_record(server: NameServer) -> None:
    server.hold("example.test", f'{SERVERS}media TXT "{RIGHT[:20]}" "{RIGHT[20:]}"')
    assert looked(server).standing == "found"


def test_without_an_expected_value_the_result_is_unsure(server: NameServer) -> None:
    server.hold("example.test", SERVERS + txt("v=spf1 -all", RIGHT))
    verdict = looked(server, None)
    assert verdict.standing == "unsure"
    assert f'has a TXT record of the right form, "{RIGHT}", but it may be of another' in verdict.message
    assert "set origin.txt_record" in str(verdict.hint)
    server.hold("example.test", SERVERS + txt(OTHER, RIGHT))
    several = looked(server, None).message
    assert "has 2 TXT records" in several
    assert "and any of them may be the one" in several
    error = refusal(DomainRecord(DOMAIN, None, server.settings))
    assert (error.code, error.transient) == ("ownership.txt_unsure", False)


@pytest.mark.parametrize(
    ("records", "domain", "says"),
    [
        (txt("v=spf1 -all", "0" * 32), DOMAIN, f"{DOMAIN} has no TXT record for TikTok"),
        ("media A 192.0.2.1", DOMAIN, f"{DOMAIN} has no TXT record for TikTok"),
        ("", DOMAIN, f"{DOMAIN} does not exist in DNS"),
        ("", "example.test", "example.test has no TXT record for TikTok"),
    ],
)
@pytest.mark.parametrize("expected", [RIGHT, None])
def test_a_missing_record_is_reported_with_the_record_to_add(
    server: NameServer, records: str, domain: str, says: str, expected: str | None
) -> None:
    server.hold("example.test", SERVERS + records)
    verdict = looked(server, expected, domain)
    assert (verdict.standing, verdict.message, verdict.related) == ("missing", says, ())
    assert f"name {domain}, type TXT, value {expected or PREFIX}" in str(verdict.hint)
    error = refusal(DomainRecord(domain, expected, server.settings))
    assert (error.code, error.transient) == ("ownership.txt_missing", True)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (OTHER, "the token is a different one"),
        (f'"{RIGHT}"', "quotes are part of it"),
        (f"“{RIGHT}”", "quotes are part of it"),
        (f"{RIGHT} ", "there is white space around it"),
        (f" {RIGHT}\t", "there is white space around it"),
        (RIGHT.replace("=", " = "), "there is white space inside it"),
        (TOKEN, f"{PREFIX} is missing at its start"),
        (RIGHT.lower(), "upper and lower case differ"),
        (RIGHT.replace("=", ":"), "not have the form that the portal shows"),
        (PREFIX, "not have the form that the portal shows"),
        (f"name={RIGHT}", "not have the form that the portal shows"),
    ],
)
def test_a_wrong_record_is_reported_with_its_mistake(server: NameServer, value: str, says: str) -> None:
    server.hold("example.test", SERVERS + txt(value))
    verdict = looked(server)
    assert verdict.standing == "wrong"
    assert verdict.message.endswith(says)
    assert "more wrong" not in verdict.message
    assert f"exactly {RIGHT}" in str(verdict.hint)


@pytest.mark.parametrize(
    ("value", "standing", "says"),
    [
        (f'"{RIGHT}"', "wrong", "quotes are part of it"),
        (f"{RIGHT} ", "wrong", "there is white space around it"),
        (RIGHT.replace("=", " = "), "wrong", "there is white space inside it"),
        (RIGHT.replace("=", ":"), "wrong", "not have the form"),
        (PREFIX, "wrong", "not have the form"),
        (TOKEN, "missing", "no TXT record"),
        ("", "missing", "no TXT record"),
        ('"', "missing", "no TXT record"),
    ],
)
def test_mistakes_are_reported_without_an_expected_token(
    server: NameServer, value: str, standing: str, says: str
) -> None:
    server.hold("example.test", SERVERS + txt(value))
    verdict = looked(server, None)
    assert verdict.standing == standing
    assert says in verdict.message


def test_one_of_several_wrong_records_is_shown(server: NameServer) -> None:
    server.hold("example.test", SERVERS + txt(OTHER, PREFIX + "1" * 300))
    verdict = looked(server)
    assert verdict.standing == "wrong"
    assert f'"{OTHER}" (and 1 more wrong)' in verdict.message
    server.hold("example.test", SERVERS + txt(PREFIX + "1" * 200))
    assert len(looked(server).message) < 250
    whole = PREFIX.ljust(120, "1")
    server.hold("example.test", SERVERS + txt(whole))
    assert f'"{whole}"' in looked(server).message
    error = refusal(DomainRecord(DOMAIN, RIGHT, server.settings))
    assert (error.code, error.transient) == ("ownership.txt_wrong", False)


@pytest.mark.parametrize("name", ["www.media", "_dnsauth.media", "media.example.test", "@"])
def test_a_record_at_another_name_is_reported(server: NameServer, name: str) -> None:
    """The third: the user typed the whole name into a form that adds the zone."""
    server.hold("example.test", SERVERS + txt(RIGHT, name=name))
    verdict = looked(server)
    place = "example.test" if name == "@" else f"{name}.example.test"
    assert verdict.standing == "wrong"
    assert verdict.message == f'the TXT record "{RIGHT}" is at {place}, not at {DOMAIN}'
    assert f"move it to {DOMAIN}" in str(verdict.hint)


def test_a_record_of_the_parent_domain_belongs_to_another_property(server: NameServer) -> None:
    server.hold("example.test", SERVERS + txt(OTHER, name="@"))
    assert looked(server).standing == "missing"
    assert looked(server, None).standing == "missing"


def test_an_alias_is_followed_and_reported(server: NameServer) -> None:
    server.hold("example.test", SERVERS + "media CNAME host\n" + txt(RIGHT, name="host"))
    verdict = looked(server)
    assert (verdict.standing, verdict.message) == (
        "found",
        f"{DOMAIN}, an alias (CNAME) of host.example.test, has the TXT record",
    )
    server.hold("example.test", SERVERS + "media CNAME host\nhost A 192.0.2.1")
    verdict = looked(server)
    assert verdict.standing == "missing"
    assert verdict.message.startswith(f"{DOMAIN}, an alias (CNAME) of host.example.test, has no")
    assert "a name with a CNAME can have no other record" in str(verdict.hint)
    assert RIGHT in str(verdict.hint)


def test_a_domain_in_other_letters_is_looked_up_in_its_xn_form(knot: StartKnot) -> None:
    server = knot({"xn--bcher-kva.test": SERVERS + txt(RIGHT, name="@")})
    assert looked(server, RIGHT, "xn--bcher-kva.test").standing == "found"


def test_a_record_behind_an_alias_into_a_silent_zone_is_missing(knot: StartKnot) -> None:
    server = knot({"example.test": SERVERS + "media CNAME host.other.test.\n"})
    assert looked(server).standing == "missing"
    server.hold("example.test", SERVERS + "media CNAME host.other.test.\n" + txt(RIGHT, name="www.media"))
    assert f"is at www.{DOMAIN}, not at {DOMAIN}" in looked(server).message


def test_a_record_at_the_longest_name_is_missing(server: NameServer) -> None:
    """The names of usual mistakes would be too long for DNS."""
    domain = ".".join(["a" * 58] * 4 + ["example.test"])
    assert looked(server, RIGHT, domain).standing == "missing"


# DNS that gives no answer


def test_dns_without_an_answer_proves_nothing(knot: StartKnot) -> None:
    server = knot({"example.test": None})
    error = refusal(DomainRecord(DOMAIN, RIGHT, server.settings))
    assert (error.code, error.transient) == ("ownership.dns", True)
    assert "SERVFAIL" in error.message
    assert error.hint
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))
        mute = DnsSettings(("127.0.0.1",), wire.getsockname()[1], lifetime=0.2)
        error = refusal(DomainRecord(DOMAIN, RIGHT, mute))
    assert (error.code, error.transient) == ("ownership.dns", True)
    assert DOMAIN in error.message


# Without DNS


def test_steps_name_the_domain_and_the_record() -> None:
    record = DomainRecord(DOMAIN, RIGHT)
    steps = "\n".join(record.steps())
    assert f"type domain, exactly {DOMAIN}\n" in steps
    assert f"the value {RIGHT}," in steps
    assert f"if the TXT record shown there is not {RIGHT}, put it into origin.txt_record" in steps
    assert "Verify" in steps
    untold = "\n".join(replace(record, expected=None).steps())
    assert "into origin.txt_record, so that" in untold
    assert f"{PREFIX}… (as the portal shows it)" in untold


@pytest.mark.parametrize(("expected", "warned"), [(None, 0), (RIGHT, 0), (TOKEN, 1), (f"{RIGHT} x", 1)])
def test_a_value_of_an_unknown_form_gives_a_warning(expected: str | None, warned: int) -> None:
    warnings = DomainRecord(DOMAIN, expected).warnings()
    assert len(warnings) == warned
    assert all("origin.txt_record" in warning for warning in warnings)

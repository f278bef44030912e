"""Each problem of the public URL, its connection and its answer has one line, and a hint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from syncer.connect.pace import SharedPace
from syncer.doctor import network
from syncer.origin.view import PublicOrigin
from tests.doctor.visit import visit
from tests.home import Home
from tests.servers.certificates import Certificates
from tests.servers.knot import StartKnot
from tests.servers.nginx import HOST, Site, StartNginx
from tests.servers.ports import free_port
from tests.servers.scripted import answer, scripted

PAGE = "<!doctype html><title>app</title>"


@pytest.fixture
def proven(healthy: Home) -> Home:
    """Without a signature file, whose line would repeat that of the public URL."""
    del healthy.config["origin"]["signature_files"]
    return healthy


def at(home: Home, site: Site) -> None:
    home.config["origin"]["connect_to"] = site.connect_to


# The way there


def test_a_host_that_dns_does_not_know(proven: Home) -> None:
    del proven.config["origin"]["connect_to"]
    report = visit(proven)
    assert (report.ill["name"], report.ill["code"]) == ("DNS", "origin.unreachable")
    hindered = ["address", "TLS", "clock", "public URL", "gone"]
    assert report.having("skipped") == [*hindered, "signature"]
    assert {report.by_name[name]["detail"] for name in hindered} == {"not examined, because DNS is not ok"}
    assert report.by_name["delete"]["state"] == "ok"


def test_an_address_that_only_this_machine_can_reach_is_named_by_doctor_and_bootstrap(
    proven: Home, nginx: StartNginx, certificates: Certificates, web_root: Path
) -> None:
    site = nginx(web_root, host="localhost", certificate=certificates.leaf("localhost"))
    url = f"https://localhost:{site.port}/"
    proven.config["origin"] |= {"url": url, "property": url, "connect_to": None}
    report = visit(proven)
    address = report.by_name["address"]
    assert (address["state"], address["code"]) == ("warn", "origin.private"), "a test origin: it has a ca"
    assert "127.0.0.1" in address["detail"]
    proven.sign()
    ran = proven.syncer("bootstrap")
    assert f"! address: {address['detail']}; {address['hint']}\n" in ran.err
    assert ran.code == report.code == 0


def test_without_a_private_ca_an_address_that_is_not_public_is_an_error_of_doctor_and_bootstrap(
    proven: Home,
) -> None:
    url = "https://localhost/"
    proven.config["origin"] |= {"url": url, "property": url, "connect_to": None, "ca": None}
    address = visit(proven).by_name["address"]
    assert (address["state"], address["code"]) == ("not ok", "origin.private")
    proven.sign()
    ran = proven.syncer("bootstrap", "--json")
    assert f"✗ address: {address['detail']}; {address['hint']}\n" in ran.err
    assert (ran.code, ran.json["hidden"]["code"]) == (5, "origin.private")


@pytest.mark.parametrize(
    ("address", "state"),
    [("1.1.1.1", "ok"), ("10.0.0.1", "not ok"), ("100.64.0.1", "not ok"), ("169.254.0.1", "not ok")],
)
def test_which_addresses_are_public(address: str, state: str) -> None:
    origin = PublicOrigin(f"https://{address}/", "example.com")
    assert network.public(origin, SharedPace()).state == state


def test_a_web_server_that_is_down(proven: Home) -> None:
    proven.config["origin"]["connect_to"] = f"127.0.0.1:{free_port()}"
    report = visit(proven)
    assert (report.ill["name"], report.ill["code"]) == ("TLS", "origin.unreachable")
    assert report.having("skipped") == ["clock", "public URL", "gone", "signature"]


def test_a_certificate_that_has_expired(proven: Home, nginx: StartNginx, certificates: Certificates) -> None:
    at(proven, nginx(proven.site.root, certificate=certificates.expired(HOST)))
    report = visit(proven)
    assert (report.ill["name"], report.ill["code"]) == ("TLS", "origin.tls")
    assert "expired" in report.ill["detail"]


def test_a_certificate_that_ends_soon(proven: Home, nginx: StartNginx, certificates: Certificates) -> None:
    soon = certificates.ending(timedelta(days=5, hours=1), HOST)
    at(proven, nginx(proven.site.root, certificate=soon))
    report = visit(proven)
    assert (report.code, report.having("warn")) == (0, ["TLS"])
    assert "5 days" in report.by_name["TLS"]["detail"]
    at(proven, nginx(proven.site.root, certificate=certificates.ending(timedelta(days=15), HOST)))
    assert visit(proven).having("warn") == []


# What it serves


def _another_root(home: Home, nginx: StartNginx) -> Site:
    other = home.site.root.with_name("other")
    other.mkdir()
    return nginx(other)


def _an_app(home: Home, nginx: StartNginx) -> Site:
    (home.site.root / "index.html").write_text(PAGE)
    return nginx(home.site.root, location="rewrite ^ /index.html break;")


def _www(home: Home, nginx: StartNginx) -> Site:
    return nginx(home.site.root, server=f"return 301 https://www.{HOST}$request_uri;")


def _a_login(home: Home, nginx: StartNginx) -> Site:
    return nginx(home.site.root, server="return 403;")


def _compressed(home: Home, nginx: StartNginx) -> Site:
    header = "add_header Content-Encoding gzip;"
    return nginx(home.site.root, location=header)


@pytest.mark.parametrize(
    ("serve", "code"),
    [
        (_another_root, "origin.status"),
        (_an_app, "origin.page"),
        (_www, "origin.redirect"),
        (_a_login, "origin.status"),
        (_compressed, "origin.encoding"),
    ],
)
def test_a_public_url_that_does_not_serve_the_file(
    proven: Home, nginx: StartNginx, serve: Callable[[Home, StartNginx], Site], code: str
) -> None:
    at(proven, serve(proven, nginx))
    report = visit(proven)
    assert report.code == 1
    assert (report.ill["name"], report.ill["code"]) == ("public URL", code)
    assert report.having("skipped") == ["gone", "signature"]


def test_a_file_that_is_served_incorrectly_is_a_warning(proven: Home, nginx: StartNginx) -> None:
    at(proven, nginx(proven.site.root, location="max_ranges 0;"))
    report = visit(proven)
    assert (report.code, report.having("warn")) == (0, ["public URL"])
    assert report.by_name["public URL"]["code"] == "origin.range"


def test_a_cache_that_keeps_a_deleted_file(proven: Home, nginx: StartNginx) -> None:
    behind = proven.site
    front = nginx(
        behind.root,
        http=f"proxy_cache_path {behind.root.parent}/cache keys_zone=kept:1m use_temp_path=off;",
        server=(
            f"location ~ ^/syncer-doctor {{ proxy_pass https://127.0.0.1:{behind.port}; proxy_cache kept; "
            f"proxy_cache_valid 200 1h; proxy_set_header Host {HOST}; }}"
        ),
    )
    at(proven, front)
    report = visit(proven)
    assert (report.code, report.having("warn")) == (0, ["gone"])
    assert report.by_name["gone"]["code"] == "doctor.cache"


def test_a_page_in_place_of_a_missing_file(proven: Home, nginx: StartNginx) -> None:
    (proven.site.root / "index.html").write_text(PAGE)
    at(proven, nginx(proven.site.root, location="error_page 404 =200 /index.html;"))
    report = visit(proven)
    assert (report.code, report.having("warn")) == (0, ["gone"])
    assert report.by_name["gone"]["code"] == "doctor.missing"
    at(proven, nginx(proven.site.root, location="error_page 404 =403 /index.html;"))
    assert visit(proven).by_name["gone"]["state"] == "ok"


# Ownership


def test_a_signature_file_that_is_missing(healthy: Home) -> None:
    for file in healthy.site.root.glob("tiktok*"):
        file.unlink()
    report = visit(healthy)
    assert report.code == 5
    assert report.ill["name"].startswith("signature tiktok")
    assert report.ill["code"] == "ownership.missing"


def test_a_signature_file_that_is_unlike_the_portals(healthy: Home) -> None:
    odd = healthy.folder / "tiktok-proof.txt"
    odd.write_text("x")
    healthy.config["origin"]["signature_files"] = ["tiktok-proof.txt"]
    assert healthy.syncer("bootstrap").code == 0
    report = visit(healthy)
    assert (report.code, report.having("warn")) == (0, ["signature tiktok-proof.txt"])


def test_a_property_of_another_host(healthy: Home) -> None:
    healthy.config["origin"]["property"] = "https://other.example.test/"
    report = visit(healthy)
    assert report.code == 5
    assert (report.ill["name"], report.ill["code"]) == ("property", "ownership.property")
    assert "origin.url" in report.ill["detail"]


def test_no_signature_file_is_skipped(proven: Home) -> None:
    report = visit(proven)
    assert (report.code, report.having("skipped")) == (0, ["signature"])
    assert "signature_files" in report.by_name["signature"]["detail"]


RECORD = "tiktok-developers-site-verification=AbCdEf"


@pytest.mark.parametrize(
    ("held", "told", "expected"),
    [
        (RECORD, RECORD, (0, "ok")),
        (RECORD, None, (0, "warn")),
        (RECORD + "x", RECORD, (5, "not ok")),
        ("v=spf1 -all", RECORD, (5, "not ok")),
    ],
)
def test_a_domain_is_proven_by_its_record(
    proven: Home, knot: StartKnot, held: str, told: str | None, expected: tuple[int, str]
) -> None:
    server = knot({HOST: f'@ 60 TXT "{held}"'})
    proven.config["origin"] |= {"property": HOST, "txt_record": told, "dns": server.dns}
    report = visit(proven)
    assert (report.code, report.by_name["TXT record"]["state"]) == expected


# Clocks


def date(offset: timedelta) -> str:
    return f"Date: {format_datetime(datetime.now(UTC) + offset, usegmt=True)}"


@pytest.mark.parametrize(
    ("minutes", "others", "state"),
    [
        (0, [], "ok"),
        (-3, [], "warn"),
        (3, [], "warn"),
        (7, [], "not ok"),
        (-7, [], "not ok"),
        (-7, ["Age: 420"], "ok"),
        (None, [], "skipped"),
        (None, ["Date: yesterday"], "skipped"),
    ],
)
def test_the_clock_of_the_origin(
    certificates: Certificates, minutes: int | None, others: list[str], state: str
) -> None:
    """A cached answer has an age."""
    headers = others if minutes is None else [date(timedelta(minutes=minutes)), *others]
    with scripted(certificates.leaf(HOST), answer("404 Not Found", b"", *headers)) as server:
        origin = PublicOrigin(f"https://{HOST}/", f"https://{HOST}/", certificates.ca, server.connect_to)
        assert network.origin_clock(origin, SharedPace()).state == state


def test_a_server_without_an_answer_has_no_clock(certificates: Certificates) -> None:
    with scripted(certificates.leaf(HOST), b"") as server:
        origin = PublicOrigin(f"https://{HOST}/", f"https://{HOST}/", certificates.ca, server.connect_to)
        assert network.origin_clock(origin, SharedPace()).state == "skipped"


def test_a_wrong_clock_is_the_only_finding(proven: Home, nginx: StartNginx) -> None:
    missing = answer("404 Not Found", b"", date(timedelta(minutes=-20)), "Connection: close")
    with scripted(None, missing) as clock:
        elsewhere = f"location @clock {{ proxy_pass http://{clock.connect_to}; proxy_pass_header Date; }}"
        site = nginx(proven.site.root, server=elsewhere, location="error_page 404 = @clock;")
        at(proven, site)
        report = visit(proven)
    assert (report.ill["name"], report.ill["code"]) == ("clock", "doctor.clock")
    assert "ahead of that of media.example.test" in report.ill["detail"]

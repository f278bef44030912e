"""Laws of an origin that serves other bytes than the stored ones: nothing is listed until it serves them."""

from __future__ import annotations

import pytest

from tests import bad_input
from tests.bad_input import one_by_one, whole
from tests.home import Home
from tests.media import PNG, mp4
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, StartNginx
from tests.servers.ports import free_port

quick_retries = bad_input.quick_retries

ORIGINS = {
    "www": ("return 301 https://www.media.example.test$request_uri;", "a redirect to https://www.media"),
    "elsewhere": ("return 302 https://login.example.test/;", "a redirect to https://login.example.test/"),
    "signed": (
        "return 302 https://store.example.test/x?X-Amz-Signature=abc;",
        "a redirect to https://store.example.test/x",
    ),
    "plain http": ("return 301 http://media.example.test$request_uri;", "a redirect to http://"),
    "denied": ("return 403;", "answers 403"),
    "login": ("return 401;", "answers 401"),
    "broken": ("return 500;", "answers 500"),
    "app": ("default_type text/html; return 200 '<!doctype html><html><body>app</body></html>';", "HTML"),
    "length": ("rewrite ^ /other.mp4 break;", "serves 3000 bytes, but 2000 bytes were stored"),
    "bytes": ("rewrite ^ /same-length.mp4 break;", "serves other bytes than were stored"),
}


@pytest.mark.parametrize("flaw", ORIGINS)
def test_nothing_is_listed_while_the_origin_serves_something_else(
    home: Home, nginx: StartNginx, flaw: str
) -> None:
    location, says = ORIGINS[flaw]
    home.put("a.mp4", mp4())
    home.put("shot.png", PNG)
    root = home.site.root
    (root / "other.mp4").write_bytes(mp4(3000, seed=1))
    (root / "same-length.mp4").write_bytes(mp4(seed=2))
    right = home.config["origin"]["connect_to"]
    home.config["origin"]["connect_to"] = nginx(root, location=location).connect_to
    said = one_by_one(home)
    assert says in said["a.mp4"]
    assert home.manifest() == {}
    home.config["origin"]["connect_to"] = right
    assert home.sync()["exit_code"] == 4
    assert set(home.manifest()) == {"a.mp4"}
    assert home.site.get("clips/a.mp4").content == mp4()


def test_nothing_is_listed_while_the_certificate_is_not_trusted(
    home: Home, nginx: StartNginx, certificates: Certificates
) -> None:
    home.put("a.mp4", mp4())
    for certificate, says in (
        (certificates.expired(HOST), "its certificate has expired"),
        (certificates.unknown(HOST), "the issuer of its certificate is unknown"),
        (certificates.leaf("other.example.test"), "its certificate is for another name"),
    ):
        site = nginx(home.site.root, certificate=certificate)
        home.config["origin"]["connect_to"] = site.connect_to
        (said,) = one_by_one(home).values()
        assert says in said
        assert home.manifest() == {}
    home.config["origin"]["connect_to"] = home.site.connect_to
    assert home.sync()["exit_code"] == 0
    whole(home, "clips/a.mp4")


def test_nothing_is_listed_while_the_origin_does_not_answer(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.config["origin"]["connect_to"] = f"127.0.0.1:{free_port()}"
    (said,) = one_by_one(home).values()
    assert "the connection is refused" in said
    home.config["origin"] |= {"connect_to": None}
    (said,) = one_by_one(home).values()
    assert "DNS knows no address of its host" in said
    assert home.manifest() == {}

"""Laws of `syncer origin`: only the text on stdout, the steps on stderr; or a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from syncer.errors import Exit
from syncer.origin.webservers import KINDS
from tests.home import Home, Ran

URL = "https://media.example.com/"


@pytest.fixture
def ours(home: Home) -> Home:
    home.config["origin"] |= {"url": URL, "property": URL}
    return home


def at(home: Home, **destination: Any) -> Ran:
    home.config["origin"]["destination"] = destination
    return home.syncer("origin", "nginx")


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_goes_to_stdout_and_the_steps_to_stderr(kind: str, ours: Home) -> None:
    ran, again = ours.syncer("origin", kind), ours.syncer("origin", kind)
    assert (ran.code, ran) == (Exit.OK, again)
    told = ours.syncer("origin", kind, "--json").json
    assert (told["kind"], told["text"]) == (kind, ran.out)
    assert told["file"] in ran.err
    assert ran.err == "".join(f"{number}. {step}\n" for number, step in enumerate(told["steps"], 1))
    assert all(line.startswith("#") for line in ran.out.splitlines()[:2])
    assert "config.yaml" in ran.out
    assert str(ours.folder) not in ran.out


def test_another_port_is_in_the_listener_and_in_the_redirect(ours: Home) -> None:
    ours.config["origin"] |= {"url": "https://media.example.com:8443/", "property": "example.com"}
    nginx, caddy = (ours.syncer("origin", kind).out for kind in ("nginx", "caddy"))
    assert "listen 8443 ssl;" in nginx
    assert "return 301 https://media.example.com:8443$request_uri;" in nginx
    assert "\nhttps://media.example.com:8443 {\n" in caddy
    assert "redir https://media.example.com:8443{uri} permanent" in caddy


def test_certificates_are_of_certbot_or_caddy_or_given(ours: Home) -> None:
    nginx, caddy = ours.syncer("origin", "nginx"), ours.syncer("origin", "caddy")
    assert '"/etc/letsencrypt/live/media.example.com/fullchain.pem"' in nginx.out
    assert "certbot certonly" in nginx.err
    assert "tls" not in caddy.out
    given = ("--certificate", "/etc/ssl/a b.pem", "--key", "/etc/ssl/key.pem")
    nginx, caddy = ours.syncer("origin", "nginx", *given), ours.syncer("origin", "caddy", *given)
    assert 'ssl_certificate     "/etc/ssl/a b.pem";' in nginx.out
    assert "certbot certonly" not in nginx.err
    assert 'tls "/etc/ssl/a b.pem" "/etc/ssl/key.pem"' in caddy.out


def test_a_certificate_without_its_key_is_a_usage_error(ours: Home) -> None:
    for given in ("--certificate", "--key"):
        ran = ours.syncer("origin", "nginx", given, "/x.pem")
        assert (ran.code, ran.out) == (Exit.USAGE, "")
        assert "--certificate and --key go together" in ran.err


def test_a_folder_by_sftp_is_served_by_its_path_on_that_machine(ours: Home) -> None:
    server = {"kind": "sftp", "host": "vps.example.com", "user": "deploy"}
    ran = at(ours, **server, root="/var/www/media")
    assert 'root "/var/www/media";' in ran.out
    assert "with --root" in ran.err


def test_a_folder_in_a_remote_home_needs_its_whole_path(ours: Home) -> None:
    server = {"kind": "sftp", "host": "vps.example.com", "user": "deploy"}
    ran = at(ours, **server, root="media")
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert "'media' is relative to a user's home on vps.example.com" in ran.err
    assert "--root /home/deploy/media" in ran.err
    ran = ours.syncer("origin", "nginx", "--root", "/home/deploy/media")
    assert 'root "/home/deploy/media";' in ran.out
    assert "with --root" not in ran.err


def test_a_bucket_is_not_served_by_a_web_server(ours: Home) -> None:
    ran = at(ours, kind="s3", bucket="media")
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert ours.syncer("origin", "nginx", "--root", "/mnt/bucket") == ran
    assert "a web server serves a folder, and origin's destination is s3" in ran.err
    assert "connect a domain to the bucket" in ran.err
    assert "Traceback" not in ran.err


def test_only_paths_of_a_source_with_a_hash_are_cached_forever(ours: Home) -> None:
    ours.config["sources"]["photos"] = {
        "kind": "local",
        "root": "media",
        "path": "p/{slug}-{sha256:12}.{ext}",
    }
    for kind in KINDS:
        out = ours.syncer("origin", kind).out
        assert out.count("immutable") == 1
        assert r"^/p/[a-z0-9-]+-[0-9a-f]{12}(?:\.[^/.]+)?$" in out

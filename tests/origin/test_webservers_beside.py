"""Laws of `syncer origin` for a URL below a path: the existing site of the host stays unchanged."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from syncer.errors import Exit
from syncer.origin.webservers import KINDS
from tests.home import SIGNATURE, Home
from tests.media import sample
from tests.servers.nginx import HOST
from tests.servers.printed import Serve

URL = f"https://{HOST}/storage/uploads/"
SITES = {
    "nginx": {
        "static": """
    root "{root}";
    index index.html;
    add_header X-Site yes;
    location ~* \\.(jpg|mp4|txt)$ {{ expires 30d; }}
    location ~ \\.php$ {{ return 200 "run"; }}""",
        "one page": """
    root "{root}";
    gzip on;
    expires 1h;
    error_page 404 =200 /index.html;
    location / {{ try_files $uri $uri/ /index.html; }}
    location /storage {{ return 200 "old"; }}""",
    },
    "caddy": {
        "static": """
	root * "{root}"
	header X-Site yes
	header Cache-Control "max-age=2592000"
	@php path *.php
	respond @php "run"
	file_server""",
        "one page": """
	root * "{root}"
	encode gzip
	try_files {{path}} /index.html
	handle /storage {{
		respond "old"
	}}
	handle_errors {{
		rewrite * /index.html
		file_server
	}}
	handle {{
		file_server
	}}""",
    },
}
TARGETS = [
    *("/", "/index.html", "/about/", "/about", "/robots.txt", "/x.php", "/logo.jpg", "/film.mp4"),
    *("/none", "/none.mp4", "/storage", "/storage/", "/storage/uploads", "/storage/other.mp4"),
    *("/Storage/Uploads/a.mp4", "/.well-known/x", "/%2e%2e/x", "/storage/uploads.mp4", f"/{SIGNATURE}"),
]


@pytest.fixture
def pages(web_root: Path) -> Path:
    """The root of the existing site."""
    root = web_root.parent / "pages"
    for name in ("index.html", "about/index.html", "robots.txt", "x.php", "logo.jpg", "film.mp4", SIGNATURE):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"page {name} {'x' * 2000}")
    return root


def answers(serve: Serve, kind: str, site: str, *, alone: bool) -> dict[tuple[str, str], object]:
    server = serve(kind, URL, site, alone=alone)
    told: dict[tuple[str, str], object] = {}
    ways = [(target, "GET", "gzip") for target in TARGETS]
    ways += [(target, method, "identity") for target in TARGETS[::4] for method in ("GET", "HEAD", "POST")]
    for target, method, encoding in ways:
        answer = server.ask(target, method, Accept_Encoding=encoding)
        here = f":{server.ports[443]}"
        kept = {name: value.replace(here, "") for name, value in answer.headers.items()}
        for name in ("date", "expires"):
            kept.pop(name, None)
        told[target, f"{method} {encoding}"] = (answer.status, kept, answer.body)
    return told


@pytest.mark.parametrize(("kind", "site"), [(kind, site) for kind in KINDS for site in SITES[kind]])
def test_the_site_answers_as_before_and_published_files_have_no_finding(
    kind: str, site: str, home: Home, serve: Serve, pages: Path
) -> None:
    text = SITES[kind][site].format(root=pages)
    before = answers(serve, kind, text, alone=True)
    home.sign()
    home.config["sources"]["hashed"] = {"kind": "local", "root": "media", "path": "h/{sha256:12}.{ext}"}
    # Caddy's `rewrite` reads a ? as the start of a query: a site with `try_files` can't serve such a name.
    odd = "müsli [1] {2} 100%.mp4" if (kind, site) == ("caddy", "one page") else "müsli [1] {2} 100%?.mp4"
    for number, key in enumerate(("a.mp4", odd, "trip/b.mp4")):
        home.put(key, sample("Summer Trip.mp4") + bytes(number))
    home.put("lake.jpg", sample("Sunset at the Lake.jpg"))
    assert answers(serve, kind, text, alone=False) == before
    told = home.syncer("bootstrap", "--json")
    assert told.code == Exit.OK, told.err
    home.config["check"]["verify"] = "full"
    done = home.sync()
    assert (done["exit_code"], done["findings"]) == (0, []), done
    assert done["listed"] == 8
    checked = home.syncer("check", "--json").json["results"]
    assert [each["findings"] for each in checked] == [[]] * 8


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_part_for_the_site_is_printed_with_its_place(kind: str, home: Home) -> None:
    home.config["origin"] |= {"url": "https://www.example.com/media/", "property": "https://www.example.com/"}
    ran = home.syncer("origin", kind)
    assert ran.code == Exit.OK
    assert "\nserver {" not in ran.out
    assert "www.example.com {" not in ran.out
    assert "certbot" not in ran.err
    file = home.syncer("origin", kind, "--json").json["file"]
    assert f"{'include' if kind == 'nginx' else 'import'} {file}" in ran.err
    assert "of www.example.com" in ran.err
    assert urlsplit(file).path.startswith(f"/etc/{kind}/")
    given = home.syncer("origin", kind, "--certificate", "/c.pem", "--key", "/k.pem")
    assert given.code == Exit.USAGE
    assert "has a certificate already" in given.err


@pytest.mark.parametrize("kind", KINDS)
def test_the_steps_for_a_whole_host_cover_a_host_that_has_a_site(kind: str, home: Home) -> None:
    home.config["origin"] |= {"url": "https://www.example.com/", "property": "https://www.example.com/"}
    first = home.syncer("origin", kind).err.splitlines()[0]
    assert "there is already a" in first
    assert "https://www.example.com/media/" in first

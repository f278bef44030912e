"""Laws of the text that `syncer origin` prints: any value is written correctly, or refused."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from syncer.errors import ConfigError
from syncer.origin.paths import PathTemplate
from syncer.origin.webservers import KINDS, Site, configure, lasting
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST
from tests.servers.ports import free_port
from tests.servers.printed import EMPTY, PART, RUN, SAYS, SITES, Server

SITE = Site(host="media.example.com", root="/var/www/media", signatures=("my proof.html",))

every_kind = pytest.mark.parametrize("kind", KINDS)
names = st.text("ab \"'`{}$;#\\*[]?%&<>|~!=:,()é日", min_size=1, max_size=8)
"""Characters that one of the languages may act on."""


@pytest.mark.server
@every_kind
@settings(max_examples=30, deadline=None)
@given(name=names)
@example(name="{env.HOME}")
@example(name="{$HOME}")
@example(name="$document_root")
@example(name='it"s; {a} #1')
@example(name="[ab] * ?")
@example(name="a\\")
def test_any_root_is_served_or_refused_with_the_reason(
    kind: str, name: str, certificates: Certificates
) -> None:
    with tempfile.TemporaryDirectory(prefix="syncer-test-") as folder:
        root = Path(folder) / "root" / name
        root.mkdir(parents=True)
        Path(folder).chmod(0o755)
        (root / "a.mp4").write_bytes(b"here")
        pem = str(certificates.leaf(HOST))
        site = Site(host=HOST, root=str(root), certificate=pem, key=pem)
        try:
            text = configure(kind, site).text
        except ConfigError as error:
            refused = error.message
        else:
            refused = ""
        if refused:
            assert set(name) & set("${}\\")
            assert re.fullmatch(
                r"the root .+ contains [${}\\] and can't be written in a \w+ configuration", refused
            )
            return
        assert text == configure(kind, site).text
        ports = {443: free_port(), 80: free_port()}
        own = Path(folder) / "own"
        own.mkdir()
        with RUN[kind](text, own, ports):
            server = Server(HOST, ports, certificates.ca, root)
            assert server.ask("/a.mp4").body == b"here"
            assert server.ask("/robots.txt").body.startswith(b"User-agent: *")
            (root / "robots.txt").write_bytes(b"mine")
            assert server.ask("/robots.txt").body == b"mine"


@pytest.mark.server
@every_kind
def test_many_origins_fit_into_one_server(kind: str, tmp_path: Path, certificates: Certificates) -> None:
    """Also with similar, long and international names, all kinds of paths, other ports."""
    pem = str(certificates.leaf(HOST))
    plain = Site(
        host=HOST,
        root="/var/www/media",
        certificate=pem,
        key=pem,
        lasting=("h/[0-9a-f]{64}",),
        signatures=("tiktok_verify_1.html", "a (1)/it's my proof.txt"),
    )
    sites = [
        plain,
        replace(plain, host="a.b.example.test", port=8443),
        replace(plain, host="a-b.example.test"),
        replace(plain, host="a--b.example.test", root='/srv/it\'s "here"; #1 é'),
        replace(plain, host="xn--mller-kva.example.test"),
        replace(plain, host=f"{'long.' * 40}example.test"),
        replace(plain, host="localhost"),
    ]
    paths = ["/videos/", "/my videos/é$1;'#/", "/(a)+[b]?/", "/`x`/"]
    parts = [configure(kind, replace(plain, host="www.example.test", path=path)).text for path in paths]
    existing = SITES[kind].format(host="www.example.test", pem=pem, more=EMPTY[kind])
    texts = [configure(kind, site).text for site in sites] + [existing.replace(PART, "\n".join(parts))]
    assert SAYS[kind](texts, tmp_path) == ""


@every_kind
def test_an_international_name_is_also_shown_in_its_own_letters(kind: str) -> None:
    text = configure(kind, replace(SITE, host="xn--mller-kva.example")).text
    assert "# xn--mller-kva.example is müller.example.\n" in text
    text = configure(kind, replace(SITE, host="xn--99999999.example")).text
    assert "# xn--99999999.example is" not in text


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"root": "var/www"}, "the root 'var/www' must be an absolute path"),
        ({"root": "/var/a\nb"}, r"the root '/var/a\\nb' has control or other invisible characters"),
        ({"root": "/var/a\u202eb"}, "has control or other invisible characters"),
        ({"path": "/a\x07/"}, r"the path of origin.url '/a\\x07/' has control or other invisible characters"),
        ({"certificate": "cert.pem", "key": "/k"}, "the certificate 'cert.pem' must be an absolute path"),
        ({"certificate": "/c", "key": "k.pem"}, "the key 'k.pem' must be an absolute path"),
        ({"host": "localhost"}, "nobody issues a certificate for localhost"),
    ],
)
def test_a_value_that_no_server_can_express_is_refused(change: Any, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        replace(SITE, **change)


def test_a_path_that_caddy_reads_differently_is_refused() -> None:
    for char in '{}*%"':
        with pytest.raises(ConfigError, match=r"the path of origin.url .* contains"):
            configure("caddy", replace(SITE, path=f"/a{char}b/"))


def kept(**templates: str) -> tuple[str, ...]:
    return lasting({name: PathTemplate.parse(text) for name, text in templates.items()})


def test_only_paths_that_always_contain_a_hash_are_cached_forever() -> None:
    """A path that a source without a hash may replace is not, even if its name looks like a hash."""
    assert kept(a="{source}/{key}") == ()
    assert kept(a="h/{sha256}.mp4") == (r"h/[0-9a-f]{64}\.mp4",)
    assert kept(a="{source}/{sha256:8}.{ext}", b="{source}/{key}") == (r"a/[0-9a-f]{8}(?:\.[^/.]+)?",)
    assert kept(a="{stem}-{sha256:8}", b="b/{key}") == ()
    assert kept(a="h/{sha256:8}", b="{key}") == ()
    assert kept(a="h/{sha256:8}", b="h/x/{key}") == ()
    assert kept(a="h{sha256:8}", b="h/{key}") == ()
    assert kept(a="h/{sha256:8}", b="h.{ext}/{key}") == ()
    assert kept(a="é/{sha256:8}", b="e{key}") == ()
    assert kept(a="h/{sha256:8}", b="g/{key}") == (r"h/[0-9a-f]{8}(?:\.[^/.]+)?",)

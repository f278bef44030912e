"""Laws of public names: a name that no platform pulls from is refused, with the correct value if known."""

from __future__ import annotations

import pytest
import yaml

from syncer.urls.weburl import ascii_host, domain
from tests import configs
from tests.configs import at_origin, complaint

folder = configs.folder

URL = "https://media.example.com/"
LABELS = "must have a full DNS name, such as media.example.com"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("https://media.example.com", f'must end with "/": write {URL}'),
        ("https://media.example.com/v", f'must end with "/": write {URL}v/'),
        ("media.example.com", f"must begin with https://: write {URL}"),
        ("u:p@media.example.com/", "must begin with https://"),
        (
            "http://media.example.com/",
            "must begin with https://, not http://: platforms pull over https only",
        ),
        ("https://u:p@media.example.com/", "must not have a user name or password: it is a public URL"),
        ("https://media.example.com/?a=b", "must not have a query (?…) or a fragment (#…)"),
        ("https://media.example.com/#a", "must not have a query (?…) or a fragment (#…)"),
        ("https://192.0.2.1/", "must have a DNS name: platforms refuse IP addresses"),
        ("https://[2001:db8::1]/", "must have a DNS name: platforms refuse IP addresses"),
        ("https://127.1/", "must have a DNS name: platforms refuse IP addresses"),
        ("https://0x7f000001/", "must have a DNS name: platforms refuse IP addresses"),
        ("https://media/", LABELS),
        ("https:///v/", LABELS),
        ("https://-a.example.com/", LABELS),
        ("https://a_b.example.com/", LABELS),
        (f"https://{'a' * 64}.example.com/", LABELS),
        (f"https://{'a.' * 127}com/", LABELS),
        ("https://media.example.com./", "must not have a dot after the host name: write media.example.com"),
        ("https://ü..example/", "must have its host name in the xn-- form"),
        ("https://media.example.com:0/", f"must be a URL such as {URL}"),
        ("https://media.example.com:99999/", f"must be a URL such as {URL}"),
        ("https://media.example.com:/", f"must be a URL such as {URL}"),
        ("https://[/", f"must be a URL such as {URL}"),
        ("https://media.example.com\\v/", f"must be a URL such as {URL}"),
        (" https://media.example.com/", f"a space at its start is part of it; write {URL}"),
        (f"<{URL}>", f"the brackets < and > are part of it; write {URL}"),
        (f"{URL}v/a.mp4", f"must be the URL of a folder, and a.mp4 is the name of a file: write {URL}v/"),
        (f"{URL}a.JPEG/", f"must be the URL of a folder, and a.JPEG is the name of a file: write {URL}"),
        (
            "https://media.example.com/my clips/",
            f"must have its path percent-encoded: write {URL}my%20clips/",
        ),
        (
            "https://media.example.com/é%/%41",
            f"must have its path percent-encoded: write {URL}%C3%A9%25/%41/",
        ),
        ("https://media.example.com/%ff/", "must have its path percent-encoded as UTF-8"),
        ("https://media.example.com/a/../", "must not have . or .. or an empty part in its path"),
        ("https://media.example.com/%2E/", "must not have . or .. or an empty part in its path"),
        ("https://media.example.com//", "must not have . or .. or an empty part in its path"),
        ("https://media.example.com/a%2Fb/", "must not have an encoded slash, backslash or NUL in its path"),
    ],
)
def test_a_url_that_no_platform_pulls_from_is_refused(url: str, sentence: str) -> None:
    for key, place in (("url", "2:8"), ("property", "3:13")):
        if "://" not in url and key == "property":
            continue
        said = complaint(at_origin(key, yaml.safe_dump(url).split("\n")[0] if " " in url else f"'{url}'"))
        assert said.startswith(f"config.yaml:{place}: origin.{key}: {sentence}; found ")
        assert "u:p" not in said


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "example.com/",
            (
                "must be the property as verified: a URL prefix, such as https://example.com/,"
                " or a bare domain, such as example.com"
            ),
        ),
        (
            "example.com:443",
            (
                "must be the property as verified: a URL prefix, such as https://example.com/,"
                " or a bare domain, such as example.com"
            ),
        ),
        ("'*.example.com'", "must not have a wildcard: a domain covers its subdomains, so write example.com"),
        ("no", LABELS),
        ("localhost", LABELS),
        ("192.0.2.1", "must have a DNS name: platforms refuse IP addresses"),
    ],
)
def test_a_text_that_is_no_property_is_refused(text: str, sentence: str) -> None:
    shown = text.strip("'")
    assert (
        complaint(at_origin("property", text))
        == f'config.yaml:3:13: origin.property: {sentence}; found "{shown}"'
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "text", ["a", "a:", ":1", "a:0", "a:65536", "::1:8443", "[a]:1", "https://a:1", "a b:1"]
)
def test_a_text_that_is_no_host_and_port_is_refused(text: str) -> None:
    said = complaint(at_origin("connect_to", f"'{text}'"))
    assert said == (
        f'config.yaml:5:15: origin.connect_to: must be host:port, such as 127.0.0.1:8443; found "{text}"'
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("text", ["a:53", "localhost:53", "127.1:53", "127.0.0.1", "[::1]", "1.2.3.4:0"])
def test_a_text_that_is_no_dns_server_is_refused(text: str) -> None:
    said = complaint(at_origin("dns", f"'{text}'"))
    assert said.startswith("config.yaml:5:8: origin.dns: must be ")
    assert said.endswith(f'; found "{text}"')


# Names in other letters


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.Example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("XN--Bcher-KVA.example", "xn--bcher-kva.example"),
        ("日本語.example", "xn--wgv71a119e.example"),
        ("xn--wgv71a119e.bücher.example", "xn--wgv71a119e.xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),  # not fass.example, which is another domain
        ("Faß.example", "xn--fa-hia.example"),
        ("βόλος.example", "xn--nxasmm1c.example"),
        ("bücher。example", "xn--bcher-kva.example"),
        ("\uff42ücher.example", "xn--bcher-kva.example"),  # a full-width b
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("i❤.example", "xn--i-7iq.example"),
        ("I❤.example", "xn--i-7iq.example"),
        ("bücher.example.", "xn--bcher-kva.example."),
        ("Media.Example.COM", "media.example.com"),
    ],
)
def test_a_host_is_written_as_browsers_write_it(text: str, host: str) -> None:
    assert ascii_host(text) == host
    assert ascii_host(host) == host
    if not text.endswith("."):
        assert domain(text) == host


@pytest.mark.parametrize(
    "text",
    [
        "ü..example",
        "xn--bücher.example",
        "a\u200dü.example",  # a joiner that no script needs here
        "ß❤.example",
        f"{'ü' * 64}.example",
        f"{'ü.' * 200}example",
        "\ud800ü.example",
    ],
)
def test_a_host_that_browsers_refuse_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must have its host name in the xn-- form"):
        ascii_host(text)


def test_a_dot_after_a_domain_in_other_letters_is_refused() -> None:
    with pytest.raises(ValueError, match=r"write xn--bcher-kva\.example"):
        domain("bücher.example.")

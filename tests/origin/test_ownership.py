"""Laws of the signature file: reading it, placing it, and the reasons why the platform can't find it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from syncer.connect.web.client import WebSettings
from syncer.destinations.local import LocalDestination
from syncer.errors import OwnershipError
from syncer.origin.ownership.file import MAX_SIZE, SignatureFile
from syncer.origin.ownership.shapes import is_signature
from syncer.urls.canonical import under
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, Site, StartNginx
from tests.servers.ports import free_port
from tests.servers.scripted import answer, scripted

ROOT = f"https://{HOST}/"
TOKEN = "AbCdEfGh12345678AbCdEfGh12345678"
NAME = f"tiktok{TOKEN}.txt"
CONTENT = f"tiktok-developers-site-verification={TOKEN}".encode()


# The file itself


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        (NAME, True),
        (f"clips/{NAME}", True),
        ("tiktok_verify_12ab.html", True),
        (NAME.upper(), False),
        (f"{NAME}.txt", False),
        (f"x{NAME}", False),
        (f"{NAME}/a.mp4", False),
        (f"{NAME}\n", False),
        ("tiktok-clip.txt", False),
    ],
)
def test_signature_files_are_recognised_by_name(path: str, *, is_one: bool) -> None:
    assert is_signature(path) is is_one


def proof(name: str = NAME, content: bytes = CONTENT, web: WebSettings | None = None) -> SignatureFile:
    return SignatureFile(name, content, ROOT, ROOT, web or WebSettings())


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (NAME, CONTENT, None),
        ("tiktok_verify_12ab.html", b"<html>12ab</html>", None),
        (f"{NAME}.txt", CONTENT, ".txt.txt"),
        (f"tiktok{TOKEN} (1).txt", CONTENT, "second download"),
        ("verify.txt", CONTENT, "not named as the portal does"),
        (NAME, CONTENT + b"\n", "newline"),
        (NAME, b"\xef\xbb\xbf" + CONTENT, "byte order mark"),
        (NAME, b"<html></html>", "web page"),
        (NAME, b"hello", "does not begin with"),
        (NAME, CONTENT[:-1] + b"x", "another token"),
    ],
)
def test_a_file_of_an_unknown_form_gives_a_warning(name: str, content: bytes, says: str | None) -> None:
    warnings = proof(name, content).warnings()
    assert len(warnings) == (says is not None)
    assert all(name in warning and str(says) in warning for warning in warnings)


@pytest.mark.parametrize(
    ("name", "content", "code", "says", "doubts"),
    [
        (NAME, CONTENT, None, "", 0),
        (NAME, CONTENT + b"\n", None, "", 1),
        (f"{NAME}.txt", CONTENT, "ownership.name", "remove one .txt", 0),
        ("verify.txt", CONTENT + b"\n", "ownership.name", f"name it {NAME}", 1),
        (NAME, CONTENT.decode().encode("utf-16"), "ownership.file", "saved as UTF-16", 0),
    ],
)
def test_a_file_that_the_platform_surely_refuses_is_told_once(
    name: str, content: bytes, code: str | None, says: str, doubts: int
) -> None:
    """Beside that, a newline at its end is a doubt."""
    made = proof(name, content)
    error = made.unfit()
    assert (error.code if error else None) == code
    if error:
        assert error.message.startswith(f"{name} ")
        assert says in error.message
        assert "run syncer bootstrap again" in str(error.hint)
    assert ["newline" in doubt for doubt in made.doubts()] == [True] * doubts


def test_the_steps_name_the_exact_property() -> None:
    steps = "\n".join(proof().steps())
    assert f"exactly {ROOT}\n" in steps
    assert "URL prefix" in steps
    assert "Verify" in steps
    assert NAME in steps


def test_a_file_is_read_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(CONTENT + b"\r\n")
    made = SignatureFile.read(tmp_path / NAME, ROOT, ROOT, WebSettings())
    assert (made.name, made.content, made.url) == (NAME, CONTENT + b"\r\n", ROOT + NAME)
    assert TOKEN not in repr(made).replace(NAME, "")


@pytest.mark.parametrize("content", [None, b"", bytes(MAX_SIZE + 1)])
def test_a_file_that_is_surely_no_signature_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / NAME).write_bytes(content)
    with pytest.raises(OwnershipError) as caught:
        SignatureFile.read(tmp_path / NAME, ROOT, ROOT, WebSettings())
    assert caught.value.code == "ownership.file"


def test_a_file_without_a_place_below_the_root_is_refused_at_once() -> None:
    with pytest.raises(OwnershipError):
        SignatureFile(NAME, CONTENT, f"{ROOT}v/", ROOT, WebSettings())


# Placed and checked


def web(site: Site) -> WebSettings:
    return WebSettings(site.ca, site.connect_to)


def refusal(name: str, content: bytes, settings: WebSettings) -> OwnershipError:
    with pytest.raises(OwnershipError) as caught:
        proof(name, content, settings).check()
    return caught.value


@pytest.mark.parametrize("name", [NAME, "tiktok_verify_12ab.html", "ödd name.txt"])
def test_a_placed_file_is_found_byte_for_byte(nginx: StartNginx, web_root: Path, name: str) -> None:
    content = CONTENT + b"\r\n \xff"
    made = proof(name, content, web(nginx(web_root)))
    destination = LocalDestination(LocalDestination.Config(kind="local", root=web_root))
    for _ in range(2):
        placed = made.place(destination)
        made.check()
    destination.close()
    assert (web_root / name).read_bytes() == content
    assert placed.path == name
    assert placed.url == under(ROOT, name)
    assert placed.sha256 == hashlib.sha256(content).hexdigest()


def test_it_is_placed_under_a_deeper_prefix(nginx: StartNginx, web_root: Path) -> None:
    made = SignatureFile(NAME, CONTENT, ROOT, f"{ROOT}clips/", web(nginx(web_root)))
    destination = LocalDestination(LocalDestination.Config(kind="local", root=web_root))
    assert made.place(destination).url == f"{ROOT}clips/{NAME}"
    destination.close()
    made.check()


HTML_FALLBACK = "error_page 404 =200 /index.html;"


@pytest.mark.parametrize(
    ("served", "server", "code", "transient"),
    [
        (None, "", "ownership.missing", True),
        (CONTENT, "location ~ txt { return 301 /elsewhere; }", "ownership.redirect", False),
        (CONTENT, "location ~ txt { return 403; }", "ownership.status", False),
        (CONTENT, "location ~ txt { return 503; }", "ownership.status", True),
        (None, HTML_FALLBACK, "ownership.html", False),
        (CONTENT + b"\n", "", "ownership.bytes", False),
        (CONTENT[:-1] + b"x", "", "ownership.bytes", False),
        (b"hello", "", "ownership.bytes", False),
        (CONTENT + bytes(2 * MAX_SIZE), "", "ownership.bytes", False),
        (b"hello", "add_header Content-Encoding br;", "ownership.bytes", False),
    ],
)
def test_a_file_that_the_platform_would_refuse_is_reported(  # noqa: PLR0913 - the columns of the table
    nginx: StartNginx, web_root: Path, served: bytes | None, server: str, code: str, *, transient: bool
) -> None:
    (web_root / "index.html").write_bytes(b"<!doctype html><title>App</title>")
    if served is not None:
        (web_root / NAME).write_bytes(served)
    error = refusal(NAME, CONTENT, web(nginx(web_root, server=server)))
    assert (error.code, error.transient) == (code, transient)
    assert f"{ROOT}{NAME}" in error.message
    assert error.hint


@pytest.mark.parametrize(
    ("served", "header", "says"),
    [
        (CONTENT + b"\n", "", "white space"),
        (b"\xef\xbb\xbf" + CONTENT, "", "byte order mark"),
        (CONTENT[:-1] + b"x", "", "the token is a different one"),
        (b"hello", "", "5 bytes instead of 68"),
        (bytes(2 * MAX_SIZE), "", "more than"),
        (b"hello", "Content-Encoding: br", "encoded as br"),
    ],
)
def test_a_difference_is_described(certificates: Certificates, served: bytes, header: str, says: str) -> None:
    reply = answer("200 OK", served, *([header] if header else []))
    with scripted(certificates.leaf(HOST), reply) as server:
        error = refusal(NAME, CONTENT, WebSettings(certificates.ca, server.connect_to))
    assert says in error.message


OTHER = CONTENT.replace(b"AbCd", b"WxYz")


@pytest.mark.parametrize(
    ("name", "local", "served", "says", "to_do"),
    [
        (NAME, CONTENT, OTHER, "the local file is the portal's", "run syncer bootstrap"),
        (NAME, CONTENT, CONTENT + b"\n", "the local file is the portal's", "cache"),
        (NAME, OTHER, CONTENT, "the local file was changed", f"curl -o {NAME} {ROOT}{NAME}"),
        (NAME, CONTENT + b"\r\n", CONTENT, "the local file was changed", "restore the local file"),
        (NAME, OTHER, CONTENT + b"\n", "neither is the portal's", "download it again"),
        ("tiktok_verify_7.html", b"<p>7</p>", b"<p>8</p>", "does not say which", "download it again"),
        ("tiktokNew.txt", CONTENT, OTHER, "does not say which", "download it again"),
    ],
)
def test_whichever_file_is_not_the_portals_is_named(  # noqa: PLR0913 - the columns of the table
    certificates: Certificates, name: str, local: bytes, served: bytes, says: str, to_do: str
) -> None:
    with scripted(certificates.leaf(HOST), answer("200 OK", served)) as server:
        error = refusal(name, local, WebSettings(certificates.ca, server.connect_to))
    assert error.code == "ownership.bytes"
    assert says in error.message
    assert to_do in (error.hint or "")
    assert ("bootstrap" in (error.hint or "")) is (says != "the local file was changed")


def test_an_origin_that_is_down_is_reported() -> None:
    error = refusal(NAME, CONTENT, WebSettings(connect_to=f"127.0.0.1:{free_port()}"))
    assert (error.code, error.transient) == ("ownership.unreachable", True)

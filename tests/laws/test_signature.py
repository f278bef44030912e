"""What the platform finds at the signature file's URL, for each answer, and where the file is placed."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncer.connect.web.client import WebSettings
from syncer.errors import DestinationError, OwnershipError
from syncer.origin.ownership.file import MAX_SIZE, SignatureFile
from syncer.probe.media_types import HTML, TEXT
from syncer.protocols.patience import Patience, Policy
from syncer.runners import SharedPace
from tests.laws.places import ORIGIN, Shop
from tests.servers.certificates import Certificates
from tests.servers.scripted import answer, scripted

HOST = "media.example.test"
TOKEN = "AbCdEfGh12345678AbCdEfGh12345678"
NAME = f"tiktok{TOKEN}.txt"
CONTENT = f"tiktok-developers-site-verification={TOKEN}".encode()
PAGE = b"<!doctype html><title>App</title>"
OTHER_TOKEN = CONTENT[:-1] + b"x"


def proof(name: str = NAME, content: bytes = CONTENT, web: WebSettings | None = None) -> SignatureFile:
    return SignatureFile(name, content, ORIGIN, ORIGIN, web or WebSettings())


def checked(certificates: Certificates, reply: bytes, content: bytes = CONTENT) -> OwnershipError | None:
    """The code of the error, after one request."""
    found = None
    with scripted(certificates.leaf(HOST), reply) as server:
        web = WebSettings(certificates.ca, server.connect_to)
        try:
            proof(content=content, web=web).check()
        except OwnershipError as error:
            found = error
    assert [request.split(" HTTP")[0] for request in server.requests] == [f"GET /{NAME}"]
    if found:
        assert found.hint
        assert ORIGIN + NAME in found.message
    return found


# The answer at its URL


@pytest.mark.parametrize("content", [CONTENT, PAGE, b"x", bytes(MAX_SIZE)])
def test_the_very_bytes_are_right_whatever_they_are(certificates: Certificates, content: bytes) -> None:
    assert checked(certificates, answer("200 OK", content), content) is None


@pytest.mark.parametrize(
    ("reply", "code", "transient", "says"),
    [
        (answer("301 Moved", CONTENT, "Location: /x"), "redirect", False, f"a redirect to {ORIGIN}x"),
        (answer("304 Not Modified"), "redirect", False, "answers 304"),
        (answer("404 Not Found", CONTENT), "missing", True, "answers 404: the signature file is not there"),
        (answer("410 Gone", CONTENT), "missing", True, "answers 410: the signature file is not there"),
        (answer("401 Unauthorized", CONTENT), "status", False, "answers 401 instead"),
        (answer("403 Forbidden", CONTENT), "status", False, "answers 403 instead"),
        (answer("429 Slow Down", CONTENT), "status", True, "answers 429 instead"),
        (answer("503 Away", CONTENT), "status", True, "answers 503 instead"),
        (answer("206 Partial", CONTENT), "status", False, "answers 206 instead"),
        (answer("200 OK", PAGE), "html", False, "answers with a web page"),
        (answer("200 OK", CONTENT + b"\n"), "bytes", False, "white space or a byte order mark"),
        (answer("200 OK", b"\xef\xbb\xbf" + CONTENT), "bytes", False, "white space or a byte order mark"),
        (answer("200 OK", OTHER_TOKEN), "bytes", False, "the token is a different one"),
        (answer("200 OK"), "bytes", False, "0 bytes instead of 68"),
        (answer("200 OK", b"x" * MAX_SIZE), "bytes", False, f": {MAX_SIZE} bytes instead of 68"),
        (answer("200 OK", b"x" * (MAX_SIZE + 1)), "bytes", False, f"more than {MAX_SIZE} bytes"),
        (answer("200 OK", b"x" * (MAX_SIZE * 9)), "bytes", False, f"more than {MAX_SIZE} bytes"),
        (answer("200 OK", b"x", "Content-Encoding: br"), "bytes", False, "they are encoded as br"),
    ],
)
def test_every_other_answer_is_refused_with_its_reason(
    certificates: Certificates, reply: bytes, code: str, *, transient: bool, says: str
) -> None:
    error = checked(certificates, reply)
    assert error
    assert (error.code, error.transient) == (f"ownership.{code}", transient)
    assert says in error.message


def test_what_is_to_do_depends_on_whose_fault_it_is(certificates: Certificates) -> None:
    hints = [
        str(getattr(checked(certificates, answer(status)), "hint", "")) for status in ("403 No", "500 No")
    ]
    assert "a login" in hints[0]
    assert "error log" in hints[1]


def test_a_signature_that_is_a_page_is_not_taken_for_an_apps_page(certificates: Certificates) -> None:
    error = checked(certificates, answer("200 OK", PAGE + b" "), PAGE)
    assert error
    assert error.code == "ownership.bytes"


def test_the_certificate_of_another_host_is_told_with_what_to_do(certificates: Certificates) -> None:
    with scripted(certificates.leaf("other.example.test"), answer("200 OK", CONTENT)) as server:
        web = WebSettings(certificates.ca, server.connect_to)
        with pytest.raises(OwnershipError) as caught:
            proof(web=web).check(SharedPace())
    assert (caught.value.code, caught.value.transient) == ("ownership.tls", False)
    assert caught.value.hint


def test_a_host_that_only_failed_is_not_asked_again_in_a_run(certificates: Certificates) -> None:
    pace = SharedPace(patience=Patience(give_up=0, retry=Policy(attempts=1)))
    with scripted(certificates.leaf(HOST), b"") as server:
        web = WebSettings(certificates.ca, server.connect_to)
        asked = []
        for _ in range(8):
            with pytest.raises(OwnershipError) as caught:
                proof(web=web).check(pace)
            assert caught.value.code == "ownership.unreachable"
            asked.append(len(server.requests))
    assert asked[-1] == asked[-2], "the circuit is open"


# The file


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "it is empty"), (bytes(MAX_SIZE + 1), f"longer than {MAX_SIZE} bytes")]
)
def test_what_can_be_no_signature_file_is_refused_with_its_size(
    tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(OwnershipError, match=says) as caught:
        SignatureFile.read(tmp_path / NAME, ORIGIN, ORIGIN, WebSettings())
    assert "download it again" in str(caught.value.hint)


def test_a_file_that_is_not_there_is_told_with_the_key_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(OwnershipError, match="No such file") as caught:
        SignatureFile.read(tmp_path / NAME, ORIGIN, ORIGIN, WebSettings())
    assert "origin.signature_files" in str(caught.value.hint)


def test_a_folder_is_not_said_to_be_missing(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(OwnershipError, match="Is a directory") as caught:
        SignatureFile.read(tmp_path / NAME, ORIGIN, ORIGIN, WebSettings())
    assert "must name the file" in str(caught.value.hint)


@pytest.mark.parametrize("size", [1, MAX_SIZE])
def test_every_size_up_to_the_limit_is_read(tmp_path: Path, size: int) -> None:
    (tmp_path / NAME).write_bytes(bytes(size))
    assert SignatureFile.read(tmp_path / NAME, ORIGIN, ORIGIN, WebSettings()).content == bytes(size)


@pytest.mark.parametrize(
    ("prefix", "name", "path", "media_type"),
    [
        (ORIGIN, NAME, NAME, TEXT),
        (f"{ORIGIN}clips/", NAME, f"clips/{NAME}", TEXT),
        (ORIGIN, "tiktok_verify_12ab.html", "tiktok_verify_12ab.html", HTML),
        (ORIGIN, "VERIFY.HTM", "VERIFY.HTM", HTML),
        (ORIGIN, "html.txt", "html.txt", TEXT),
    ],
)
def test_it_is_placed_as_it_is_under_its_prefix_as_a_proof(
    prefix: str, name: str, path: str, media_type: str
) -> None:
    content, shop = CONTENT + b"\r\n\xff", Shop()
    placed = SignatureFile(name, content, ORIGIN, prefix, WebSettings()).place(shop)
    assert (shop.files, shop.types) == ({path: content}, {path: media_type})
    assert shop.staged == [(path, None, None, True)]
    assert (placed.path, placed.url) == (path, ORIGIN + path)
    assert placed.sha256 == hashlib.sha256(content).hexdigest()
    assert abs(datetime.now(UTC) - placed.placed_at) < timedelta(hours=1)


@pytest.mark.parametrize("verb", ["stage", "write", "commit"])
def test_a_place_that_fails_is_the_destinations_error(verb: str) -> None:
    shop = Shop(troubles={verb: [DestinationError("no room")]})
    with pytest.raises(DestinationError, match="no room"):
        proof().place(shop)
    assert shop.files == {}


@pytest.mark.parametrize(
    ("code", "to_do"),
    [
        ("destination.in_the_way", f"looks for the signature file at {ORIGIN}{NAME} only"),
        ("full", "make room"),
    ],
)
def test_what_is_in_its_way_is_to_be_moved(code: str, to_do: str) -> None:
    shop = Shop(troubles={"commit": [DestinationError("it failed", code=code, hint="make room")]})
    with pytest.raises(DestinationError) as caught:
        proof().place(shop)
    assert to_do in str(caught.value.hint)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (f"{NAME}.txt", "remove one .txt"),
        (f"tiktok{TOKEN} (1).txt", "second download"),
        (f"tiktok{TOKEN}(12).txt", "second download"),
        ("verify.txt", "not named as the portal does"),
    ],
)
def test_an_odd_name_is_told_with_what_became_of_it(name: str, says: str) -> None:
    assert says in "".join(proof(name).warnings())

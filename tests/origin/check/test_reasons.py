"""Laws of the sentence: it names what is wrong, and not what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.connect.web.client import WebSettings
from syncer.errors import OwnershipError
from syncer.origin.ownership import file as signatures
from tests.home import SIGNATURE, TOKEN, Home
from tests.origin.looks import ROOT, URL
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST
from tests.servers.scripted import answer, scripted
from tests.users import somebody_else


def ownership(url: str, verified: str) -> tuple[str, str]:
    ran = Home.syncer_alone("check", "-c", "none.yaml", "--json", "--property", verified, url)
    (result,) = ran.json["results"]
    (found,) = (each for each in result["findings"] if each["rule"] == "ownership.uncovered")
    assert (ran.code, found["severity"]) == (4, "reject")
    assert "secret" not in ran.out
    return found["message"], found["hint"]


@pytest.mark.parametrize(
    "verified", ["example.test", "https://media.example.test/", "https://media.example.test/a/"]
)
@pytest.mark.parametrize(
    ("given", "says", "hint"),
    [
        ("http://media.example.test/a/b.mp4", "begins with http://", "begin it with https://"),
        ("ftp://media.example.test/a/b.mp4", "begins with ftp://", "begin it with https://"),
        ("https://me:secret@media.example.test/a/b.mp4", "a user name or password", "leave the login out"),
        (
            "http://me@media.example.test/a/b.mp4",
            "http:// and it has a user name",
            "https:// and leave the login",
        ),
    ],
)
def test_a_url_whose_host_and_path_are_covered_is_refused_for_its_scheme_or_login(
    verified: str, given: str, says: str, hint: str
) -> None:
    message, advice = ownership(given, verified)
    assert says in message
    assert "is not covered by" not in message
    assert hint in advice
    assert "verify" not in advice


@pytest.mark.parametrize(
    "given", ["http://media.other.test/b.mp4", "https://me:secret@media.other.test/b.mp4"]
)
def test_a_url_at_another_host_is_refused_for_its_host(given: str) -> None:
    message, advice = ownership(given, "example.test")
    assert "is not covered by example.test" in message
    assert "verify its host" in advice


@pytest.mark.parametrize("status", [301, 302, 307, 308, 304])
def test_a_redirect_without_a_target_is_called_so(certificates: Certificates, status: int) -> None:
    """Not a redirect to the URL itself."""
    with scripted(certificates.leaf(HOST), answer(f"{status} Odd")) as server:
        where = ("--ca", str(certificates.ca), "--connect-to", server.connect_to, "--property", ROOT)
        ran = Home.syncer_alone("check", "-c", "none.yaml", "--json", *where, URL)
    (found,) = ran.json["results"][0]["findings"]
    assert (ran.code, found["rule"], found["value"]) == (4, "origin.redirect", str(status))
    assert "a redirect to" not in found["message"]
    assert ("not modified" if status == 304 else "no Location") in found["message"]


@pytest.mark.parametrize("status", [301, 304])
def test_a_signature_file_that_redirects_to_nowhere_is_not_said_to_redirect_to_itself(
    certificates: Certificates, tmp_path: Path, status: int
) -> None:
    file = tmp_path / SIGNATURE
    file.write_text(f"tiktok-developers-site-verification={TOKEN}")
    with scripted(certificates.leaf(HOST), answer(f"{status} Odd")) as server:
        web = WebSettings(certificates.ca, server.connect_to)
        with pytest.raises(OwnershipError) as caught:
            signatures.SignatureFile.read(file, ROOT, ROOT, web).check()
    assert caught.value.code == "ownership.redirect"
    assert "without a Location" in caught.value.message


@pytest.mark.parametrize("which", ["the file", "its folder"])
def test_a_signature_file_that_may_not_be_read_names_the_user_and_the_command(
    tmp_path: Path, which: str
) -> None:
    folder = tmp_path / "my proofs"
    folder.mkdir()
    file = folder / SIGNATURE
    file.write_text(f"tiktok-developers-site-verification={TOKEN}")
    (file if which == "the file" else folder).chmod(0o700)
    with somebody_else(), pytest.raises(OwnershipError) as caught:
        signatures.SignatureFile.read(file, ROOT, ROOT, WebSettings())
    assert caught.value.code == "ownership.file"
    hint = str(caught.value.hint)
    assert "nobody" in hint
    assert f"chmod a+r '{file}'" in hint
    assert "a+x" in hint
    assert "download" not in hint


def test_a_user_without_a_name_is_told_by_its_number(tmp_path: Path) -> None:
    """As in a container."""
    tmp_path.chmod(0o700)
    with somebody_else(4_000_001), pytest.raises(OwnershipError) as caught:
        signatures.SignatureFile.read(tmp_path / SIGNATURE, ROOT, ROOT, WebSettings())
    assert "the user with the number 4000001" in str(caught.value.hint)


def test_a_signature_file_that_is_not_there_is_to_be_downloaded(tmp_path: Path) -> None:
    with pytest.raises(OwnershipError) as caught:
        signatures.SignatureFile.read(tmp_path / SIGNATURE, ROOT, ROOT, WebSettings())
    assert "download" in str(caught.value.hint)

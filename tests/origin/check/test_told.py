"""Laws of the results of `check`: they fit the URL's text, and name their input."""

from __future__ import annotations

import io
import sys

import pytest

from tests.home import Home, Ran
from tests.media import sample

CLIP = sample("Summer Trip.mp4")
SIGNED = (
    "https://raw.s3.eu-central-1.amazonaws.com/a.mp4?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A"
    "&X-Amz-Date=20990101T000000Z&X-Amz-Expires=600000&X-Amz-SignedHeaders=host&X-Amz-Signature={}"
)


def check(home: Home, *arguments: str) -> Ran:
    where = ("--ca", str(home.site.ca), "--connect-to", home.site.connect_to)
    return home.syncer_alone("check", "-c", str(home.folder / "none.yaml"), *where, *arguments)


def rules(ran: Ran) -> list[str]:
    (result,) = ran.json["results"]
    return [finding["rule"] for finding in result["findings"]]


# The input of a result


def test_each_result_names_its_input(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for two URLs that differ only in their query, and for the same URL twice."""
    urls = [SIGNED.format(number) for number in (1, 2)] + [f"{home.site.url}a.mp4"] * 2
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"\n{urls[1]}\n\n{urls[2]}\n"))
    ran = check(home, "--json", urls[0], "-", urls[3])
    assert [(result["input"], result["url"]) for result in ran.json["results"]] == [
        (number, url.partition("?")[0]) for number, url in enumerate(urls)
    ]
    assert "Signature" not in ran.out


def test_a_published_file_has_no_input(home: Home) -> None:
    home.put("a.mp4", CLIP)
    home.sync()
    assert [result["input"] for result in home.syncer("check", "--json").json["results"]] == [None]


# The owner


@pytest.mark.parametrize(
    "property_", ["example.test", "https://media.example.test/", "https://media.example.test/my clips/"]
)
@pytest.mark.parametrize(
    "name", ["My Clip.mp4", "50%25 off.mp4", 'a"b|c.mp4', "[1] {x}^`.mp4", "müsli 日本.mp4", " a.mp4"]
)
def test_unencoded_characters_do_not_change_the_owner(home: Home, property_: str, name: str) -> None:
    property_ = property_.replace(" ", "%20")
    folder = home.site.root / "my clips"
    folder.mkdir()
    (folder / name.replace("%25", "%")).write_bytes(CLIP)
    ran = check(home, "--json", "--property", property_, f"{home.site.url}my clips/{name}")
    assert (ran.code, rules(ran)) == (0, ["url.encoding"])


@pytest.mark.parametrize(
    ("url", "covered"),
    [
        ("https://media.example.test/v/a\\b.mp4", True),
        ("https://media.example.test/v/..\\a.mp4", False),
        ("https://media.example.test\\v/a.mp4", False),
        ("https://media.example.test/x\\..\\v/a.mp4", False),
    ],
)
def test_a_backslash_is_covered_only_if_every_client_gets_there(
    home: Home, url: str, *, covered: bool
) -> None:
    found = rules(check(home, "--json", "--property", "https://media.example.test/v/", url))
    assert ("ownership.uncovered" not in found) is covered


@pytest.mark.parametrize(
    "url", ["https://media.example.test/a\x07b.mp4", "https://[media.example.test/a.mp4"]
)
def test_the_owner_of_an_unreadable_url_is_unknown(home: Home, url: str) -> None:
    (result,) = check(home, "--json", "--property", "media.example.test", url).json["results"]
    owner = [each["severity"] for each in result["findings"] if each["rule"] == "ownership.uncovered"]
    assert (result["accepted"], owner) == (False, ["unknown"])


@pytest.mark.parametrize("flags", [[], ["--property", "media.example.test"]])
def test_the_verdict_on_a_signed_url_names_tiktoks_answer(home: Home, flags: list[str]) -> None:
    told = check(home, *flags, SIGNED.format(1)).out
    assert "url_ownership_unverified" in told
    assert "verify https://raw.s3.eu-central-1.amazonaws.com/" in told


# The text of the URL


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://media.example.test/a.mp4", "✓ URL        https, a DNS name, no query"),
        ("https://media.example.test/a.mp4?v=2", "! URL        https, a DNS name"),
        ("https://media.example.test/a b.mp4", "! URL        https, a DNS name, no query"),
        ("https://127.0.0.1/a.mp4", None),
        (SIGNED.format(1), "! URL        https, a DNS name"),
    ],
)
def test_only_true_statements_are_made_about_a_url(home: Home, url: str, says: str | None) -> None:
    line = check(home, "--property", "example.test", url).out.splitlines()[1].strip()
    if says is None:
        assert "a DNS name" not in line
    else:
        assert line == says

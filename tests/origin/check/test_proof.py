"""Laws of the proof in `check URL`: one look for each call, for the URLs that its property covers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.home import SIGNATURE, TOKEN, Home
from tests.media import mp4
from tests.servers.knot import StartKnot
from tests.servers.nginx import StartNginx

RIGHT = f"tiktok-developers-site-verification={TOKEN}"


@pytest.fixture
def signed(home: Home) -> Home:
    for name in ("a.mp4", "b.mp4"):
        (home.site.root / name).write_bytes(mp4(seed=ord(name[0])))
    home.sign()
    return home


def results(home: Home, *names: str, code: int) -> list[dict[str, Any]]:
    ran = home.syncer("check", "--json", *(home.site.url + name for name in names))
    assert ran.code == code, ran.err
    found: list[dict[str, Any]] = ran.json["results"]
    return found


def rules(result: dict[str, Any]) -> list[str]:
    return [finding["rule"] for finding in result["findings"]]


def asked(home: Home) -> int:
    return sum(f"GET /{SIGNATURE} " in line for line in home.site.log())


def test_a_served_proof_is_requested_once_for_all_urls(signed: Home) -> None:
    (signed.site.root / SIGNATURE).write_text(RIGHT)
    for result in results(signed, "a.mp4", "b.mp4", "a.mp4", code=0):
        assert (result["accepted"], rules(result)) == (True, [])
    assert asked(signed) == 1
    told = signed.syncer("check", f"{signed.site.url}a.mp4")
    assert f"✓ ownership  covered by the verified property; {SIGNATURE} is served" in told.out


@pytest.mark.parametrize(
    ("served", "code"),
    [
        (None, "ownership.missing"),
        (RIGHT + "\n", "ownership.bytes"),
        (RIGHT[:-1] + "x", "ownership.bytes"),
        ("<!doctype html><title>App</title>", "ownership.html"),
    ],
)
def test_a_missing_or_wrong_proof_is_a_finding_of_each_covered_url(
    signed: Home, served: str | None, code: str
) -> None:
    if served is not None:
        (signed.site.root / SIGNATURE).write_text(served)
    for result in results(signed, "a.mp4", "b.mp4", code=5):
        assert (result["accepted"], rules(result)) == (False, [code])
        assert result["findings"][0]["hint"]
    assert asked(signed) == 1
    told = signed.syncer("check", *(f"{signed.site.url}{name}.mp4" for name in "ab"))
    assert told.code == 5
    assert told.out.count(f"[{code}]") == 2
    assert told.out.count(f"{signed.site.url}{SIGNATURE} ") == 1, "and is said in full only once"


def test_the_most_serious_exit_code_wins(signed: Home) -> None:
    (result,) = results(signed, "nothing.mp4", code=5)
    assert rules(result) == ["origin.status", "ownership.missing"]
    (signed.site.root / SIGNATURE).write_text(RIGHT)
    results(signed, "nothing.mp4", code=4)


@pytest.mark.parametrize(
    ("property_", "url"),
    [
        ("https://media.example.test/", "https://other.example.test/a.mp4"),
        ("https://media.example.test/clips/", "https://media.example.test/a.mp4"),
        ("https://media.example.test/clips/", "https://media.example.test/clipsx/a.mp4"),
    ],
)
def test_an_uncovered_url_is_reported_and_needs_no_proof(signed: Home, property_: str, url: str) -> None:
    signed.config["origin"] |= {"property": property_}
    ran = signed.syncer("check", "--json", url)
    (result,) = ran.json["results"]
    assert ran.code == 4
    assert rules(result)[0] == "ownership.uncovered"
    assert property_ in result["findings"][0]["message"]
    assert asked(signed) == 0


def test_the_configs_proof_does_not_count_for_another_property(signed: Home) -> None:
    ran = signed.syncer("check", "--json", "--property", "example.test", f"{signed.site.url}a.mp4")
    assert (ran.code, rules(ran.json["results"][0])) == (0, [])
    assert asked(signed) == 0


def test_a_proof_that_can_not_be_read_is_unknown(signed: Home, nginx: StartNginx) -> None:
    broken = nginx(signed.site.root, server=f"location = /{SIGNATURE} {{ return 503; }}")
    signed.config |= {"retry": {"attempts": 1}}
    signed.config["origin"]["connect_to"] = broken.connect_to
    (result,) = results(signed, "a.mp4", code=5)
    assert (result["accepted"], rules(result)) == (None, ["ownership.status"])


@pytest.mark.parametrize(
    ("zone", "code"),
    [
        ("", "ownership.txt_missing"),
        (f'@ TXT "{RIGHT[:-1]}"\n', "ownership.txt_wrong"),
        (f'@ TXT "{RIGHT}"', None),
    ],
)
def test_the_record_of_a_domain_is_also_checked(
    home: Home, knot: StartKnot, zone: str, code: str | None
) -> None:
    (home.site.root / "a.mp4").write_bytes(mp4())
    server = knot({"example.test": f"@ NS ns1\nns1 A 127.0.0.1\n{zone}"})
    home.config["origin"] |= {"property": "example.test", "txt_record": RIGHT, "dns": server.dns}
    (result,) = results(home, "a.mp4", code=5 if code else 0)
    assert rules(result) == ([code] if code else [])
    if code is None:
        assert "its TXT record is there" in home.syncer("check", f"{home.site.url}a.mp4").out


# All published files


@pytest.fixture
def proven(home: Home) -> Home:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        home.put(name, mp4(seed=ord(name[0])))
    home.sign()
    assert home.syncer("bootstrap").code == 0
    assert home.sync()["exit_code"] == 0
    return home


@pytest.mark.parametrize(
    ("served", "code"),
    [
        (None, "ownership.missing"),
        (RIGHT[:-1] + "x", "ownership.bytes"),
        ("<!doctype html>", "ownership.html"),
    ],
)
def test_a_check_of_all_files_agrees_with_a_check_of_each_url(
    proven: Home, served: str | None, code: str
) -> None:
    listed = proven.manifest()
    file = proven.site.root / SIGNATURE
    if served is None:
        file.unlink()
    else:
        file.write_text(served)
    each = results(proven, *(f"clips/{name}" for name in listed), code=5)
    ran = proven.syncer("check", "--json")
    assert ran.code == 5
    told = {result["url"]: (result["accepted"], rules(result)) for result in ran.json["results"]}
    assert told == {result["url"]: (result["accepted"], rules(result)) for result in each}
    assert set(map(str, told.values())) == {str((False, [code]))}
    shown = proven.syncer("check")
    assert "✓" not in shown.out
    assert shown.out.count(f"[{code}]") == 1, "one cause is said once"
    last = shown.out.splitlines()[-1]
    assert last == "0 would be accepted · 3 rejected · 0 unknown: the property is not proven"
    assert set(proven.manifest()) == set(listed), "no asset is taken off for it"


def test_an_unreadable_proof_makes_all_results_unknown(proven: Home, nginx: StartNginx) -> None:
    server = f"location = /{SIGNATURE} {{ return 503; }}"
    proven.config["origin"]["connect_to"] = nginx(proven.site.root, server=server).connect_to
    ran = proven.syncer("check")
    assert ran.code == 5
    assert ran.out.splitlines()[-1].startswith("0 would be accepted · 0 rejected · 3 unknown: the proof of")
    assert f"✓ {proven.site.url}{SIGNATURE}" in proven.syncer("status").out, "it may be there all the same"


def test_a_missing_proof_is_reported_without_published_files(home: Home) -> None:
    home.sign()
    home.sync()
    ran = home.syncer("check")
    assert ran.code == 5
    assert ran.out == "nothing is published yet\n"
    assert "the signature file is not there" in ran.err


@pytest.mark.parametrize("command", ["check", "sync"])
def test_status_shows_for_each_signature_whether_it_was_last_seen(proven: Home, command: str) -> None:
    def told() -> str:
        (line,) = [line for line in proven.syncer("status").out.splitlines() if line.startswith("signature")]
        return line

    url, file = proven.site.url + SIGNATURE, proven.site.root / SIGNATURE
    assert told() == f"signature  ✓ {url}"
    assert proven.syncer("status", "--json").json["signature_files_seen"] == [url]
    file.unlink()
    proven.syncer(command)
    assert told().startswith(f"signature  ✗ {url} (not seen there")
    assert proven.syncer("status", "--json").json["signature_files_seen"] == []
    file.write_text(RIGHT)
    proven.syncer(command)
    assert told() == f"signature  ✓ {url}"

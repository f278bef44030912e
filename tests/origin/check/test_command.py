"""Laws of `syncer check`: any URL without a config, and all published files."""

from __future__ import annotations

import io
import json
import sys

import pytest

from tests.home import SIGNATURE, Home, Ran
from tests.media import PNG, mp4, sample
from tests.servers.nginx import StartNginx
from tests.servers.rgw import S3Service

CLIP = sample("Summer Trip.mp4")
GONE = "location = /clips/b.mp4 { return 404; }"


def check(home: Home, *arguments: str) -> Ran:
    """Runs `check` without a config."""
    where = ("--ca", str(home.site.ca), "--connect-to", home.site.connect_to)
    return home.syncer_alone("check", "-c", str(home.folder / "none.yaml"), *where, *arguments)


def rules(result: dict[str, object]) -> list[str]:
    findings = result["findings"]
    assert isinstance(findings, list)
    return [finding["rule"] for finding in findings]


def test_a_right_url_is_accepted_if_its_host_is_known_to_be_verified(home: Home) -> None:
    (home.site.root / "a.mp4").write_bytes(CLIP)
    url = f"{home.site.url}a.mp4"
    ran = check(home, "--json", url)
    (result,) = ran.json["results"]
    assert (ran.code, result["accepted"], rules(result)) == (0, None, ["ownership.uncovered"])
    assert result["findings"][0]["severity"] == "unknown"
    ran = check(home, "--property", "example.test", "--json", url)
    (result,) = ran.json["results"]
    assert (ran.code, result["accepted"], rules(result)) == (0, True, [])
    assert ran.json["profile"] == "tiktok"
    facts = result["facts"]
    assert (facts["container"], facts["video_codec"], facts["fps"]) == ("mp4", "h264", 30.0)


def test_a_person_reads_a_line_for_each_area(home: Home) -> None:
    (home.site.root / "a.mp4").write_bytes(CLIP)
    lines = check(home, "--property", home.site.url, f"{home.site.url}a.mp4").out.splitlines()
    assert lines[0] == f"{home.site.url}a.mp4"
    assert [line.split()[:2] for line in lines[1:]] == [
        ["✓", name] for name in ("URL", "ownership", "connection", "answer", "media")
    ]
    assert "206" in lines[4]
    assert "video/mp4" in lines[4]
    assert "h264" in lines[5]


def test_a_refused_url_has_a_reason_and_a_hint(home: Home) -> None:
    (home.site.root / "shot.png").write_bytes(PNG)
    ran = check(home, "--property", "other.example", f"{home.site.url}shot.png")
    assert ran.code == 4
    assert "✗ ownership" in ran.out
    assert "✗ media" in ran.out
    assert "[media.format]" in ran.out
    assert "→ convert it to JPEG or WebP" in ran.out


def test_urls_come_from_stdin_and_results_keep_their_order(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = [f"{home.site.url}{number}.mp4" for number in range(30)]
    (home.site.root / "7.mp4").write_bytes(CLIP)
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n\n".join(urls) + "\n"))
    ran = check(home, "--json", "--property", home.site.url, "-")
    assert [result["url"] for result in ran.json["results"]] == urls
    assert [result["url"] for result in ran.json["results"] if result["accepted"]] == [urls[7]]
    assert ran.code == 4


def test_the_signature_of_a_presigned_url_is_never_printed(home: Home, rgw: S3Service) -> None:
    client, bucket = rgw.client(), rgw.bucket()
    client.put_object(Bucket=bucket, Key="a.mp4", Body=CLIP)
    url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a.mp4"})
    for ran in (check(home, url), check(home, "--json", url)):
        assert ran.code == 4
        assert "Signature" not in ran.out + ran.err
        assert "AKTEST" not in ran.out + ran.err


@pytest.mark.parametrize("url", ["", "no url", "https://", "https://[", "https://h\x1b[31m.example/\x07a"])
def test_a_text_that_is_no_url_is_refused_with_the_reason(home: Home, url: str) -> None:
    for ran in (check(home, url), home.syncer("check", url)):
        assert ran.code == 4
        assert "\x1b" not in ran.out
        assert "✗ URL" in ran.out


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--property", "10.0.0.1", "https://a.example/"], "--property"),
        (["--connect-to", "nowhere", "https://a.example/"], "--connect-to"),
        (["--property", "a.example"], "need URLs"),
    ],
)
def test_a_wrong_flag_is_a_usage_error(home: Home, flags: list[str], says: str) -> None:
    ran = home.syncer("check", *flags)
    assert ran.code == 2
    assert says in ran.err


def test_the_property_of_the_config_counts_as_verified(home: Home) -> None:
    (home.site.root / "a.mp4").write_bytes(CLIP)
    before = len(home.site.log())
    ran = home.syncer("check", "--json", "https://cdn.example.test/b.mp4")
    (foreign,) = ran.json["results"]
    assert rules(foreign) == ["ownership.uncovered", "origin.unreachable"]
    assert len(home.site.log()) == before, "another host is not looked for at the origin's connect_to"
    (ours,) = home.syncer("check", "--json", f"{home.site.url}a.mp4").json["results"]
    assert ours["accepted"] is True


def test_all_published_files_are_checked_and_the_results_are_kept(home: Home, nginx: StartNginx) -> None:
    for name in ("a.mp4", "b.mp4"):
        home.put(name, mp4(seed=ord(name[0])))
    assert home.sync()["exit_code"] == 0
    ran = home.syncer("check", "--json")
    assert ran.code == 0
    assert [result["accepted"] for result in ran.json["results"]] == [True, True]
    lines = home.syncer("check").out.splitlines()
    assert [line[:2] for line in lines[:2]] == ["✓ ", "✓ "]
    assert lines[2] == "2 would be accepted · 0 rejected · 0 unknown"
    home.config["origin"]["connect_to"] = nginx(home.site.root, server=GONE).connect_to
    ran = home.syncer("check", "--json")
    assert ran.code == 4
    assert [result["accepted"] for result in ran.json["results"]] == [True, False]
    assert set(home.manifest()) == {"a.mp4"}, "the manifest lists only what was seen"
    assert home.troubles()["b.mp4"]["code"] == "origin.status"
    home.config["origin"]["connect_to"] = home.site.connect_to
    assert home.syncer("check").code == 0
    assert set(home.manifest()) == {"a.mp4", "b.mp4"}


def test_a_check_fills_in_missing_facts_of_published_files(home: Home) -> None:
    from contextlib import closing
    from dataclasses import replace

    from syncer.catalogue import open_catalogue
    from syncer.model import Facts

    home.put("a.mp4", mp4())
    home.sync()
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        (entry,) = catalogue.entries()
        catalogue.put(replace(entry, facts=Facts()))
    home.sync()
    assert home.manifest()["a.mp4"]["accepted"] is None
    assert home.syncer("check").code == 0
    assert home.manifest()["a.mp4"]["accepted"] is True
    assert home.manifest()["a.mp4"]["video_codec"] == "h264"


def test_a_missing_signature_file_makes_the_check_fail(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.put("b.mp4", mp4(seed=1))
    home.sync()
    home.sign()
    ran = home.syncer("check")
    assert ran.code == 5
    assert ran.out.count("signature file") == 1
    assert ran.out.endswith("0 would be accepted · 2 rejected · 0 unknown: the property is not proven\n")
    found = home.syncer("check", "--json").json["results"]
    assert [each["accepted"] for each in found] == [False, False]


def test_a_check_does_not_wait_for_another_run(home: Home) -> None:
    from contextlib import closing

    from syncer.catalogue import open_catalogue

    home.sync()
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue, catalogue.lock():
        assert home.syncer("check").code == 6


def test_json_is_one_object_even_without_results(home: Home) -> None:
    home.sync()
    ran = home.syncer("check", "--json")
    assert json.loads(ran.out) == {"profile": "tiktok", "results": []}
    assert home.syncer("check").out == "nothing is published yet\n"


@pytest.mark.parametrize("told", ["application/octet-stream", "text/plain"])
def test_the_answer_shows_the_type_that_the_server_sent(home: Home, nginx: StartNginx, told: str) -> None:
    (home.site.root / "a.mp4").write_bytes(CLIP)
    home.site = nginx(home.site.root, server=f"location = /a.mp4 {{ types {{ }} default_type {told}; }}")
    out = check(home, "--property", home.site.url, f"{home.site.url}a.mp4").out
    (line,) = [line for line in out.splitlines() if "206, " in line]
    assert f" of {told}," in line


def test_status_says_whether_the_signature_file_was_last_seen(home: Home) -> None:
    home.sign()
    assert home.syncer("bootstrap").code == 0
    assert f"✓ https://media.example.test/{SIGNATURE}" in home.syncer("status").out
    (home.site.root / SIGNATURE).unlink()
    home.syncer("check")
    assert f"✗ https://media.example.test/{SIGNATURE} (not seen there" in home.syncer("status").out
    assert home.syncer("status", "--json").json["signature_files_seen"] == []

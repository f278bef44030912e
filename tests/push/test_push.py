"""Laws of `syncer push`, with TikTok's API as documented, which pulls from a real origin."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from syncer.catalogue import open_catalogue
from syncer.model import State
from tests.home import Home
from tests.media import sample
from tests.servers.nginx import StartNginx
from tests.servers.tiktok import PHOTO, TOKEN, VIDEO, TiktokServer

URL = "https://media.example.test/clips/a.mp4"


def test_a_good_video_arrives_in_the_inbox(home: Home, tiktok: TiktokServer) -> None:
    ran = home.syncer("push", "clips:a.mp4")
    assert (ran.code, ran.out, ran.err) == (0, "✓ clips:a.mp4: in the inbox\n", "syncer: sent clips:a.mp4\n")
    (draft,) = tiktok.drafts.values()
    assert (draft.urls, draft.media, draft.status) == ([URL], "video", "SEND_TO_USER_INBOX")
    assert draft.size == len(sample("Summer Trip.mp4"))
    assert tiktok.bodies[0] == {"source_info": {"source": "PULL_FROM_URL", "video_url": URL}}


def test_json_has_the_result_of_each_asset(home: Home, tiktok: TiktokServer) -> None:
    ran = home.syncer("push", "--json", "*.jpg")
    (record,) = ran.json
    assert (record["state"], record["status"], record["code"]) == ("arrived", "SEND_TO_USER_INBOX", None)
    assert record["publish_id"] in tiktok.drafts
    (asset,) = record["assets"]
    assert (asset["source"], asset["key"], len(asset["sha256"])) == ("clips", "b.jpg", 64)
    assert record["ended_at"] >= record["sent_at"]


def test_each_photo_is_a_draft_and_an_album_is_one(home: Home, tiktok: TiktokServer) -> None:
    assert home.syncer("push", "*.jpg", "*.webp").code == 0
    assert [len(draft.urls) for draft in tiktok.drafts.values()] == [1, 1]
    assert home.syncer("push", "--again", "--album", "--title", "Süß 😀", "*.jpg", "*.webp").code == 0
    *_, album = tiktok.drafts.values()
    assert [url.rpartition("/")[2] for url in album.urls] == ["b.jpg", "c.webp"]
    assert (album.status, album.title) == ("SEND_TO_USER_INBOX", "Süß 😀")


def test_unproven_ownership_is_exit_5_and_names_the_property_to_verify(
    home: Home, tiktok: TiktokServer
) -> None:
    tiktok.verified = ["https://www.example.test/", "other.example"]
    ran = home.syncer("push", "clips:a.mp4", "clips:b.jpg")
    assert ran.code == 5
    assert "✗ clips:a.mp4: TikTok does not know that media.example.test is yours" in ran.out
    assert "[url_ownership_unverified]" in ran.out
    assert "verify https://media.example.test/" in ran.out
    tiktok.verified = ["example.test"]
    assert home.syncer("push", "clips:a.mp4", "clips:b.jpg").code == 0, "what was refused was never sent"


def test_a_redirect_on_the_media_path_is_a_failed_pull(
    home: Home, tiktok: TiktokServer, nginx: StartNginx
) -> None:
    moved = nginx(home.site.root, location="return 302 https://www.example.test$request_uri;")
    tiktok.origins[home.site.host] = moved.port
    ran = home.syncer("push", "clips:a.mp4")
    assert ran.code == 3
    assert "TikTok could not download the video from media.example.test [video_pull_failed]" in ran.out
    assert "→ check the URL for a redirect, a login" in ran.out


def test_the_reason_of_a_failed_draft_is_remembered(home: Home, tiktok: TiktokServer) -> None:
    tiktok.fail = "duration_check_failed"
    assert home.syncer("push", "clips:a.mp4").code == 3
    tiktok.fail = None
    ran = home.syncer("push", "clips:a.mp4")
    assert ran.code == 3
    assert "failed: the video is too long or too short" in ran.out
    assert len(tiktok.drafts) == 1
    assert home.syncer("push", "--again", "clips:a.mp4").code == 0


def test_an_html_page_with_the_name_of_a_photo_has_the_wrong_format(home: Home, tiktok: TiktokServer) -> None:
    (home.site.root / "clips/b.jpg").write_bytes(b"<html>please log in</html>")
    ran = home.syncer("push", "clips:b.jpg")
    assert (ran.code, "[file_format_check_failed]" in ran.out) == (3, True)
    assert tiktok.requests[0] == PHOTO


def test_the_bytes_decide_the_type_of_an_unknown_url(home: Home, tiktok: TiktokServer) -> None:
    (home.site.root / "by-hand").write_bytes(sample("Summer Trip.mp4"))
    ran = home.syncer("push", "https://media.example.test/by-hand")
    assert (ran.code, ran.out) == (0, "✓ https://media.example.test/by-hand: in the inbox\n")
    assert "/by-hand; by its first bytes it is a video\n" in ran.err
    assert tiktok.requests[0] == VIDEO
    again = home.syncer("push", "https://media.example.test/by-hand")
    assert (again.code, len(tiktok.drafts)) == (0, 1)
    assert "not sent again without --again" in again.out


def test_the_name_decides_the_type_of_an_unreadable_url(home: Home, tiktok: TiktokServer) -> None:
    tiktok.endless = True
    ran = home.syncer("push", "--wait", "0", "https://media.example.test/none.webp?signature=hush")
    assert (ran.code, tiktok.requests) == (0, [PHOTO])
    assert "by its name it is a photo" in ran.err
    assert "hush" not in ran.out + ran.err
    assert tiktok.bodies[0]["source_info"]["photo_images"][0].endswith("?signature=hush")
    assert_nowhere(home, b"hush")


def test_a_file_that_the_checks_reject_gives_a_warning(home: Home, tiktok: TiktokServer) -> None:
    home.config["check"]["rejected"] = "publish"
    home.put("shot.png", sample("screenshot.png"))
    home.sync()
    ran = home.syncer("push", "clips:shot.png")
    assert ran.code == 3
    assert "is unlikely to be accepted: TikTok does not accept image/png" in ran.err
    assert len(tiktok.drafts) == 1


def test_a_file_that_was_not_seen_gives_a_warning(home: Home, tiktok: TiktokServer) -> None:
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        entry = catalogue.entry("clips", "a.mp4")
        assert entry
        catalogue.put(replace(entry, state=State.STORED))
    assert home.syncer("push", "*.mp4").code == 2, "a glob is for what is published"
    ran = home.syncer("push", "clips:a.mp4")
    assert ran.code == 0
    assert "clips:a.mp4 is not seen at its URL (it is stored), so a pull is likely to fail" in ran.err
    assert len(tiktok.drafts) == 1


def test_an_album_has_no_more_than_35_photos(home: Home, tiktok: TiktokServer) -> None:
    for number in range(36):
        home.put(f"many/{number}.jpg", sample("Sunset at the Lake.jpg"))
    home.sync()
    ran = home.syncer("push", "--album", "many/*")
    assert (ran.code, tiktok.requests) == (2, [])
    assert "an album has 1 to 35 photos, not 36" in ran.err
    (home.media / "many/35.jpg").unlink()
    home.config["delete"] = "mirror"
    home.sync()
    assert home.syncer("push", "--album", "many/*").code == 0


def test_the_token_is_never_written_anywhere(home: Home, tiktok: TiktokServer) -> None:
    tiktok.refuse = TOKEN.replace(".", "_")
    outs = [home.syncer("push", *more, "*") for more in ([], ["--json"])]
    tiktok.refuse = None
    outs.append(home.syncer("push", "*"))
    assert all(TOKEN not in ran.out + ran.err for ran in outs)
    assert_nowhere(home, TOKEN.encode())


def assert_nowhere(home: Home, word: bytes) -> None:
    """The secret is in no file of the user's folder, including the catalogue and its log."""
    files = [path for path in home.folder.rglob("*") if path.is_file()]
    assert any(path.name == "syncer.db" for path in files)
    assert [path for path in files if word in path.read_bytes()] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.mp4"], "no published file is named 'nothing.mp4'"),
        (["http://media.example.test/a.mp4"], "is not an https URL that a platform pulls from"),
        (
            ["https://me:secret@media.example.test/a.mp4"],
            "https://media.example.test/a.mp4 is not an https URL",
        ),
        (["https://media.example.test:x/a b.mp4"], "is not an https URL"),
        (["https://[media/a.mp4"], "is not an https URL"),
        (["https://media.example.test/clips/none.txt"], "is not a video or a photo, but text/plain"),
        (["--album", "*"], "clips/a.mp4 is a video: only photos can have a title or be in an album"),
        (["--title", "x" * 91, "*.jpg"], "the title is longer than 90"),
        (["--album", "--title", "😀" * 46, "*.jpg"], "the title is longer than 90"),
    ],
)
def test_an_invalid_request_is_refused_before_anything_is_sent(
    home: Home, tiktok: TiktokServer, arguments: list[str], said: str
) -> None:
    ran = home.syncer("push", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert tiktok.requests == []


@pytest.mark.parametrize("token", [None, "", "act. with spaces", "act\n.x"])
def test_without_a_token_nothing_is_sent(
    home: Home, tiktok: TiktokServer, token: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if token is None:
        del home.config["tiktok"]["access_token"]
    else:
        monkeypatch.setenv("TIKTOK_TEST_TOKEN", token)
    ran = home.syncer("push", "*")
    assert (ran.code, tiktok.requests) == (2, [])
    assert len(ran.err.splitlines()) == 1
    assert not token or token not in ran.err


def test_without_arguments_and_with_nothing_sent_there_is_nothing_to_follow(home: Home) -> None:
    assert home.syncer("push").out == "no unfinished drafts to follow\n"
    assert home.syncer("push", "--json").json == []

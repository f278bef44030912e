"""Laws of the methods that migrate a document and push drafts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncer import ConfigError, Mirror
from syncer.errors import Exit
from syncer.migrate.resolve import Fate
from syncer.push.verdicts import DraftVerdict
from tests.home import Home
from tests.media import mp4
from tests.servers.tiktok import TiktokServer
from tests.servers.wire import Answer, scripted


@pytest.fixture
def document(home: Home) -> Iterator[Home]:
    """A home with `posts.csv`: a link to media, a dead link, and a link to a page."""
    film = Answer(headers={"Content-Type": "video/mp4"}, body=mp4())
    with scripted(film) as cdn:
        home.config |= {"sources": {}, "migrate": {"allow_private": True}}
        home.write()
        lines = [f"1,{cdn}/films/a.mp4", "2,http://127.0.0.1:1/b.mp4", "3,https://example.com/about"]
        (home.folder / "posts.csv").write_text("\n".join(["id,video", *lines]) + "\n")
        yield home


def mirror_of(home: Home) -> Mirror:
    return Mirror.load(home.folder / "config.yaml")


def test_a_migrated_document_has_the_stable_urls_and_all_else_as_it_was(document: Home) -> None:
    mirror, posts = mirror_of(document), document.folder / "posts.csv"
    seen: list[str] = []
    done = mirror.migrate(posts, posts, lambda progress: seen.append(progress.event))
    assert [row.state for row in done.rows] == [Fate.REPLACED, Fate.FAILED]
    assert (done.exit, done.others, sorted(set(seen))) == (Exit.FAILED, 1, ["failed", "published"])
    (entry,) = mirror.urls()
    lines = posts.read_text().splitlines()
    assert lines[1] == f"1,{entry.url}" == f"1,{done.rows[0].url}"
    assert lines[2:] == ["2,http://127.0.0.1:1/b.mp4", "3,https://example.com/about"]
    (known,) = mirror.links([done.rows[0].link])
    assert known.url == entry.url


def test_a_migration_that_is_stopped_writes_nothing(document: Home) -> None:
    mirror, target = mirror_of(document), document.folder / "out.csv"
    done = mirror.migrate(document.folder / "posts.csv", target, lambda _: mirror.stop())
    assert done.exit is Exit.INTERRUPTED
    assert not target.exists()
    assert mirror_of(document).migrate(document.folder / "posts.csv", target).rows[0].url
    assert target.exists()


def test_a_migration_can_be_planned_without_a_network(document: Home) -> None:
    posts = document.folder / "posts.csv"
    with mirror_of(document).migration(posts, posts.name) as job:
        counts = job.plan()
        assert len(job.links) == 2
    assert (counts["unknown"], counts["published"], counts["others"]) == (2, 0, 1)
    assert document.public() == set()


def test_a_push_gives_the_platforms_verdict(home: Home, tiktok: TiktokServer) -> None:
    home.put("a.mp4", mp4())
    home.config["tiktok"] = tiktok.config
    home.write()
    tiktok.verified, tiktok.origins = [home.site.url], {home.site.host: home.site.port}
    mirror = mirror_of(home)
    assert mirror.sync().exit == 0
    seen: list[DraftVerdict] = []
    done = mirror.push("a.mp4", progress=seen.append)
    assert (done.exit, [each.state for each in done.verdicts]) == (Exit.OK, ["arrived"])
    assert tuple(seen) == done.verdicts
    (draft,) = tiktok.drafts.values()
    assert draft.urls == [mirror.url_for("a.mp4")]
    with pytest.raises(ConfigError, match="no published file is named"):
        mirror.push("nothing.mp4")

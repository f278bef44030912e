"""Laws of a run over links, against Ceph: what is published, what is kept, and no signature is left."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import httpx
import pytest

from tests.home import Home
from tests.media import mp4
from tests.servers.rgw import S3Service


class Linked:
    """A home whose one source is a list of links to a bucket."""

    def __init__(self, home: Home, store: S3Service) -> None:
        self.home, self.store, self.bucket = home, store, store.bucket()
        self.file = home.folder / "links.txt"
        self.prefix = f"{store.endpoint.partition('://')[2]}/{self.bucket}"
        settings = {"kind": "links", "list": "links.txt", "allow_private": True, "path": "{key}"}
        home.config["sources"] = {"linked": settings}

    def put(self, key: str, data: bytes) -> None:
        with closing(self.store.client()) as client:
            client.put_object(Bucket=self.bucket, Key=key, Body=data)

    def signed(self, key: str, seconds: int = 600) -> str:
        return self.store.signed(self.bucket, key, seconds)

    def expired(self, key: str) -> str:
        return self.store.expired(self.bucket, key)

    def list(self, *links: str) -> None:
        self.file.write_text("\n".join(links))


@pytest.fixture
def linked(home: Home, rgw: S3Service) -> Linked:
    return Linked(home, rgw)


def test_links_are_published_under_stable_urls_and_a_new_signature_copies_nothing(linked: Linked) -> None:
    linked.put("a 1.mp4", mp4(seed=1))
    linked.put("1AbC", mp4(seed=2))
    linked.list("# films", linked.signed("a 1.mp4"), linked.signed("1AbC"), linked.signed("a 1.mp4", 700))
    done = linked.home.sync()
    assert (done["exit_code"], done["counts"]["copied"]) == (0, 2), done
    published = {key: item["path"] for key, item in linked.home.manifest().items()}
    assert published == {
        f"{linked.prefix}/a 1.mp4": f"{linked.prefix}/a 1.mp4",
        f"{linked.prefix}/1AbC": f"{linked.prefix}/1AbC.mp4",
    }
    linked.list(linked.signed("1AbC", 800), linked.signed("a 1.mp4", 900))
    again = linked.home.sync()
    assert (again["exit_code"], again["counts"]) == (0, {"kept": 2})


def test_a_changed_file_is_copied_again_to_the_same_url(linked: Linked) -> None:
    linked.put("a.mp4", mp4(seed=1))
    linked.list(linked.signed("a.mp4"))
    linked.home.sync()
    (before,) = linked.home.manifest().values()
    linked.put("a.mp4", mp4(3000, seed=2))
    assert linked.home.sync()["counts"]["copied"] == 1
    (after,) = linked.home.manifest().values()
    assert after["url"] == before["url"]
    assert after["sha256"] != before["sha256"]


def test_what_was_published_stays_when_its_link_expires(linked: Linked) -> None:
    linked.put("a.mp4", mp4(seed=1))
    for lifetime in (2, 10, 50):  # seconds: a machine may be busy
        link = linked.signed("a.mp4", lifetime)
        linked.list(link)
        if linked.home.sync()["counts"].get("copied"):
            break
    while httpx.get(link, trust_env=False).status_code != httpx.codes.FORBIDDEN:
        time.sleep(0.1)
    again = linked.home.sync()
    assert (again["exit_code"], again["counts"]) == (0, {"kept": 1})
    assert [finding["rule"] for finding in again["findings"]] == ["source.over"]
    assert list(linked.home.manifest()) == [f"{linked.prefix}/a.mp4"]


def test_an_expired_link_is_copied_with_keys_of_its_store(linked: Linked) -> None:
    linked.put("a.mp4", mp4(seed=1))
    linked.list(linked.expired("a.mp4"))
    settings = linked.store.settings("")
    del settings["bucket"]
    linked.home.config["sources"]["linked"]["refresh"] = {"s3": settings}
    assert linked.home.sync()["counts"]["copied"] == 1


def test_a_long_run_of_dead_links_costs_the_others_nothing(linked: Linked) -> None:
    linked.put("a.mp4", mp4(seed=1))
    linked.put("b.mp4", mp4(seed=2))
    dead = [linked.expired(f"{number}.mp4") for number in range(40)]
    gone = [linked.signed(f"{number}.mp4") for number in range(40, 80)]
    linked.list(linked.signed("a.mp4"), *dead, *gone, linked.signed("b.mp4"))
    done = linked.home.sync()
    assert done["exit_code"] == 3
    assert set(linked.home.manifest()) == {f"{linked.prefix}/a.mp4", f"{linked.prefix}/b.mp4"}
    assert {trouble["code"] for trouble in linked.home.troubles().values()} == {
        "source.expired",
        "source.missing",
    }


def test_no_signature_is_left_in_output_catalogue_or_manifests(linked: Linked) -> None:
    linked.put("a.mp4", mp4(seed=1))
    linked.put("e\u0301.mp4", mp4(seed=2))
    linked.put("\u00e9.mp4", mp4(seed=3))
    expired = linked.expired("b.mp4")
    good, gone = linked.signed("a.mp4"), linked.signed("c.mp4")
    tampered = linked.signed("d.mp4")[:-4] + "0000"
    twins = linked.signed("e\u0301.mp4"), linked.signed("\u00e9.mp4")
    linked.list(
        good, expired, gone, tampered, *twins, f"nonsense {good}", "https://u:hunter2@127.0.0.1:1/x.mp4"
    )
    linked.home.config["manifest"] = ["urls.json", "urls.csv", "urls.txt", "urls.jsonl"]
    said = [
        linked.home.syncer(*words) for words in (("plan",), ("plan", "--json"), ("sync", "--json"), ("sync",))
    ]
    said += [linked.home.syncer(*words) for words in (("status",), ("status", "--json"), ("urls",))]
    text = "".join(ran.out + ran.err for ran in said)
    assert {"source.expired", "source.missing", "source.signature"} <= {
        trouble["code"] for trouble in linked.home.troubles().values()
    }
    assert "the same name, written in two ways" in text
    with closing(sqlite3.connect(linked.home.folder / "syncer.db")) as catalogue:
        text += "\n".join(catalogue.iterdump())
    left = [
        path.read_bytes() for path in linked.home.folder.rglob("*") if path.is_file() and is_ours(path.name)
    ]
    secrets = [
        url.partition("X-Amz-Signature=")[2].encode() for url in (good, expired, gone, tampered, *twins)
    ]
    for secret in [*secrets, b"hunter2", b"X-Amz", b"Credential"]:
        assert secret
        assert secret not in text.encode()
        assert all(secret not in data for data in left), secret


def is_ours(name: str) -> bool:
    """What a run writes: not the list, the config and the media."""
    return name not in ("links.txt", "config.yaml") and not name.endswith(".mp4")

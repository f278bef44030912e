"""Laws of the hint about expired links: it has the YAML of the keys that would read this very link."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from syncer.errors import SourceError
from syncer.sources.link_settings import Refresh
from syncer.sources.links import Config, LinksSource, link_status
from tests.links.asked import refusal, source
from tests.migrate.stash import Stash, stash
from tests.servers.certificates import Certificates
from tests.servers.rgw import S3Service
from tests.servers.scripted import answer, scripted

__all__ = ["stash"]  # a fixture

V4 = "X-Amz-Credential=hunter2%2F20200101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=hunter2"
V4 += "&X-Amz-Date=20200101T000000Z&X-Amz-Expires=60"
R2 = "0" * 32

ENDPOINTS = {
    f"https://raw.s3.eu-west-1.amazonaws.com/a.mp4?{V4}": None,
    f"https://s3.amazonaws.com/raw/a.mp4?{V4}": None,
    f"https://{R2}.r2.cloudflarestorage.com/raw/a.mp4?{V4}": f"https://{R2}.r2.cloudflarestorage.com",
    f"https://raw.s3.eu-central-1.wasabisys.com/a.mp4?{V4}": "https://s3.eu-central-1.wasabisys.com",
    f"https://raw.nyc3.digitaloceanspaces.com/a.mp4?{V4}": "https://nyc3.digitaloceanspaces.com",
    f"https://raw.s3.us-west-004.backblazeb2.com/a.mp4?{V4}": "https://s3.us-west-004.backblazeb2.com",
    f"https://x.supabase.co/storage/v1/s3/raw/a.mp4?{V4}": "https://x.supabase.co/storage/v1/s3",
    f"http://minio.example:9000/raw/a.mp4?{V4}": "http://minio.example:9000",
}


def hinted(url: str, name: str = "linked", **settings: Any) -> str:
    config = Config.model_validate({"kind": "links", "urls": (url,), "allow_private": True} | settings)
    with closing(LinksSource(name, config)) as made:
        (asset,) = made.assets()
        with pytest.raises(SourceError) as caught:
            made.look(asset)
    assert caught.value.code == "source.expired"
    hint = str(caught.value.hint)
    assert "hunter2" not in hint
    return hint


@pytest.mark.parametrize(("url", "endpoint"), ENDPOINTS.items())
@pytest.mark.parametrize(("name", "place"), [("linked", ["sources", "linked"]), ("migrated", ["migrate"])])
def test_the_hint_has_the_yaml_of_keys_that_read_the_link(
    url: str, endpoint: str | None, name: str, place: list[str]
) -> None:
    hint = hinted(url, name)
    assert hint.startswith("get a new link, or let syncer read it with keys of ")
    pasted = yaml.safe_load(re.sub(rf".*: (?={place[0]}: )", "", hint))
    for step in place:
        pasted = pasted[step]
    refresh = pasted["refresh"]
    assert refresh["s3"].get("endpoint") == endpoint
    assert link_status(url, datetime.now(UTC), Refresh.model_validate(refresh)) == "recoverable"


@pytest.mark.parametrize(("url", "endpoint"), ENDPOINTS.items())
def test_keys_of_another_endpoint_are_named_and_those_that_are_missing_too(
    url: str, endpoint: str | None
) -> None:
    there = {"endpoint": "https://elsewhere.example"}
    hint = hinted(url, refresh={"s3": there})
    assert "add keys of " in hint
    assert (
        "to sources.linked.refresh.s3, which has keys of https://elsewhere.example and may be a list" in hint
    )
    (new,) = yaml.safe_load(hint[hint.index("- {") :])
    assert new.get("endpoint") == endpoint
    both = Refresh.model_validate({"s3": (there, new)})
    assert link_status(url, datetime.now(UTC), both) == "recoverable"


@pytest.mark.parametrize(
    "url",
    [
        "https://account.blob.core.windows.net/c/a.mp4?sv=2021-06-08&sr=b&sp=r&se=2020-01-01&sig=hunter2",
        "https://d1.cloudfront.net/a.mp4?Expires=1500000000&Signature=hunter2&Key-Pair-Id=K2JC",
        "https://cdn.example.com/a.mp4?expires=1500000000&md5=hunter2",
    ],
)
def test_what_keys_can_not_read_gets_no_advice_about_keys(url: str) -> None:
    assert hinted(url) == "get a new link"


def test_keys_do_not_read_one_version_of_an_object() -> None:
    url = f"https://raw.s3.eu-west-1.amazonaws.com/a.mp4?versionId=1&{V4}"
    assert "keys in refresh can't read a single version" in hinted(url, refresh={"s3": {}})


def test_keys_that_are_named_and_fail_are_not_asked_for_again(rgw: S3Service) -> None:
    settings = rgw.settings("")
    del settings["bucket"]
    url = f"{rgw.endpoint}/nowhere/a.mp4?{V4}"
    with closing(source(url, refresh={"s3": settings})) as made:
        (asset,) = made.assets()
        with pytest.raises(SourceError) as caught:
            made.look(asset)
    assert "access_key: env:NAME" not in f"{caught.value.hint}"


def test_migrate_prints_the_yaml_once(stash: Stash) -> None:
    file = stash.write("a.txt", f"{stash.over('a.mp4')}\n{stash.over('b.mp4')}\n")
    ran = stash.migrate(file)
    assert ran.code == 3
    assert ran.out.count("migrate: {refresh: {s3: {endpoint: ") == 1
    assert f"endpoint: {stash.store.endpoint}," in ran.out


def test_a_file_of_google_drive_that_is_not_shared_gets_the_yaml_of_drive(certificates: Certificates) -> None:
    page = answer("200 OK", b"<!DOCTYPE html><p>You need access</p>", "Content-Type: text/html")
    with scripted(certificates.leaf("drive.usercontent.google.com"), page) as server:
        others = {"ca": certificates.ca, "connect_to": server.connect_to}
        error = refusal("https://drive.google.com/file/d/1AbC/view", **others)
    hint = str(error.hint)
    pasted = yaml.safe_load(hint[hint.index("sources: ") :])
    assert pasted == {"sources": {"linked": {"refresh": {"drive": {"credentials": "service-account.json"}}}}}

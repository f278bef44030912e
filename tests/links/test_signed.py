"""Laws of signed links, against stores that check signatures: what refusals are called, the way around."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from syncer.errors import SourceError
from syncer.sources.link_settings import Refresh
from syncer.sources.links import link_status
from tests.links.asked import config, looked, read, refusal, source
from tests.servers.ports import free_port
from tests.servers.rgw import S3Service

CLIP = bytes(range(256)) * 1000


@pytest.fixture(params=["rgw", "rclone_s3"])
def store(request: pytest.FixtureRequest) -> S3Service:
    found: S3Service = request.getfixturevalue(request.param)
    return found


def put(store: S3Service, key: str = "a/Clip 1.mp4", data: bytes = CLIP) -> str:
    """A bucket with one object."""
    bucket = store.bucket()
    with closing(store.client()) as client:
        client.put_object(Bucket=bucket, Key=key, Body=data, ContentType="video/mp4")
    return bucket


def keys(store: S3Service, **others: object) -> dict[str, object]:
    settings = store.settings("") | others
    del settings["bucket"]
    return {"s3": settings}


def expired(store: S3Service, bucket: str, key: str = "a/Clip 1.mp4") -> str:
    return store.expired(bucket, key)


@pytest.mark.server
def test_a_live_link_is_looked_at_and_read(store: S3Service) -> None:
    bucket = put(store)
    url = store.signed(bucket, "a/Clip 1.mp4")
    asset = looked(url)
    assert (asset.size, asset.media_type, bool(asset.version and asset.modified)) == (
        len(CLIP),
        "video/mp4",
        True,
    )
    assert read(url) == CLIP
    assert read(url, start=1000) == CLIP[1000:]


def test_a_link_signed_the_older_way_is_read_too(rgw: S3Service) -> None:
    assert read(rgw.signed(put(rgw), "a/Clip 1.mp4", scheme="s3")) == CLIP


def test_a_link_as_people_paste_it_is_read(rgw: S3Service) -> None:
    url = rgw.signed(put(rgw, "é 1.mp4"), "é 1.mp4")
    for pasted in (url.replace("&", "&amp;"), url.replace("%C3%A9%20", "é "), f" {url}#t=3"):
        assert read(pasted) == CLIP


@pytest.mark.server
def test_a_new_signature_is_the_same_asset_and_version(store: S3Service) -> None:
    bucket = put(store)
    old, new = store.signed(bucket, "a/Clip 1.mp4", 600), store.signed(bucket, "a/Clip 1.mp4", 700)
    assert old != new
    one, two = looked(old), looked(new)
    assert (one.key, one.version) == (two.key, two.version)


def test_an_expired_link_is_told_with_its_end_and_nothing_is_asked() -> None:
    end = datetime.now(UTC) - timedelta(hours=1)
    signed = end - timedelta(hours=1)
    url = f"http://127.0.0.1:{free_port()}/b/a.mp4?X-Amz-Signature=hunter2&X-Amz-Date={signed:%Y%m%dT%H%M%SZ}"
    error = refusal(f"{url}&X-Amz-Expires=3600")
    assert error.code == "source.expired"
    assert f"expired on {end:%Y-%m-%d %H:%M:%S} UTC" in error.message
    assert "temporary" in refusal(f"{url}&X-Amz-Expires=3600&X-Amz-Security-Token=hunter2").message


def test_a_link_that_is_not_valid_yet_is_told() -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    url = f"https://account.blob.core.windows.net/c/a.mp4?sv=1&sig=hunter2&st={later:%Y-%m-%dT%H:%M:%SZ}&se=2099-01-01"
    error = refusal(url)
    assert error.code == "source.expired"
    assert "not valid before" in error.message


@pytest.mark.server
def test_what_the_store_says_of_an_expired_link_is_understood(
    store: S3Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when this machine's clock is behind: it goes out, and comes back refused."""
    url = expired(store, put(store))
    monkeypatch.setattr("syncer.sources.links.expect_valid", lambda url, now: None)  # noqa: ARG005 - a clock behind
    assert refusal(url).code == "source.expired"


@pytest.mark.server
def test_a_signature_that_was_changed_is_told_from_a_refusal(store: S3Service) -> None:
    url = store.signed(put(store), "a/Clip 1.mp4")
    assert refusal(url[:-3] + "000").code == "source.signature"
    assert refusal(url.replace("Clip", "Other")).code == "source.signature"
    assert refusal(url.replace(store.access_key, "AKNOBODY")).code == "source.denied"


@pytest.mark.server
def test_what_is_gone_is_missing(store: S3Service) -> None:
    assert refusal(store.signed(put(store), "gone.mp4")).code == "source.missing"
    assert refusal(store.signed("nowhere", "a.mp4")).code == "source.missing"


def test_an_unsigned_link_to_a_private_object_is_denied(rgw: S3Service) -> None:
    assert refusal(f"{rgw.endpoint}/{put(rgw)}/a/Clip%201.mp4").code == "source.denied"


@pytest.mark.server
def test_an_expired_link_is_read_with_keys_of_its_store(store: S3Service) -> None:
    bucket = put(store)
    url, fresh = expired(store, bucket), store.signed(bucket, "a/Clip 1.mp4")
    seen, by_link = looked(url, refresh=keys(store)), looked(fresh)
    assert (seen.key, seen.size, seen.version) == (by_link.key, by_link.size, by_link.version)
    assert (seen.modified, seen.media_type) == (by_link.modified, by_link.media_type)
    assert read(url, refresh=keys(store)) == CLIP
    assert read(url, start=1000, refresh=keys(store)) == CLIP[1000:]


def test_a_refused_link_is_read_with_keys_of_its_store(rgw: S3Service) -> None:
    bucket = put(rgw)
    plain = f"{rgw.endpoint}/{bucket}/a/Clip%201.mp4"
    for url in (plain, rgw.signed(bucket, "a/Clip 1.mp4")[:-3] + "000"):
        assert read(url, refresh=keys(rgw)) == CLIP


def test_what_is_read_with_keys_is_pinned_too(rgw: S3Service) -> None:
    bucket = put(rgw)
    with closing(source(expired(rgw, bucket), refresh=keys(rgw))) as made:
        (asset,) = made.assets()
        seen = made.look(asset)
        with closing(rgw.client()) as client:
            client.put_object(Bucket=bucket, Key="a/Clip 1.mp4", Body=CLIP[::-1])
        with pytest.raises(SourceError) as caught, made.open(seen, 5) as reader:
            reader.read(1)
    assert caught.value.code == "source.changed"


def test_keys_that_may_not_read_it_say_so(rgw: S3Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNCER_TEST_WRONG", "hunter2hunter2")
    error = refusal(expired(rgw, put(rgw)), refresh=keys(rgw, secret_key="env:SYNCER_TEST_WRONG"))
    assert error.code in ("source.credentials", "source.denied")
    assert "hunter2" not in f"{error} {error.hint}"


def test_keys_go_to_no_other_host_than_their_endpoint(rgw: S3Service) -> None:
    other = f"http://127.0.0.1:{free_port()}"
    url = expired(rgw, put(rgw))
    assert refusal(url, refresh=keys(rgw, endpoint=other)).code == "source.expired"
    assert refusal(url, refresh={"s3": {}}).code == "source.expired", "without an endpoint it is AWS"
    assert read(url, refresh={"s3": (keys(rgw, endpoint=other)["s3"], keys(rgw)["s3"])}) == CLIP


SIGNED = "X-Amz-Signature=hunter2&X-Amz-Date=20260701T110000Z&X-Amz-Expires=3600"
OVER = datetime(2026, 7, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "endpoint", "stands"),
    [
        (f"https://b.s3.amazonaws.com/a.mp4?{SIGNED}", None, "recoverable"),
        (f"https://s3.eu-west-1.amazonaws.com/b/a.mp4?{SIGNED}", None, "recoverable"),
        (f"https://s3.eu-west-1.amazonaws.com/b/?{SIGNED}", None, "expired"),
        (f"https://b.s3.amazonaws.com/a.mp4?versionId=1&{SIGNED}", None, "expired"),
        (f"https://minio.example/b/a.mp4?{SIGNED}", None, "expired"),
        (f"https://minio.example/b/a.mp4?{SIGNED}", "https://minio.example", "recoverable"),
        (f"https://minio.example:443/b/a.mp4?{SIGNED}", "https://minio.example", "recoverable"),
        (f"https://b.minio.example/a.mp4?{SIGNED}", "https://minio.example", "recoverable"),
        (f"https://minio.example:9000/b/a.mp4?{SIGNED}", "https://minio.example", "expired"),
        (f"https://minio.example.evil/b/a.mp4?{SIGNED}", "https://minio.example", "expired"),
        (f"https://evilminio.example/b/a.mp4?{SIGNED}", "https://minio.example", "expired"),
        (
            f"https://x.supabase.co/storage/v1/s3/b/a.mp4?{SIGNED}",
            "https://x.supabase.co/storage/v1/s3",
            "recoverable",
        ),
        (f"https://x.supabase.co/b/a.mp4?{SIGNED}", "https://x.supabase.co/storage/v1/s3", "expired"),
        (f"https://b.s3.amazonaws.com/a.mp4?{SIGNED.replace('3600', '604800')}", None, "live"),
        ("https://b.s3.amazonaws.com/a.mp4", None, "unknown"),
        ("https://drive.google.com/file/d/1AbC/view", None, "unknown"),
    ],
)
def test_how_a_link_stands_is_told_by_its_text(url: str, endpoint: str | None, stands: str) -> None:
    refresh = Refresh.model_validate({"s3": {"endpoint": endpoint}})
    assert link_status(url, OVER, refresh) == stands
    assert link_status(url, OVER, Refresh()) == stands.replace("recoverable", "expired")


def test_aws_is_not_asked_where_its_settings_name_another_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    error = refusal(
        f"https://b.s3.amazonaws.com/a.mp4?{SIGNED}", refresh={"s3": {"anonymous": True, "region": "x"}}
    )
    assert error.code == "source.credentials"
    assert "another endpoint" in error.message


def test_neither_settings_nor_what_is_made_of_them_print_a_link() -> None:
    settings = config(f"https://b.s3.amazonaws.com/a.mp4?{SIGNED}")
    assert "hunter2" not in f"{settings!r} {settings}"
    assert urlsplit(settings.urls[0]).query

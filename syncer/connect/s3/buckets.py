"""Finds bucket names that are pasted as a URL, host, ARN or path, and the settings to write instead. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from syncer.connect.s3 import endpoints
from syncer.settings.masked import value_parts

if TYPE_CHECKING:
    from syncer.urls.links.stores import ObjectAddress

_ARN = re.compile(r"(?:s3a?://|arn:aws[a-z-]*:s3:::)")
_GCS = re.compile(r"(?:gs|gcs)://")
_HTTP = re.compile(r"https?://", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]+)?")
_AWS = re.compile(r"(?:.*\.)?amazonaws\.com(?:\.cn)?")
_NAME = "NAME"
"""Stands for an unknown bucket."""


class Meant(NamedTuple):
    """The settings in a pasted value."""

    bucket: str | None
    """`None` if the value has none."""
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    elsewhere: str = ""
    """The store, if its S3 API has another address that the value does not contain."""


def bucket_flaw(value: str) -> str | None:
    """Why `value` is not a bucket name, with the settings to write; `None` if it is one."""
    given = value_parts(value)
    meant = _meant(given.shown + (given.tail if given.user is None else ""))
    if meant is None and given.is_plain:
        return None
    meant = meant or Meant(None)
    lines = [f"bucket: {_yaml(meant.bucket or _NAME)}"]
    lines += [f"endpoint: {meant.endpoint}"] if meant.endpoint else []
    lines += [f"region: {meant.region}"] if meant.region else []
    lines += [f"prefix: {_yaml(meant.prefix)}"] if meant.prefix else []
    if meant.elsewhere:
        lines.append(f"as endpoint the S3 endpoint that {meant.elsewhere} shows")
    unnamed = "" if meant.bucket else f", where {_NAME} is the bucket, which is not in this value"
    return f"must be the bucket's name alone: write {_listed(lines)}{unnamed}"


def _meant(value: str) -> Meant | None:
    if found := _ARN.match(value):
        return _inside(value[found.end() :])
    if found := _GCS.match(value):
        return _inside(value[found.end() :], "https://storage.googleapis.com")
    if _HTTP.match(value):
        return _web(value)
    if value.startswith("arn:"):  # of an access point, which the API accepts as a bucket
        return None
    host = value.partition("/")[0]
    if _HOST.fullmatch(host) and (":" in host or ("." in host and _address(host.lower(), "/bucket/"))):
        return _web(f"https://{value}")
    return _inside(value) if "/" in value else None


def _inside(path: str, endpoint: str | None = None) -> Meant:
    """`bucket/folder/`."""
    bucket, _, rest = path.strip("/").partition("/")
    return Meant(bucket or None, _folder(rest), endpoint)


def _web(value: str) -> Meant:
    try:
        url = urlsplit(value)
        host = url.netloc.rpartition("@")[2].lower()
    except ValueError:
        return Meant(None)
    return _console(url) or _stored(host, url.path) or _own(url, host)


def _console(url: SplitResult) -> Meant | None:
    """From the URL of a page of AWS's or Cloudflare's dashboard."""
    query, host = parse_qs(url.query), url.hostname or ""
    aws = re.search(r"/s3/(?:buckets|object)/([^/]+)", url.path)
    if aws and re.search(r"(?:^|\.)console\.(?:aws\.amazon\.com|amazonaws\.cn)$", host):
        named = re.match(r"([a-z]{2}(?:-[a-z]+)+-\d)\.console\.", host)
        region = query.get("region", [named[1] if named else None])[0]
        return Meant(unquote(aws[1]), _folder(query.get("prefix", [""])[0]), region=region)
    cloudflare = re.match(r"/([0-9a-f]{32})/r2/(?:default|eu|fedramp)/buckets/([^/]+)", url.path)
    if cloudflare and host == "dash.cloudflare.com":
        return Meant(unquote(cloudflare[2]), endpoint=f"https://{cloudflare[1]}.r2.cloudflarestorage.com")
    return None


def _address(host: str, path: str) -> ObjectAddress | None:
    from syncer.urls.links.stores import object_address

    return object_address(host, path)


def _stored(host: str, path: str) -> Meant | None:
    """From a host of a known store."""
    at = _address(host, path) or _address(host, f"{path}/")
    if at is None:
        return None
    prefix = _folder(at.key or "")
    if _AWS.fullmatch(host):
        region = re.search(r"(?:^|[.-])([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws", host)
        return Meant(at.bucket, prefix, region=region and region[1])
    if at.api is None:
        public = None if at.store == "Cloudflare R2" else at.bucket
        return Meant(public, prefix, elsewhere=at.store)
    return Meant(at.bucket, prefix, f"https://{at.api}")


def _own(url: SplitResult, host: str) -> Meant:
    """From an unknown endpoint: the path starts with the bucket, as with MinIO and Ceph."""
    found = _inside(unquote(url.path))
    if _AWS.fullmatch(host):
        return found._replace(region=endpoints.region(f"https://{host}"))
    return found._replace(endpoint=f"{url.scheme}://{host}") if host else found


def _folder(key: str) -> str:
    """The folder of a key, with its slash. A last name without a dot or glob is a folder."""
    above, _, name = key.rpartition("/")
    if "." in name or "*" in name:
        name = ""
    path = f"{above}/{name}".strip("/")
    return f"{path}/" if path else ""


def _yaml(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_./+=-]+", text) else json.dumps(text, ensure_ascii=False)


def _listed(lines: list[str]) -> str:
    return lines[0] if len(lines) == 1 else f"{', '.join(lines[:-1])} and {lines[-1]}"

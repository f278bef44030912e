"""Checks endpoints as dashboards show them: with a bucket, path or region that is another setting. Pure."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urlsplit

from syncer.settings.masked import value_parts

_AWS = re.compile(r"s3[.-](?:fips[.-])?(?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-[0-9])\.amazonaws\.com(?:\.cn)?")
_PROVIDERS = re.compile(
    r".*[.](?:amazonaws[.]com(?:[.]cn)?|digitaloceanspaces[.]com|backblazeb2[.]com|wasabisys[.]com|scw[.]cloud|"
    r"linodeobjects[.]com|vultrobjects[.]com|your-objectstorage[.]com|aliyuncs[.]com|myqcloud[.]com|exo[.]io|"
    r"idrivee2[.]com|contabostorage[.]com|ovh[.](?:net|us)|r2[.]cloudflarestorage[.]com)|storage[.]googleapis[.]com"
)
"""Services whose buckets have host names: the bucket, a dot, and the host of the service."""
_BELOW_A_PATH = "/s3"
"""The end of the path of services that have one: Supabase's `/storage/v1/s3`."""


def checked_endpoint(endpoint: str) -> str:
    """Raises `ValueError` unless it can be the URL of a service."""
    if "://" not in endpoint and re.fullmatch(r"[A-Za-z0-9.-]+\.[A-Za-z]{2,}(:[0-9]+)?(/[^?#@]*)?", endpoint):
        raise ValueError(f"must begin with https:// (or http://): write https://{endpoint}")
    try:
        url = urlsplit(endpoint)
        whole = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:  # a port that is no number
        whole = False
    if not whole or not value_parts(endpoint).is_plain:
        raise ValueError(
            "must be a URL such as https://s3.example.com: with its scheme, without user or query"
        )
    return endpoint


def region(endpoint: str | None) -> str | None:
    """The region in an endpoint of AWS."""
    found = _AWS.fullmatch(urlsplit(endpoint or "").hostname or "")
    return found[1] if found else None


def endpoint_misfit(endpoint: str, bucket: str, said: str | None) -> str | None:
    """Why an endpoint contradicts a bucket or the region `said`, and what to write; else `None`."""
    url = urlsplit(endpoint)
    named = _bucket_in_path(url, bucket) or _bucket_in_host(url, bucket)
    if named:
        return named
    theirs = region(endpoint)
    if theirs and said and theirs != said:
        return f"is in the region {theirs}, but region is {said}: set region: {theirs}, or leave endpoint out"
    return None


def _bucket_in_path(url: SplitResult, bucket: str) -> str | None:
    first, _, rest = url.path.strip("/").partition("/")
    if first not in (bucket, quote(bucket)) or url.path.rstrip("/").endswith(_BELOW_A_PATH):
        return None
    also = f" and prefix: {rest.rstrip('/')}/" if rest else ""
    return f"holds the bucket {bucket}: write endpoint: {url.scheme}://{url.netloc}{also}"


def _bucket_in_host(url: SplitResult, bucket: str) -> str | None:
    host, port = url.hostname or "", f":{url.port}" if url.port else ""
    service = host.removeprefix(f"{bucket}.")
    if service == host or bucket == "s3" or not _PROVIDERS.fullmatch(service):
        return None
    if region(f"https://{service}") or service == "s3.amazonaws.com":
        where = region(f"https://{service}")
        also = f" and set region: {where}" if where else ""
        return f"holds the bucket {bucket}: leave endpoint out{also}"
    return f"holds the bucket {bucket}: write endpoint: {url.scheme}://{service}{port}"

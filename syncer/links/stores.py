"""Buckets: which store a host (in lower case) belongs to, what bucket and key a URL speaks of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_FIRST = r"/(?P<bucket>[^/]+)/"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a store a URL points."""

    store: str
    bucket: str | None
    key: str | None
    root: str
    """Host and path under which the bucket's objects lie, with the slash at its end."""
    private: str | None = None
    """Why this address can't be made public, where that is so."""
    home: str = ""
    """The same as `root` for all addresses of one bucket: in front of the host where a store allows that."""
    rest: str = ""
    """The key as it is written in the path."""


@dataclass(frozen=True, slots=True)
class Store:
    name: str
    endpoint: str
    """Pattern of the host without a bucket in front."""
    path: str = _FIRST
    """Pattern of the path before the key, where the bucket is not in the host; empty: it always is."""
    virtual: bool = True
    """Whether the bucket may stand in front of the endpoint."""
    private: str | None = None


def place(host: str, path: str) -> Place | None:
    """`None` for a host that is no store's, or an address at a store that names no bucket."""
    for store in STORES:
        found = re.fullmatch(rf"(?:(?P<bucket>[^/:]+)\.)?{store.endpoint}", host)
        if not found or (found["bucket"] and not store.virtual):
            continue
        if found["bucket"]:
            home = _home(store, found["bucket"], host.removeprefix(f"{found['bucket']}."))
            key = _key(path[1:])
            return Place(store.name, found["bucket"], key, f"{host}/", store.private, home, path[1:])
        inside = re.match(store.path, path) if store.path else None
        if inside:
            return _inside(store, host, path, inside)
    return None


def custom(host: str, path: str) -> Place | None:
    """An endpoint of one's own, such as MinIO or Ceph: taken to name the bucket first in the path."""
    inside = re.match(_FIRST, path)
    return _inside(Store("", "", virtual=False), host, path, inside) if inside else None


def _inside(store: Store, host: str, path: str, found: re.Match[str]) -> Place:
    rest, bucket = path[found.end() :], unquote(found["bucket"])
    # Supabase tells in the path whether a URL is signed.
    root = host + re.sub("^(/storage/v1/[a-z/]+)/(?:sign|authenticated)/", r"\1/public/", found[0])
    home = _home(store, bucket, host) if store.virtual or store.name in ENDPOINTS else root
    return Place(store.name, bucket, _key(rest), root, store.private, home, rest)


def _home(store: Store, bucket: str, endpoint: str) -> str:
    """One bucket has many addresses: with its region and without, by a nearer host, over IPv6."""
    china = ".cn" if endpoint.endswith(".cn") else ""
    return f"{bucket}.{ENDPOINTS.get(store.name, endpoint)}{china if store.name in ENDPOINTS else ''}/"


def _key(path: str) -> str | None:
    return unquote(path) or None


ENDPOINTS = {"Amazon S3": "s3.amazonaws.com", "Google Cloud Storage": "storage.googleapis.com"}
"""Where a bucket's name is one of a kind, whichever host of the store is asked."""

_REGION = r"[a-z]{2}(?:-[a-z]+)+-\d"
_LOGIN = "it asks for a login with Google"
_SIGNED = "it answers signed requests only"
_QUERY = "it needs ?alt=media, and a proof can't be placed under such an address"
_HTTP = "it speaks http only"

STORES: tuple[Store, ...] = (
    Store(
        "Amazon S3",
        rf"s3(?:-fips|-accelerate|-external-1)?(?:\.dualstack)?(?:[.-]{_REGION})?\.amazonaws\.com(?:\.cn)?",
    ),
    Store("Amazon S3 website", rf"s3-website[.-]{_REGION}\.amazonaws\.com(?:\.cn)?", "", private=_HTTP),
    Store(
        "Google Cloud Storage",
        r"storage\.googleapis\.com",
        r"/(?:download/)?storage/v1/b/(?P<bucket>[^/]+)/o/",
        virtual=False,
        private=_QUERY,
    ),
    Store("Google Cloud Storage", r"(?:storage|commondatastorage)\.googleapis\.com"),
    Store("Google Cloud Storage", r"storage\.cloud\.google\.com", virtual=False, private=_LOGIN),
    Store(
        "Firebase Storage",
        r"(?:firebasestorage\.googleapis\.com|[^.]+\.firebasestorage\.app)",
        r"/v0/b/(?P<bucket>[^/]+)/o/",
        virtual=False,
        private=_QUERY,
    ),
    Store("Azure Blob Storage", r"[a-z0-9]+\.blob\.core\.(?:windows\.net|chinacloudapi\.cn)", virtual=False),
    Store("Cloudflare R2", r"[0-9a-f]{32}(?:\.[a-z]+)?\.r2\.cloudflarestorage\.com", private=_SIGNED),
    Store("Backblaze B2", r"f\d{3}\.backblazeb2\.com", r"/file/(?P<bucket>[^/]+)/", virtual=False),
    Store("Backblaze B2", r"s3\.[a-z]+-[a-z]+-\d{3}\.backblazeb2\.com"),
    Store("DigitalOcean Spaces", r"[a-z]{3}\d(?:\.cdn)?\.digitaloceanspaces\.com"),
    Store("Wasabi", r"s3(?:\.[a-z0-9-]+)?\.wasabisys\.com"),
    Store("Akamai Object Storage", r"[a-z]{2}-[a-z]+-\d\.linodeobjects\.com"),
    Store("Vultr Object Storage", r"[a-z]{3}\d\.vultrobjects\.com"),
    Store("Scaleway Object Storage", r"s3\.[a-z]{2}-[a-z]{3}\.scw\.cloud"),
    Store("OVHcloud Object Storage", r"s3\.[a-z0-9-]+\.(?:io|perf)?\.?cloud\.ovh\.(?:net|us)"),
    Store("Hetzner Object Storage", r"[a-z]{3}\d\.your-objectstorage\.com"),
    Store("Tigris", r"(?:fly\.storage\.tigris\.dev|t3\.storage\.dev)"),
    Store("Alibaba OSS", r"oss-[a-z0-9-]+\.aliyuncs\.com", ""),
    Store("Tencent COS", r"cos\.[a-z0-9-]+\.(?:myqcloud|tencentcos)\.c(?:om|n)", ""),
    Store("Huawei OBS", r"obs\.[a-z0-9-]+\.myhuaweicloud\.com"),
    Store(
        "Supabase",
        r"[a-z0-9]+(?:\.storage)?\.supabase\.co",
        r"/storage/v1/(?:object|render/image)/(?:public|sign|authenticated)/(?P<bucket>[^/]+)/",
        virtual=False,
    ),
    Store(
        "Supabase",
        r"[a-z0-9]+(?:\.storage)?\.supabase\.co",
        r"/storage/v1/s3/(?P<bucket>[^/]+)/",
        virtual=False,
        private=_SIGNED,
    ),
)
"""The first that fits wins."""

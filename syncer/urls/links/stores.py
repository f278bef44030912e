"""Buckets: the store of a host (in lower case), and the bucket and key that a URL names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_FIRST = r"/(?P<bucket>[^/]+)/"


@dataclass(frozen=True, slots=True)
class ObjectAddress:
    """The object that a URL names, and its store."""

    store: str
    bucket: str | None
    key: str | None
    root: str
    """Host and path of the bucket's objects, with a slash at the end."""
    private: str | None = None
    """Why this address can't be made public; `None` if it can."""
    home: str = ""
    """One root for all addresses of the bucket: with the bucket in the host where the store allows that."""
    rest: str = ""
    """The key as the path spells it."""
    idle: str = ""
    """Pattern of the names of parameters that do not name the object."""
    api: str | None = None
    """Host (and path) of the bucket's S3 API, if the address shows it."""


@dataclass(frozen=True, slots=True)
class StorageService:
    name: str
    endpoint: str
    """Pattern of the host without the bucket."""
    path: str = _FIRST
    """Pattern of the path before the key if the bucket is in the path; empty if it is always in the host."""
    virtual: bool = True
    """Whether the bucket may precede the endpoint in the host."""
    private: str | None = None
    home: str = ""
    """One host in place of all its hosts, if a bucket's name is unique in the whole store."""
    alias: tuple[str, str] = ("(?!)", "")
    """Pattern in the host and its replacement: hosts that serve the same bucket become one."""
    idle: str = ""
    s3: bool = True
    """Whether the host has the S3 API."""


def object_address(host: str, path: str) -> ObjectAddress | None:
    """`None` if the host belongs to no known store, or the address names no bucket."""
    for store, pattern in _PATTERNS:
        found = pattern.fullmatch(host)
        if not found:
            continue
        if found["bucket"]:
            return _before(store, host, path, found["bucket"])
        inside = re.match(store.path, path) if store.path else None
        if inside:
            return _inside(store, host, path, inside)
    return None


def custom(host: str, path: str) -> ObjectAddress | None:
    """For an unknown endpoint, such as MinIO or Ceph: the first part of the path is the bucket."""
    inside = re.match(_FIRST, path)
    return _inside(StorageService("", "", virtual=False), host, path, inside) if inside else None


def _before(store: StorageService, host: str, path: str, bucket: str) -> ObjectAddress:
    """The bucket is in the host, before the endpoint."""
    endpoint = host.removeprefix(f"{bucket}.")
    home = f"{bucket}.{_endpoint(store, endpoint)}/"
    api = re.sub(*store.alias, endpoint) if store.s3 else None
    return ObjectAddress(
        store.name, bucket, _key(path[1:]), f"{host}/", store.private, home, path[1:], store.idle, api
    )


def _inside(store: StorageService, host: str, path: str, found: re.Match[str]) -> ObjectAddress:
    """The bucket is in the path."""
    rest, bucket = path[found.end() :], unquote(found["bucket"])
    # At Supabase, the path says whether a URL is signed.
    public = re.sub("^(/storage/v1/[a-z/]+)/(?:sign|authenticated)/", r"\1/public/", found[0])
    one = re.sub(*store.alias, host)
    if store.virtual or store.home:
        home = f"{bucket}.{_endpoint(store, host)}/"
    else:
        home = one + re.sub("^/storage/v1/s3/", "/storage/v1/object/public/", public)
    api = one + path[: found.start("bucket")].rstrip("/") if store.s3 else None
    return ObjectAddress(
        store.name, bucket, _key(rest), host + public, store.private, home, rest, store.idle, api
    )


def _endpoint(store: StorageService, endpoint: str) -> str:
    """One host for the many of a bucket: with and without region, accelerated, for IPv6."""
    if not store.home:
        return re.sub(*store.alias, endpoint)
    return store.home + (".cn" if endpoint.endswith(".cn") else "")


def _key(path: str) -> str | None:
    return unquote(path) or None


_AWS = "s3.amazonaws.com"
_GCS = "storage.googleapis.com"
_REGION = r"[a-z]{2}(?:-[a-z]+)+-\d"
_LOGIN = "it asks for a login with Google"
_SIGNED = "it answers signed requests only"
_QUERY = "it needs ?alt=media, and a proof can't be placed under such an address"
_HTTP = "it speaks http only"
_SUPABASE = (r"\.storage(?=\.)", "")

STORES: tuple[StorageService, ...] = (
    StorageService(
        "Amazon S3",
        rf"s3(?:-fips|-accelerate|-external-1)?(?:\.dualstack)?(?:[.-]{_REGION})?\.amazonaws\.com(?:\.cn)?",
        home=_AWS,
    ),
    StorageService(
        "Amazon S3 website", rf"s3-website[.-]{_REGION}\.amazonaws\.com(?:\.cn)?", "", private=_HTTP, s3=False
    ),
    StorageService(
        "Google Cloud Storage",
        r"storage\.googleapis\.com",
        r"/(?:download/)?storage/v1/b/(?P<bucket>[^/]+)/o/",
        virtual=False,
        private=_QUERY,
        home=_GCS,
        idle="alt",
        s3=False,
    ),
    StorageService("Google Cloud Storage", r"(?:storage|commondatastorage)\.googleapis\.com", home=_GCS),
    StorageService(
        "Google Cloud Storage",
        r"storage\.cloud\.google\.com",
        virtual=False,
        private=_LOGIN,
        home=_GCS,
        idle="authuser",
        s3=False,
    ),
    # Its buckets are buckets of Google Cloud Storage.
    StorageService(
        "Firebase Storage",
        r"(?:firebasestorage\.googleapis\.com|[^.]+\.firebasestorage\.app)",
        r"/v0/b/(?P<bucket>[^/]+)/o/",
        virtual=False,
        private=_QUERY,
        home=_GCS,
        idle="alt|token",
        s3=False,
    ),
    StorageService(
        "Azure Blob Storage",
        r"[a-z0-9]+(?:-secondary)?\.(?:blob|dfs)\.core\.(?:windows\.net|chinacloudapi\.cn)",
        virtual=False,
        alias=(r"^([a-z0-9]+)(?:-secondary)?\.(?:blob|dfs)\.", r"\1.blob."),
        s3=False,
    ),
    StorageService(
        "Cloudflare R2", r"[0-9a-f]{32}(?:\.[a-z]+)?\.r2\.cloudflarestorage\.com", private=_SIGNED
    ),
    StorageService("Cloudflare R2", r"r2\.dev", "", s3=False),
    StorageService(
        "Backblaze B2",
        r"f\d{3}\.backblazeb2\.com",
        r"/file/(?P<bucket>[^/]+)/",
        virtual=False,
        home="backblazeb2.com",
        s3=False,
    ),
    StorageService("Backblaze B2", r"s3\.[a-z]+-[a-z]+-\d{3}\.backblazeb2\.com", home="backblazeb2.com"),
    StorageService(
        "DigitalOcean Spaces", r"[a-z]{3}\d(?:\.cdn)?\.digitaloceanspaces\.com", alias=(r"\.cdn(?=\.)", "")
    ),
    StorageService("Wasabi", r"s3(?:\.[a-z0-9-]+)?\.wasabisys\.com", home="s3.wasabisys.com"),
    StorageService("Akamai Object Storage", r"[a-z]{2}-[a-z]+-\d\.linodeobjects\.com"),
    StorageService("Vultr Object Storage", r"[a-z]{3}\d\.vultrobjects\.com"),
    StorageService("Scaleway Object Storage", r"s3\.[a-z]{2}-[a-z]{3}\.scw\.cloud"),
    StorageService("OVHcloud Object Storage", r"s3\.[a-z0-9-]+\.(?:io|perf)?\.?cloud\.ovh\.(?:net|us)"),
    StorageService("Hetzner Object Storage", r"[a-z]{3}\d\.your-objectstorage\.com"),
    StorageService("Tigris", r"(?:fly\.storage\.tigris\.dev|t3\.storage\.dev)"),
    StorageService("Alibaba OSS", r"oss-[a-z0-9-]+\.aliyuncs\.com", "", home="oss.aliyuncs.com", s3=False),
    StorageService("Tencent COS", r"cos\.[a-z0-9-]+\.(?:myqcloud|tencentcos)\.c(?:om|n)", ""),
    StorageService("Huawei OBS", r"obs\.[a-z0-9-]+\.myhuaweicloud\.com"),
    StorageService("Vercel Blob", r"public\.blob\.vercel-storage\.com", "", idle="download", s3=False),
    StorageService(
        "Supabase",
        r"[a-z0-9]+(?:\.storage)?\.supabase\.co",
        r"/storage/v1/(?:object|render/image)/(?:public|sign|authenticated)/(?P<bucket>[^/]+)/",
        virtual=False,
        alias=_SUPABASE,
        idle="download",
        s3=False,
    ),
    StorageService(
        "Supabase",
        r"[a-z0-9]+(?:\.storage)?\.supabase\.co",
        r"/storage/v1/s3/(?P<bucket>[^/]+)/",
        virtual=False,
        private=_SIGNED,
        alias=_SUPABASE,
    ),
)
"""The first that fits wins."""

_BEFORE = {True: r"(?:(?P<bucket>[^/:]+)\.)?", False: "(?P<bucket>(?!))?"}
_PATTERNS = tuple((store, re.compile(_BEFORE[store.virtual] + store.endpoint)) for store in STORES)

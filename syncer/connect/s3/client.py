"""The client of an S3 API, and the text that names an object there."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import quote, unquote, urlsplit

from syncer.connect.circuit import circuit_for
from syncer.connect.course import of_page
from syncer.connect.pace import SharedPace
from syncer.connect.retry import persist, retry
from syncer.connect.s3 import endpoints
from syncer.connect.s3.errors import UNTRUSTED, s3_error, s3_errors
from syncer.connect.s3.settings import Checksums, S3Access, S3Settings
from syncer.connect.watch import ExchangeLimits
from syncer.errors import SyncerError
from syncer.protocols import CircuitBreaker, Pace
from syncer.settings.masked import masked
from syncer.settings.secret import reveal
from syncer.settings.terminal import visible

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.loaders import Loader
    from botocore.session import Session as BotocoreSession
    from mypy_boto3_s3 import S3Client

__all__ = [
    "MAX_COPY",
    "Api",
    "S3Access",
    "S3Location",
    "S3Settings",
    "host",
    "is_aws",
    "s3_client",
    "s3_error",
    "s3_errors",
    "uri",
]

R = TypeVar("R")

CONNECTIONS = 64
"""Connections kept in a client, which all workers of a process share."""
MAX_COPY = 5 * 1024**3
"""Bytes of the largest object for one CopyObject."""


class Api:
    """An S3 API for one source or destination. All errors are raised as `kind`."""

    def __init__(self, settings: S3Access, kind: type[SyncerError], pace: Pace | None = None) -> None:
        self._settings = settings
        self._kind = kind
        self.pace = pace or SharedPace()

    @contextmanager
    def asking(
        self, what: str, doing: str = "", *, work: float = 0.0, proof: bool = True, listing: bool = False
    ) -> Iterator[S3Client]:
        """The client for one call. `what` names the work: `listing s3://bucket/`.

        `doing`, such as reading, has a circuit breaker of its own, as an endpoint may answer and still fail
        at it. Without `proof`, success does not close the circuit. The answer may take `work` extra seconds.
        The answer to a `listing` has a limit in bytes and seconds.
        """
        from syncer.connect.s3.wire import on

        made = self._client(what)
        with (
            self._hinting(),
            self.circuit(doing).asking(self._kind, proof=proof),
            s3_errors(what, self._kind),
            on(of_page(self.pace) if listing else ExchangeLimits(self.pace, work)),
        ):
            yield made

    @contextmanager
    def _hinting(self) -> Iterator[None]:
        """Removes from hints what the user has set already."""
        try:
            yield
        except SyncerError as error:
            word = error.code.rpartition(".")[2]
            if word == "tls" and self._settings.ca and error.hint == UNTRUSTED.hint:
                error.hint = (
                    f"check that {self._settings.ca} is the CA of that certificate; check endpoint and clock"
                )
            elif word == "denied" and self._settings.anonymous:
                error.hint = (
                    "if the bucket is not public, remove anonymous, and set access_key and secret_key"
                )
            elif word == "unsupported" and self._settings.addressing == "path":
                error.hint = error.hint and error.hint.replace("addressing: path and ", "")
            raise

    def sums_itself(self, what: str) -> bool:
        """Whether the SDK sends a checksum with every upload."""
        return sums_itself(self._client(what))

    def _client(self, what: str) -> S3Client:
        with s3_errors(what, self._kind):
            return s3_client(self._settings)

    def circuit(self, doing: str) -> CircuitBreaker:
        """The circuit breaker of the endpoint. Its client must exist already."""
        return circuit_for(self.pace, host(s3_client(self._settings)), doing)

    def retrying(self, call: Callable[[], R]) -> R:
        """Return what `call` returns, retried by the pace's patience."""
        return retry(call, self.pace, self.pace.patience.retry)

    def persisting(self, call: Callable[[], R]) -> R:
        """The same for one step of a longer task: see `persist`."""
        return persist(call, self.pace, self.pace.patience.retry)


_making = threading.Lock()


def s3_client(settings: S3Access) -> S3Client:
    """The process's client for these settings, safe to share between threads. Call it inside `s3_errors`."""
    with _making:
        return _make(settings, os.getpid())


@lru_cache(maxsize=16)
def _make(settings: S3Access, _process: int) -> S3Client:
    """The client of one process: a forked one must not share its parent's connections."""
    from syncer.connect.s3.wire import bound

    made = _connect(
        settings, settings.checksums or ("when_required" if settings.endpoint else "when_supported")
    )
    if settings.checksums is None and settings.endpoint is None and not is_aws(made):
        made = _connect(settings, "when_required")  # the profile or the environment sets another endpoint
    if not is_aws(made):
        made.meta.events.register("before-call.s3.CopyObject", _pin_for_ceph)
    if settings.checksums != "when_required":
        made.meta.events.register("before-call.s3.GetObject", _ask_for_checksums)
    made.meta.events.register("before-call.s3.HeadBucket", _redirect_no_further)
    bound(made)
    return made


def _connect(settings: S3Access, checksums: Checksums) -> S3Client:
    from boto3.session import Session

    session = Session(
        botocore_session=_core(),
        aws_access_key_id=_plain(settings.access_key),
        aws_secret_access_key=_plain(settings.secret_key),
        profile_name=settings.profile,
        region_name=settings.region,
    )
    made: S3Client = session.client(
        "s3",
        region_name=session.region_name
        or endpoints.region(settings.endpoint)
        or ("us-east-1" if settings.endpoint else None),
        endpoint_url=settings.endpoint,
        verify=str(settings.ca) if settings.ca else None,
        config=_config(settings, checksums),
    )
    return made


def _core() -> BotocoreSession:
    """Each client reads the SDK's description of S3, 12 MB, unless they share what was read."""
    from botocore.session import Session

    core = Session()
    core.register_component("data_loader", _loader())
    return core


@cache
def _loader() -> Loader:
    from botocore.session import Session

    loader: Loader = Session().get_component("data_loader")
    return loader


def _plain(reference: str | None) -> str | None:
    """The secret as plain text: a `Secret` would print as `***` in the text that the SDK signs."""
    return None if reference is None else str.__str__(reveal(reference))


def _config(settings: S3Access, checksums: Checksums) -> Config:
    from botocore import UNSIGNED
    from botocore.config import Config

    return Config(
        signature_version=UNSIGNED if settings.anonymous else None,
        max_pool_connections=CONNECTIONS,
        tcp_keepalive=True,
        user_agent_extra="syncer",
        retries={"total_max_attempts": 1, "mode": "standard"},  # `connect.retry` does all retries
        s3={"addressing_style": settings.addressing},
        request_checksum_calculation=checksums,
        # We compare the whole object, also over several answers; the SDK would check each answer alone.
        response_checksum_validation="when_required",
    )


def is_aws(made: S3Client) -> bool:
    host = urlsplit(made.meta.endpoint_url).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def sums_itself(made: S3Client) -> bool:
    """Whether the SDK sends a checksum with every upload."""
    return bool(made.meta.config.request_checksum_calculation == "when_supported")  # type: ignore[attr-defined] # its stubs lag


def _pin_for_ceph(params: dict[str, Any], **_: object) -> None:
    """Ceph expects the condition of a copy in a header without `source`, and without quotes."""
    headers = params["headers"]
    headers["x-amz-copy-if-match"] = headers["x-amz-copy-source-if-match"].strip('"')


def _ask_for_checksums(params: dict[str, Any], **_: object) -> None:
    """Request checksums. The SDK's own parameter would make the SDK compare them too."""
    params["headers"]["x-amz-checksum-mode"] = "ENABLED"


def _redirect_no_further(context: dict[str, Any], **_: object) -> None:
    """After a redirect, the SDK requests the region with a HEAD, and follows its redirects for ever."""
    context.setdefault("s3_redirect", {})["redirected"] = True


class S3Location(NamedTuple):
    """One version of an object. Its text is `HOST/BUCKET/ETAG/KEY`, with a percent-encoded ETag without
    quotes.
    """

    host: str
    """The host of the endpoint, with its port if it has one."""
    bucket: str
    etag: str
    key: str

    def __str__(self) -> str:
        return f"{self.host}/{quote(self.bucket, safe='')}/{quote(self.etag, safe='')}/{self.key}"

    @classmethod
    def parse(cls, text: str) -> S3Location:
        host, bucket, etag, key = text.split("/", 3)
        return cls(host, unquote(bucket), unquote(etag), key)


def host(made: S3Client) -> str:
    return urlsplit(made.meta.endpoint_url).netloc


def uri(bucket: str, key: str = "") -> str:
    """The object's URI for messages: invisible characters are escaped."""
    folder, slash, name = visible(key).rpartition("/")
    name = name if "." in name else masked(name, random=False)
    return f"s3://{bucket}/{masked(folder, random=False)}{slash}{name}"

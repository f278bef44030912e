"""The benches of each wire: a real server, and a relay before it that misbehaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.faults.conftest import Ground
from tests.faults.laws import FAILED
from tests.faults.media import Links, Shared
from tests.faults.messages import Message, answer
from tests.faults.pictures import jpeg
from tests.faults.places import Folder
from tests.faults.proxy import proxy
from tests.faults.questions import DOMAIN, RECORD, Questions, relay
from tests.faults.relay import Pieces, pieces
from tests.faults.requests import LOGIN, Requests, filtered
from tests.faults.stage import CHANGED, Disk, Stage
from tests.faults.suite import Bench
from tests.faults.wires import Calls, Http
from tests.home import SIGNATURE, TOKEN, plain
from tests.servers.certificates import Certificates
from tests.servers.drive import Drive
from tests.servers.drive_http import serving as serving_drive
from tests.servers.knot import serving as serving_knot
from tests.servers.nginx import HOST
from tests.servers.proftpd import PASSWORD, VARIABLE
from tests.servers.proftpd import running as running_proftpd
from tests.servers.rgw import S3Service
from tests.servers.sshd import HOST_KEYS, Sshd
from tests.servers.sshd import running as running_sshd

BIG_SIZE = 9_000_000
"""More than one part of a multipart upload."""
COMPLAINTS = {"EIO": 2, "EACCES": 2}
"""A folder that can't be looked at counts as a config error, as nothing more is known."""


# Buckets


def _xml(status: int, reason: str, code: str) -> Message:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><RequestId>1</RequestId></Error>'
    return answer(status, reason, body.encode(), (b"Content-Type", b"application/xml"))


S3_REFUSALS = {
    403: _xml(403, "Forbidden", "AccessDenied"),
    500: _xml(500, "Internal Server Error", "InternalError"),
    503: _xml(503, "Slow Down", "SlowDown"),
}


@pytest.fixture(scope="module")
def s3_source(ground: Ground, rgw: S3Service) -> Iterator[Bench]:
    with ExitStack() as running:

        def make() -> tuple[Stage, Http]:
            # A listing has no hash, so corruption in it can't be found.
            made = proxy(rgw.address, refusals=S3_REFUSALS, checked=lambda target: "list-type=" not in target)
            wire = running.enter_context(made)
            return ground.stage(ground.objects(rgw, wire.endpoint)), Http(wire)

        yield Bench.of("S3 source", make)


@pytest.fixture(scope="module")
def s3_destination(ground: Ground, rgw: S3Service) -> Iterator[Bench]:
    with ExitStack() as running:

        def make() -> tuple[Stage, Http]:
            wire = running.enter_context(proxy(rgw.address, refusals=S3_REFUSALS))
            stage = ground.stage(place=ground.bucket(rgw, wire.endpoint))
            stage.new[CHANGED] = jpeg(BIG_SIZE, 9)
            stage.source.hold(stage.new)
            return stage, Http(wire)

        yield Bench.of("S3 destination", make)


# SSH servers


@pytest.fixture(scope="module")
def filtered_sshd() -> Iterator[Sshd]:
    with running_sshd() as made:
        yield made


@pytest.fixture(scope="module")
def sftp_source(ground: Ground, filtered_sshd: Sshd) -> Bench:
    def make() -> tuple[Stage, Requests]:
        settings, requests = filtered(filtered_sshd, ground.folder())
        root = ground.folder()
        media = Disk(root, {name: settings[name] for name in LOGIN} | {"kind": "sftp", "root": str(root)})
        return ground.stage(media), requests

    return Bench.of("SFTP source", make, most=MOST_OF_SFTP)


def _by_sftp(place: Folder, settings: dict[str, Any]) -> Folder:
    place.settings = {name: settings[name] for name in LOGIN} | {"kind": "sftp", "root": str(place.root)}
    return place


@pytest.fixture(scope="module")
def sftp_destination(ground: Ground, filtered_sshd: Sshd) -> Bench:
    def make() -> tuple[Stage, Requests]:
        settings, requests = filtered(filtered_sshd, ground.folder())
        return ground.stage(place=_by_sftp(ground.local(), settings)), requests

    return Bench.of("SFTP destination", make, most=MOST_OF_SFTP)


@pytest.fixture(scope="module")
def ssh(ground: Ground, filtered_sshd: Sshd) -> Iterator[Bench]:
    """All bytes of an SSH server from its greeting on; it has the destination."""
    server = filtered_sshd
    keys = [server.host_key(kind) for kind in HOST_KEYS]
    with ExitStack() as running:

        def make() -> tuple[Stage, Pieces]:
            wire = running.enter_context(pieces((server.host, server.port)))
            known = ground.folder() / "known_hosts"
            known.write_text("".join(f"[127.0.0.1]:{wire.port} {key}\n" for key in keys))
            settings = plain(server.source("/", port=wire.port, known_hosts=known))
            return ground.stage(place=_by_sftp(ground.local(), settings)), wire

        yield Bench.of("SSH", make, most=MOST_OF_SFTP)


@pytest.fixture(scope="module")
def ftps(ground: Ground, certificates: Certificates) -> Iterator[Bench]:
    """All bytes of an FTP server from its greeting on, without the files."""
    with ExitStack() as running:
        server = running.enter_context(running_proftpd(certificates))

        def make() -> tuple[Stage, Pieces]:
            wire = running.enter_context(pieces(("127.0.0.1", server.port)))
            place = ground.local()
            settings = server.destination(place.root, port=wire.port)
            place.settings = settings.model_dump(mode="json", exclude_none=True)
            return ground.stage(place=place, environment={VARIABLE: PASSWORD}), wire

        yield Bench.of("FTPS destination", make, most=MOST_OF_FTPS)


MOST_OF_FTPS = 1
"""Each kind hits another reply; circuit breaker and limits are tested on the other wires."""
MOST_OF_SFTP = 4
"""A run makes about forty requests, each with logins, so each kind hits others."""


# The public side


@pytest.fixture(scope="module")
def origin(ground: Ground, certificates: Certificates) -> Iterator[Bench]:
    signature = ground.folder() / SIGNATURE
    signature.write_text(f"tiktok-developers-site-verification={TOKEN}")
    pem = certificates.leaf(HOST)
    with ExitStack() as running:

        def make() -> tuple[Stage, Http]:
            made = running.enter_context(proxy(("127.0.0.1", ground.site.port), pem=pem, server_name=HOST))
            said = {"connect_to": made.connect_to, "signature_files": [str(signature)]}
            return ground.stage(origin=said, beside={SIGNATURE: signature.read_bytes()}, blind=True), Http(
                made
            )

        yield Bench.of("public origin", make, codes=(*FAILED, 5))


@pytest.fixture(scope="module")
def domain(ground: Ground) -> Iterator[Bench]:
    records = f'@ TXT "{RECORD}"\n@ NS ns1\nns1 A 127.0.0.1\nmedia A 127.0.0.1'
    with ExitStack() as running:
        server = running.enter_context(serving_knot({DOMAIN: records}))

        def make() -> tuple[Stage, Questions]:
            made = running.enter_context(relay(server))
            said = {"property": DOMAIN, "txt_record": RECORD, "dns": f"127.0.0.1:{made.port}"}
            return ground.stage(origin=said), made

        yield Bench.of("DNS", make, codes=(*FAILED, 5))


# Links and Drive


@pytest.fixture(scope="module")
def links(ground: Ground, rgw: S3Service) -> Iterator[Bench]:
    with ExitStack() as running:

        def make() -> tuple[Stage, Http]:
            made = running.enter_context(proxy(rgw.address))
            objects = ground.objects(rgw, rgw.endpoint, acl="public-read")
            source = Links(objects, made.endpoint, {"kind": "links", "allow_private": True})
            return ground.stage(source), Http(made)

        yield Bench.of("links", make, more_codes={"empty": 4})


def _json(status: int, reason: str) -> Message:
    error = {"code": status, "message": reason, "errors": [{"domain": "global", "reason": reason}]}
    body = json.dumps({"error": error}).encode()
    return answer(status, reason, body, (b"Content-Type", b"application/json"))


DRIVE_REFUSALS = {
    403: _json(403, "insufficientFilePermissions"),
    429: _json(429, "rateLimitExceeded"),
    500: _json(500, "backendError"),
}


@pytest.fixture(scope="module")
def drive(ground: Ground) -> Iterator[Bench]:
    account: dict[str, Any] = json.loads(Drive().account(ground.folder()).read_text())
    with ExitStack() as running:

        def make() -> tuple[Stage, Http]:
            served = running.enter_context(serving_drive())
            # Only the bytes of a file have a hash.
            made = proxy(
                ("127.0.0.1", served.port),
                refusals=DRIVE_REFUSALS,
                checked=lambda target: "alt=media" in target,
            )
            wire = running.enter_context(made)
            endpoint, credentials = f"{wire.endpoint}/", ground.folder() / "account.json"
            credentials.write_text(json.dumps(account | {"token_uri": f"{endpoint}token"}))
            settings = {"kind": "drive", "folder": "folder0000", "endpoint": endpoint}
            return ground.stage(Shared(served, settings | {"credentials": str(credentials)})), Http(wire)

        yield Bench.of("Drive", make)


# Disks of this machine


def _calls(ground: Ground, which: str) -> tuple[Stage, Calls]:
    stage = ground.stage()
    paths = {
        "source": stage.source.settings.get("root"),
        "destination": stage.place.settings.get("root"),
        "catalogue": stage.state,
        "manifest": stage.lists,
    }
    return stage, Calls((str(paths[which]),), stage.folder / "calls")


@pytest.fixture(scope="module")
def local_source(ground: Ground) -> Bench:
    return Bench.of("local source", lambda: _calls(ground, "source"))


@pytest.fixture(scope="module")
def local_destination(ground: Ground) -> Bench:
    return Bench.of("local destination", lambda: _calls(ground, "destination"))


@pytest.fixture(scope="module")
def catalogue(ground: Ground) -> Bench:
    return Bench.of("catalogue", lambda: _calls(ground, "catalogue"), more_codes=COMPLAINTS)


@pytest.fixture(scope="module")
def manifest(ground: Ground) -> Bench:
    return Bench.of("manifest", lambda: _calls(ground, "manifest"), more_codes=COMPLAINTS)

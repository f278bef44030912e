"""Fixtures of all fault tests: a warm process, and one web server before all destinations."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.places import Bucket, Folder, Objects
from tests.faults.runs import Nursery, nursery
from tests.faults.stage import Disk, Stage
from tests.faults.strikes import case, numbers
from tests.faults.suite import Bench, each, settle
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, Site, serving
from tests.servers.rgw import KEYS, S3Service

if TYPE_CHECKING:
    from mypy_boto3_s3.literals import ObjectCannedACLType

Each = Callable[[Bench, str, str], None]
"""By a bench, a kind, and `once` or `for-good`."""

Struck = Callable[[str, signal.Signals, int], None]
"""By the name of a bench, a signal, and the most operations for it."""


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("nursery"), KEYS, certificates.ca) as made:
        yield made


@dataclass
class Ground:
    """The folder of the stages."""

    base: Path
    web: Path
    """Any user may enter it, as nginx serves the files below."""
    site: Site
    nursery: Nursery
    numbers: Iterator[int] = field(default_factory=count)

    def folder(self) -> Path:
        made = self.base / str(next(self.numbers))
        made.mkdir()
        return made

    @property
    def origin(self) -> dict[str, Any]:
        return {"ca": str(self.site.ca), "connect_to": self.site.connect_to}

    def disk(self) -> Disk:
        root = self.folder()
        return Disk(root, {"kind": "local", "root": str(root)})

    def local(self) -> Folder:
        name = f"w{next(self.numbers)}"
        root = self.web / name
        return Folder(root, f"{self.site.url}{name}/", {"kind": "local", "root": str(root)})

    def objects(self, service: S3Service, endpoint: str, acl: ObjectCannedACLType = "private") -> Objects:
        bucket = service.bucket()
        settings = {"kind": "s3", **service.settings(bucket, endpoint=endpoint)}
        return Objects(service, bucket, settings, acl)

    def bucket(self, service: S3Service, endpoint: str) -> Bucket:
        """A public bucket; the site has it below /b/."""
        name = service.bucket()
        settings = {"kind": "s3", **service.settings(name, endpoint=endpoint), "acl": "public-read"}
        return Bucket(service.client(), name, f"{self.site.url}b/{name}/", settings)

    def stage(self, source: Any = None, place: Any = None, **others: Any) -> Stage:
        """A prepared stage; by default from one local folder to another."""
        made = self.bare(source, place, **others)
        made.prepare()
        return made

    def bare(self, source: Any = None, place: Any = None, **others: Any) -> Stage:
        """A stage before `prepare`."""
        origin = self.origin | others.pop("origin", {})
        return Stage(
            self.folder(), self.nursery, source or self.disk(), place or self.local(), origin, **others
        )


@pytest.fixture(scope="session")
def ground(
    certificates: Certificates, warm: Nursery, rgw: S3Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    with tempfile.TemporaryDirectory(prefix="syncer-test-faults-") as folder:
        web = Path(folder)
        web.chmod(0o755)
        # nginx's workers can't write temporary files, and would cut a slow download.
        buckets = f"location /b/ {{ proxy_pass {rgw.endpoint}/; proxy_max_temp_file_size 0; }}"
        places = {"http": "", "server": buckets, "location": ""}
        with serving(web, HOST, certificates.leaf(HOST), certificates.ca, places) as site:
            yield Ground(tmp_path_factory.mktemp("stages"), web, site, warm)


@pytest.fixture(params=["once", "for-good"])
def often(request: pytest.FixtureRequest) -> str:
    """Whether only one operation fails, or all after it too."""
    return str(request.param)


@pytest.fixture
def check(record_property: Callable[[str, object], None], pytestconfig: pytest.Config) -> Each:
    """All cases of one kind; `--operation N` picks one."""
    only, thorough = pytestconfig.getoption("--operation"), pytestconfig.getoption("--thorough")
    return lambda bench, kind, often: each(
        bench, kind, always=often == "for-good", record=record_property, thorough=thorough, only=only
    )


@pytest.fixture
def struck(
    request: pytest.FixtureRequest, ground: Ground, record_property: Callable[[str, object], None]
) -> Struck:
    """A signal at each operation of a wire, or at some; `--operation N` picks one."""
    only = request.config.getoption("--operation")

    def strike(wire: str, which: signal.Signals, most: int) -> None:
        bench: Bench = request.getfixturevalue(wire)
        picked, total = numbers(bench, which, most)
        settle(
            bench,
            which.name,
            which.name,
            [only] if only else picked,
            total,
            lambda number: case(bench, number, which, ground.site),
            record_property,
        )

    return strike

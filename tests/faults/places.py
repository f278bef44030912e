"""Destinations as a visitor sees them, and how to restore them."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tests.servers.rgw import S3Service

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import ObjectCannedACLType

STAGED = ".syncer-"
OWNER = ".syncer-owner"
"""The owner mark; no visitor gets it."""


class Place(Protocol):
    settings: dict[str, Any]
    """As the config says it."""
    url: str
    """Of its root."""

    def public(self) -> dict[str, bytes]:
        """The public files."""

    def litter(self) -> list[str]:
        """The staged files."""

    def mark(self) -> dict[str, bytes]:
        """The owner mark, if there is one."""

    def restore(self, held: dict[str, bytes]) -> None:
        """Replace all files by these."""


@dataclass
class Folder:
    """A folder of this machine as a destination, by the kind in `settings`."""

    root: Path
    url: str
    settings: dict[str, Any]

    def public(self) -> dict[str, bytes]:
        return {name: (self.root / name).read_bytes() for name in self._names() if not _staged(name)}

    def litter(self) -> list[str]:
        return [name for name in self._names() if _staged(name) and name != OWNER]

    def mark(self) -> dict[str, bytes]:
        file = self.root / OWNER
        return {OWNER: file.read_bytes()} if file.exists() else {}

    def _names(self) -> list[str]:
        return [str(path.relative_to(self.root)) for path in sorted(self.root.rglob("*")) if path.is_file()]

    def restore(self, held: dict[str, bytes]) -> None:
        self.root.mkdir(exist_ok=True)
        self.root.chmod(0o755)
        empty(self.root)
        for name, content in held.items():
            path = self.root / name
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_bytes(content)


@dataclass
class Bucket:
    client: S3Client
    name: str
    url: str
    settings: dict[str, Any]

    def public(self) -> dict[str, bytes]:
        listed = self.client.list_objects_v2(Bucket=self.name).get("Contents", ())
        return {
            found["Key"]: self.client.get_object(Bucket=self.name, Key=found["Key"])["Body"].read()
            for found in listed
            if found["Key"] != OWNER
        }

    def mark(self) -> dict[str, bytes]:
        try:
            return {OWNER: self.client.get_object(Bucket=self.name, Key=OWNER)["Body"].read()}
        except self.client.exceptions.NoSuchKey:
            return {}

    def litter(self) -> list[str]:
        uploads = self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", ())
        return [upload["Key"] for upload in uploads]

    def restore(self, held: dict[str, bytes]) -> None:
        for upload in self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", ()):
            self.client.abort_multipart_upload(
                Bucket=self.name, Key=upload["Key"], UploadId=upload["UploadId"]
            )
        for found in self.client.list_objects_v2(Bucket=self.name).get("Contents", ()):
            if found["Key"] not in held:
                self.client.delete_object(Bucket=self.name, Key=found["Key"])
        for name, content in held.items():
            self.client.put_object(
                Bucket=self.name, Key=name, Body=content, ContentType="image/jpeg", ACL="public-read"
            )


@dataclass
class Objects:
    """A bucket as a source."""

    service: S3Service
    bucket: str
    settings: dict[str, Any]
    acl: ObjectCannedACLType = "private"

    def hold(self, media: dict[str, bytes]) -> None:
        with closing(self.service.client()) as client:
            for found in client.list_objects_v2(Bucket=self.bucket).get("Contents", ()):
                if found["Key"] not in media:
                    client.delete_object(Bucket=self.bucket, Key=found["Key"])
            for name, content in media.items():
                client.put_object(
                    Bucket=self.bucket, Key=name, Body=content, ContentType="image/jpeg", ACL=self.acl
                )


def empty(folder: Path) -> None:
    """Empty the folder, but keep it, as a disk may be mounted on it."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _staged(name: str) -> bool:
    return any(part.startswith(STAGED) for part in name.split("/"))

"""Verifies an upload to a bucket: by the MD5 that is sent with it, and by the ETag in the answer.

With `checksums: when_supported`, the SDK sends a checksum of its own, and the server compares that one.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from syncer.connect.circuit import READING
from syncer.connect.s3 import client as aws
from syncer.destinations.s3.answers import no_s3
from syncer.errors import DestinationError
from syncer.model import Content

CHUNK = 1024 * 1024
"""Bytes of an object that are read at once."""


@dataclass(slots=True)
class Tags:
    """Whether the ETags of a bucket turned out not to be MD5s."""

    are_none: bool = False


class Sums:
    """The sums of one upload."""

    def __init__(self, api: aws.Api, where: Mapping[str, Any], tags: Tags) -> None:
        self._api = api
        self._where = where
        self._what = f"storing {aws.uri(*where.values())}"
        self._tags = tags
        self._md5 = b""
        """The MD5 of the last bytes sent."""
        self._agreed = 0
        self._differed = 0

    def header(self, body: bytes) -> dict[str, Any]:
        """The parameters that let the server compare the bytes before it stores them."""
        self._md5 = hashlib.md5(body, usedforsecurity=False).digest()
        if self._api.sums_itself(self._what):
            return {}
        return {"ContentMD5": base64.b64encode(self._md5).decode()}

    def note_part(self, answer: Mapping[str, Any]) -> None:
        """Count whether the ETag of a part is its MD5."""
        agrees = self._agrees(answer)
        self._agreed += agrees is True
        self._differed += agrees is False

    def check_parts(self) -> None:
        """Check all parts before they are joined. Raises `DestinationError` if the ETags of only some are
        their MD5s. If none are, the server has other ETags, for example as it encrypts.
        """
        if self._agreed and self._differed:
            raise self._corrupt(f"{self._differed} of its parts have another MD5 there")

    def prove(self, answer: Mapping[str, Any], content: Content) -> bool:
        """After a single PUT: whether the answer proves the upload, or has no ETag. If the ETag is another
        MD5, the object is read back once. Raises `DestinationError` if it has other bytes.
        """
        agrees = self._agrees(answer)
        if agrees is not False:
            return agrees or _encrypts(answer) or not answer.get("ETag")
        if self._tags.are_none:
            return False
        stored = self._sha256()
        if stored != content.sha256:
            raise self._corrupt(f"the stored object has the sha256 {stored}")
        self._tags.are_none = True
        return True

    def _agrees(self, answer: Mapping[str, Any]) -> bool | None:
        """Whether the ETag is the MD5 of the sent bytes; `None` if it is no MD5."""
        found = re.fullmatch('"?([0-9a-fA-F]{32})"?', answer.get("ETag", ""))
        if _encrypts(answer) or not found:
            return None
        return bytes.fromhex(found[1]) == self._md5

    def _sha256(self) -> str:
        """The hash of the stored object."""
        sha256 = hashlib.sha256()
        try:
            with (
                self._api.asking(f"reading {aws.uri(*self._where.values())}", READING) as client,
                closing(client.get_object(**self._where)["Body"]) as body,
            ):
                while chunk := body.read(CHUNK):
                    sha256.update(chunk)
        except DestinationError as error:
            if error.code == "destination.missing":
                raise no_s3(self._what, "the object is not there") from error
            raise
        return sha256.hexdigest()

    def _corrupt(self, why: str) -> DestinationError:
        return DestinationError(
            f"{self._what}: the stored bytes differ from those sent ({why})",
            code="destination.corrupt",
            hint="if it happens again, use https, and check the network",
            transient=True,
        )


def _encrypts(answer: Mapping[str, Any]) -> bool:
    """Whether the answer says that its ETag is no MD5."""
    return answer.get("ServerSideEncryption", "AES256") != "AES256" or "SSECustomerAlgorithm" in answer

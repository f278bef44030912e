"""That a bucket stored what was sent: by the MD5 that goes there with it, and by the ETag that comes back.

Where the SDK sends a checksum of its own, with `checksums: when_supported`, the server compares that one.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from syncer.connect import aws
from syncer.errors import DestinationError
from syncer.model import Content

CHUNK = 1024 * 1024
"""Bytes of an object read at a time."""


@dataclass(slots=True)
class Tags:
    """What is known of a bucket's ETags: whether some proved not to be the MD5s of what was sent."""

    are_none: bool = False


class Sums:
    """Of one object on its way."""

    def __init__(self, api: aws.Api, where: Mapping[str, Any], tags: Tags) -> None:
        self._api = api
        self._where = where
        self._tags = tags
        self._agreed = 0
        self._differed = 0

    def header(self, body: bytes) -> dict[str, Any]:
        """What goes with the bytes, for the server to compare before it stores them."""
        if self._api.sums_itself(f"storing {aws.uri(*self._where.values())}"):
            return {}
        return {"ContentMD5": base64.b64encode(_md5(body)).decode()}

    def note_part(self, header: Mapping[str, str], answer: Mapping[str, Any]) -> None:
        """What the server says of a part."""
        agrees = _agrees(header, answer)
        self._agreed += agrees is True
        self._differed += agrees is False

    def check_parts(self) -> None:
        """Before they become an object. Raises `DestinationError` where the ETags of some are their MD5s, and
        those of others are not. Where none are, the server has other ETags: it encrypts, say.
        """
        if self._agreed and self._differed:
            raise self._corrupt(f"{self._differed} of its parts have another MD5 there")

    def check_whole(self, header: Mapping[str, str], answer: Mapping[str, Any], content: Content) -> None:
        """After a single PUT. Where the ETag is another MD5, what is stored is read back and compared."""
        if self._tags.are_none or _agrees(header, answer) is not False:
            return
        stored = self._sha256()
        if stored == content.sha256:
            self._tags.are_none = True
        elif stored is not None:
            raise self._corrupt(f"what is stored there has the sha256 {stored}")

    def _sha256(self) -> str | None:
        """Of what is stored; `None` where we may not read it."""
        sha256 = hashlib.sha256()
        try:
            with (
                self._api.asking(f"reading {aws.uri(*self._where.values())}", "reading from") as client,
                closing(client.get_object(**self._where)["Body"]) as body,
            ):
                while chunk := body.read(CHUNK):
                    sha256.update(chunk)
        except DestinationError as error:
            if error.transient:
                raise
            return None
        return sha256.hexdigest()

    def _corrupt(self, why: str) -> DestinationError:
        return DestinationError(
            f"storing {aws.uri(*self._where.values())}: other bytes arrived than were sent ({why})",
            code="destination.corrupt",
            hint="nothing, unless it goes on; then use https, and look at the network",
            transient=True,
        )


def _agrees(header: Mapping[str, str], answer: Mapping[str, Any]) -> bool | None:
    """Whether the ETag is the MD5 that was sent; `None` where there is none that could be."""
    encrypted = answer.get("ServerSideEncryption", "AES256") != "AES256" or "SSECustomerAlgorithm" in answer
    found = re.fullmatch('"?([0-9a-fA-F]{32})"?', answer.get("ETag", ""))
    if encrypted or not found or "ContentMD5" not in header:
        return None
    return bytes.fromhex(found[1]) == base64.b64decode(header["ContentMD5"])


def _md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()

"""Checks answers of an S3 API: a proxy or a login page may answer 200 and store nothing.

So an object counts as stored only if the answer has its ETag, or a HEAD shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncer.connect.circuit import WRITING
from syncer.connect.s3 import client as aws
from syncer.errors import DestinationError

WORK_RATE = 10 * 1000**2
"""Bytes a second that a slow endpoint joins or copies, while it sends nothing."""


def etag(answer: Mapping[str, Any]) -> str | None:
    return answer.get("ETag", "").strip('"') or None


def said(answer: Mapping[str, Any], name: str, what: str) -> str:
    """A required value of an answer. Raises `DestinationError` if it is missing, as in a login page."""
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise no_s3(what, f"it lacks {name}")
    return value


def seen(api: aws.Api, target: Mapping[str, Any], size: int, what: str) -> str | None:
    """The ETag of an object, if it has one. Some services leave it out of the answer to an upload.

    Raises `DestinationError` unless the object exists with this size and media type.
    """
    missing = "it lacks the ETag, and the object is not there as it was sent"
    try:
        with api.asking(what, WRITING) as client:
            found: Mapping[str, Any] = client.head_object(Bucket=target["Bucket"], Key=target["Key"])
    except DestinationError as error:
        if error.code != "destination.missing":
            raise
        raise no_s3(what, missing) from error
    kind = found.get("ContentType", "").partition(";")[0].strip().lower()
    if found.get("ContentLength") != size or kind != target["ContentType"].lower():
        raise no_s3(what, missing)
    return etag(found)


def no_s3(what: str, why: str) -> DestinationError:
    return DestinationError(
        f"{what}: the server answered with success, but not as an S3 API does: {why}",
        code="destination.answer",
        hint="check endpoint, and whether a proxy or a login page answers instead",
        transient=True,
    )

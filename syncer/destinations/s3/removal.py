"""Deletes objects and uploads by an S3 API. S3 answers 204; a login page may answer 200 and delete nothing.

So a 200 or 404 counts only if a listing shows that the object or the upload is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from syncer.connect.s3 import client as aws
from syncer.destinations.s3.answers import no_s3, said
from syncer.errors import DestinationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client


def delete(api: aws.Api, bucket: str, key: str, doing: str) -> None:
    """Delete the object, if it exists. Raises `DestinationError`, transient if it is still there."""
    what = f"{doing} {aws.uri(bucket, key)}"
    if _says_done(api, what, lambda client: client.delete_object(Bucket=bucket, Key=key)):
        return
    with api.asking(what) as client:
        found = client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
        said(found, "Name", what)
    if any(each["Key"] == key for each in found.get("Contents", ())):
        raise no_s3(what, "the object is still there")


def abort(api: aws.Api, bucket: str, key: str, upload: str) -> None:
    """Abort the unfinished upload, if it exists. Raises `DestinationError` as `delete` does."""
    what = f"discarding {aws.uri(bucket, key)}"

    def ask(client: S3Client) -> Mapping[str, Any]:
        return client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)

    if _says_done(api, what, ask):
        return
    with api.asking(what) as client:
        found = client.list_multipart_uploads(Bucket=bucket, Prefix=key)
        said(found, "Bucket", what)
    if any(each["UploadId"] == upload for each in found.get("Uploads", ())):
        raise no_s3(what, "the upload is still there")


def _says_done(api: aws.Api, what: str, ask: Callable[[S3Client], Mapping[str, Any]]) -> bool:
    try:
        with api.asking(what) as client:
            status: int = ask(client)["ResponseMetadata"]["HTTPStatusCode"]
    except DestinationError as error:
        if error.code != "destination.missing":
            raise
        return False
    return status == HTTPStatus.NO_CONTENT

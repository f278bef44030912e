"""The settings of an S3 API: the bucket, the endpoint and the credentials."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from syncer.connect.s3 import buckets, endpoints, prefixes
from syncer.settings.fields import FilePath, SecretRef, Settings
from syncer.settings.masked import is_key
from syncer.settings.pasted import pasted

Checksums = Literal["when_required", "when_supported"]


class S3Bucket(Settings):
    """One bucket, or a folder in it."""

    bucket: str = Field(description="The bucket's name.")
    prefix: str = Field(default="", description="The folder in the bucket; without it, the whole bucket.")

    @field_validator("bucket")
    @classmethod
    def _is_a_bucket(cls, value: str) -> str:
        if not value:
            raise ValueError("must not be empty")
        if flaw := pasted(value):
            raise ValueError(flaw)
        if flaw := buckets.bucket_flaw(value):
            raise ValueError(flaw)
        if is_key(value):
            raise ValueError("must be the bucket's name, not a key")
        return value

    @field_validator("prefix")
    @classmethod
    def _is_a_folder(cls, value: str) -> str:
        return prefixes.checked_prefix(value)


class S3Access(Settings):
    """The endpoint of an S3 API, and the credentials."""

    endpoint: str | None = Field(
        default=None,
        description="URL of an S3-compatible service; without it, AWS.",
        examples=["https://s3.example.com"],
    )
    region: str | None = Field(default=None, description="Without it, the region in AWS's own settings.")
    profile: str | None = Field(default=None, description="A profile of the AWS configuration files.")
    access_key: SecretRef | None = Field(
        default=None, description="With secret_key; without both, AWS's default credential chain."
    )
    secret_key: SecretRef | None = Field(default=None, description="Belongs to access_key.")
    anonymous: bool = Field(default=False, description="Send unsigned requests, for a public bucket.")
    addressing: Literal["auto", "path", "virtual"] = Field(
        default="auto", description="How URLs name the bucket: in the path, or (virtual) as a host name."
    )
    checksums: Checksums | None = Field(
        default=None,
        description=(
            "By default when_supported on AWS, when_required on every other endpoint. A source is not"
            " asked for checksums to compare if this is when_required."
        ),
    )
    ca: FilePath | None = Field(
        default=None, description="CA file to verify a private endpoint with, in place of the usual ones."
    )

    @field_validator("region")
    @classmethod
    def _is_a_region(cls, value: str | None) -> str | None:
        if value and (is_key(value) or not re.fullmatch("[A-Za-z0-9_-]{1,63}", value)):
            raise ValueError("must be a region such as eu-central-1")
        return value

    @field_validator("endpoint")
    @classmethod
    def _is_an_endpoint(cls, value: str | None) -> str | None:
        return value and endpoints.checked_endpoint(value)

    @model_validator(mode="after")
    def _names_one_identity(self) -> Self:
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("access_key and secret_key belong together: set both or neither")
        if sum((self.access_key is not None, self.profile is not None, self.anonymous)) > 1:
            raise ValueError("set one of access_key and secret_key, profile, or anonymous")
        return self


class S3Settings(S3Access, S3Bucket):
    """A bucket, its endpoint and the credentials."""

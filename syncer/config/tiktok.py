"""The settings for sending drafts to TikTok."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from syncer.settings.fields import FilePath, SecretRef, Settings
from syncer.urls import weburl


class Tiktok(Settings):
    """Access to TikTok's API."""

    access_token: SecretRef | None = Field(
        default=None, description="A user's access token; only for pushing drafts, so it may be unset."
    )
    endpoint: Annotated[str, AfterValidator(weburl.prefix)] = Field(
        default="https://open.tiktokapis.com/",
        description="Where TikTok's API is; another one only for tests.",
        json_schema_extra={"pattern": "^[Hh][Tt][Tt][Pp][Ss]://[^/?#@]+/([^?#]*/)?$"},
    )
    ca: FilePath | None = Field(
        default=None, description="CA file to trust besides the public ones, for tests."
    )
    connect_to: Annotated[str, AfterValidator(weburl.target)] | None = Field(
        default=None,
        description="host:port to connect to instead of the endpoint's, for tests.",
        examples=["127.0.0.1:8444"],
    )

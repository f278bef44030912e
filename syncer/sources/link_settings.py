"""The settings for links: in a list, or in a document of `syncer migrate`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from syncer.connect.drive.settings import DriveSettings
from syncer.connect.s3.settings import S3Access
from syncer.settings.fields import FilePath, Settings
from syncer.urls import weburl

MIGRATED = "migrated"
"""The source of the assets from `migrate`. No run lists it, so its assets never count as gone."""


def _one_or_several(value: object) -> object:
    return (value,) if isinstance(value, dict | S3Access) else value


def _either(schema: dict[str, Any]) -> None:
    one = schema.pop("items")
    schema["anyOf"] = [one, {"type": schema.pop("type"), "items": one}]


class Refresh(Settings):
    """Keys of stores whose links may have expired."""

    s3: Annotated[tuple[S3Access, ...], BeforeValidator(_one_or_several)] = Field(
        default=(),
        description=(
            "Settings of an S3 API, or a list of them, as of a source of kind s3 without bucket and prefix."
            " A link of this endpoint (AWS by default) that has expired or is refused is read with them."
        ),
        json_schema_extra=_either,
    )
    drive: DriveSettings | None = Field(
        default=None,
        description="Credentials for Google Drive, to read files whose shared links are refused.",
    )


class LinkSettings(Settings):
    """Settings for links, in a list or in a document."""

    refresh: Refresh = Field(
        default=Refresh(), description="Keys of stores, to read objects whose links have expired."
    )
    allow_private: bool = Field(
        default=False, description="Also allow addresses of private networks and of this machine."
    )
    ca: FilePath | None = Field(
        default=None, description="CA file to trust besides the public ones, for private servers."
    )
    connect_to: Annotated[str, AfterValidator(weburl.target)] | None = Field(
        default=None,
        description="host:port to connect to in place of every link's host, for tests.",
        examples=["127.0.0.1:8443"],
    )

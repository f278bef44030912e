"""The settings of the Google Drive API."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from syncer.settings.fields import FilePath, SecretRef, Settings
from syncer.urls import weburl

ENDPOINT = "https://www.googleapis.com/"


def _endpoint(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname or "?" in text or "@" in url.netloc:
        raise ValueError("must be a URL such as https://www.googleapis.com/, without user or query")
    return text.rstrip("/") + "/"


class DriveSettings(Settings):
    """The identity for the Drive API, and its address."""

    credentials: FilePath | None = Field(
        default=None,
        description="JSON file of a service account that the folder is shared with, or of a user"
        " (with a refresh_token).",
        examples=["service-account.json"],
    )
    api_key: SecretRef | None = Field(
        default=None, description="In place of credentials, for files that anyone with the link may see."
    )
    endpoint: Annotated[str, AfterValidator(_endpoint)] = Field(
        default=ENDPOINT, description="Where the Drive API is; another one only for tests."
    )
    ca: FilePath | None = Field(
        default=None, description="CA file to trust besides the public ones, for tests."
    )
    connect_to: Annotated[str, AfterValidator(weburl.target)] | None = Field(
        default=None,
        description="host:port to connect to in place of Google's hosts, for tests.",
        examples=["127.0.0.1:8445"],
    )

    @model_validator(mode="after")
    def _names_one_identity(self) -> Self:
        if (self.credentials is None) == (self.api_key is None):
            raise ValueError(
                "set either credentials (a service account's or user's file) or api_key (for public files)"
            )
        return self

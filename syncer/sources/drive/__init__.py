"""Media in a folder of Google Drive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from syncer.connect.drive.client import Drive
from syncer.connect.drive.files import DriveFile
from syncer.connect.drive.settings import DriveSettings
from syncer.connect.exact import source_changed
from syncer.connect.pace import SharedPace
from syncer.errors import SourceError
from syncer.model import Asset, Finding
from syncer.protocols import Opened, Pace
from syncer.sources.drive.folder import folder_id
from syncer.sources.drive.tree import DriveTree, Remarks
from syncer.sources.listing import Listing

GONE = ("source.missing", "source.changed")
"""The errors of a read if the listed version is gone."""


def _is_a_folder(text: str) -> str:
    folder_id(text)
    return text


class DriveSource:
    """All files below one folder, or in a shared drive. The version of a file is the MD5 of its bytes."""

    class Config(Listing, DriveSettings):
        kind: Literal["drive"]
        folder: Annotated[str, AfterValidator(_is_a_folder)] = Field(
            description="The folder or shared drive: its link, or the id at the end of that.",
            examples=["https://drive.google.com/drive/folders/1AbCdEfGhIjKlMnOpQrStUvWxYz012345"],
        )
        recursive: bool = Field(default=True, description="Whether folders in it are listed too.")

    def __init__(self, name: str, config: Config, pace: Pace | None = None) -> None:
        self._name = name
        self._config = config
        self._drive = Drive(config, pace or SharedPace())
        self._remarks: tuple[Finding, ...] = ()

    def assets(self) -> Iterator[Asset]:
        """One folder after another, each sorted by name, then the targets of shortcuts."""
        remarks = Remarks()
        tree = DriveTree(self._drive, remarks, recursive=self._config.recursive)
        for key, found in tree.files(self._root()):
            yield self._asset(key, found)
        self._remarks = remarks.findings()

    def _root(self) -> DriveFile:
        id_, resource_key = folder_id(self._config.folder)
        try:
            root = self._drive.metadata(id_, resource_key)
        except SourceError as error:
            if error.code == "source.missing":
                error.hint = self._share()
            raise
        if not root.is_folder or root.trashed:
            what = "is in the trash" if root.trashed else "is not a folder"
            raise SourceError(
                f"{root.shown} in Google Drive {what}", code="source.missing", hint="check `folder`"
            )
        return replace(root, resource_key=resource_key or root.resource_key)

    def _share(self) -> str:
        email = self._drive.email
        if email:
            return f"share the folder with {email} as a viewer: in Drive, Share, then add that address"
        if self._config.api_key:
            return (
                "an API key reads only what anyone with the link may see: in Drive, Share, General access; "
                "use the whole link, with its resourcekey"
            )
        return "check `folder`; share it with the Google account that gave access"

    def _asset(self, key: str, found: DriveFile) -> Asset:
        return Asset(
            source=self._name,
            key=key,
            locator=f"{found.id}/{found.resource_key}" if found.resource_key else found.id,
            size=found.size,
            version=found.version,
            modified=found.modified,
            media_type=found.media_type,
            digest=found.digest,
            flaw=None if found.opens else "its owner does not allow viewers to download it",
        )

    def look(self, asset: Asset) -> Asset:
        """Listed assets have a version already; one from a link has none yet."""
        if asset.version is not None:
            return asset
        id_, _, resource_key = asset.locator.partition("/")
        found = self._drive.metadata(id_, resource_key or None)
        if found.trashed or not found.has_bytes:
            what = "is in the trash" if found.trashed else "has no bytes, as it is a Google Doc or the like"
            told = f"{found.shown} in Google Drive {what}"
            raise SourceError(told, code="source.document", hint="restore or export it")
        return replace(self._asset(asset.key, found), locator=asset.locator, nameless=asset.nameless)

    def remarks(self) -> tuple[Finding, ...]:
        return self._remarks

    @contextmanager
    def open(self, asset: Asset, start: int = 0) -> Iterator[Opened]:
        """One download, after a check that the file has still the listed version: the API has no If-Match.

        A change between the two shows in the length or the digest.
        """
        what = f"reading {asset.key!r} in Google Drive"
        id_, _, resource_key = asset.locator.partition("/")
        with ExitStack() as handles:
            try:
                found = self._drive.metadata(id_, resource_key or None)
                if found.trashed or (found.version, found.size) != (asset.version, asset.size):
                    raise source_changed(what)
                found = replace(found, resource_key=resource_key or None)
                reader = handles.enter_context(self._drive.open(found, start))
            except SourceError as error:
                if error.code in GONE:
                    raise source_changed(what) from error
                raise
            yield reader

    def place(self, asset: Asset) -> str | None:  # noqa: ARG002 - it lies in no S3, whichever it is
        return None

    def close(self) -> None:
        self._drive.close()


Config = DriveSource.Config

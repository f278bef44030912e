"""The public path of an asset, and the error if another asset already has that path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from unicodedata import normalize

from syncer.errors import SyncerError
from syncer.model import Asset, Entry, Failed
from syncer.probe.media_types import extension
from syncer.protocols import Addresses
from syncer.sources.patterns import exactly
from syncer.urls import safe_names
from syncer.urls.links import shown_url

Name = tuple[str, str]
"""Source and key."""


def public_path(
    addresses: Addresses, asset: Asset, entry: Entry | None
) -> tuple[Asset, str | None, Failed | None]:
    """The asset, with its file ending if that is known by now; its path; and why it can't be published."""
    if asset.flaw:
        return asset, None, Failed("source.name", asset.flaw, _rename_hint(asset))
    same = entry if entry and entry.version == asset.version else None
    sha256 = same.sha256 if same else None
    try:
        path = addresses.path(asset, sha256)
        if path is None and asset.ending is None and (ending := _ending(addresses, asset, entry, same)):
            asset = replace(asset, ending=ending)
            path = addresses.path(asset, sha256)
        if entry and entry.path and path != entry.path:
            for before in _as_before(asset, entry.path):
                if addresses.path(before, entry.sha256) == entry.path:
                    asset, path = before, addresses.path(before, sha256)
                    break
    except SyncerError as error:
        return asset, None, Failed(error.code, error.message, error.hint)
    return asset, path, None


def _ending(addresses: Addresses, asset: Asset, entry: Entry | None, same: Entry | None) -> str:
    """The ending of its public path; empty if that is unknown. A published name stays, even if the new
    bytes have another type.
    """
    if entry and entry.path and addresses.needs_head(asset) and safe_names.is_media(entry.path):
        return "." + entry.path.rpartition(".")[2]
    return extension(same.media_type or "") if same else ""


def _as_before(asset: Asset, path: str) -> Iterator[Asset]:
    """Variants that may have produced this path: with the ending of the bytes, or by an older syncer."""
    ended = replace(asset, ending="." + path.rpartition(".")[2]) if safe_names.is_media(path) else asset
    yield replace(asset, plain_slug=True)
    yield ended
    yield replace(ended, plain_slug=True)


def is_misspelt(asset: Asset) -> bool:
    """Whether the file has another name than its key and its URL, so that another file may have that name."""
    return not asset.locator.endswith(asset.key)


def _rename_hint(asset: Asset) -> str:
    if not asset.locator:  # a row of a list: the number of its line changes with each row that is added
        return "correct that row of the list, or remove it"
    if asset.in_place and is_misspelt(asset) and normalize("NFC", asset.locator).endswith(asset.key):
        # A glob would also exclude the file with the right name.
        return "rename it there: to the same name in form C (`convmv --nfc` does so), or to another one"
    return f"replace or rename it there, or write exclude: [{exactly(asset.key)}]"


def twins(other: Asset, asset: Asset, path: str | None) -> Failed:
    """Two assets have one name or one public path: the error names both."""
    if (other.source, other.key) != (asset.source, asset.key):
        return collision((other.source, other.key), (asset.source, asset.key), path)
    spelt = " and ".join(map(ascii, dict.fromkeys(_spelling(each) for each in (other, asset))))
    message = f"{spelt} in {asset.source} are the same name, written in two ways"
    return Failed("plan.name", message, "rename one of them")


def _spelling(asset: Asset) -> str:
    """The locator, without the signature of a signed URL."""
    return shown_url(asset.locator) if "://" in asset.locator else asset.locator


def collision(owner: Name, other: Name, path: str | None, *, stays: bool = False) -> Failed:
    """`stays`: the owner was to leave the path, and did not."""
    if stays:
        message = f"{':'.join(other)} can't have its path '{path}' yet: it is still that of {':'.join(owner)}"
        hint = f"see why {':'.join(owner)} did not get its new path; if each waits for the other's path,"
        return Failed("plan.collision", message, f"{hint} give one source another `path` for one run")
    return Failed(
        "plan.collision",
        f"{':'.join(owner)} and {':'.join(other)} would have one public path, '{path}'",
        "rename one of them, or put {key} and {sha256:12} into the source's `path`"
        if owner[0] == other[0]
        else "give their sources different `path` templates, such as {source}/{key}",
    )

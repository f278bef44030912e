"""Looks for a missing signature file at the places where people put it by mistake."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import quote, unquote

from syncer.connect.web.client import Answer, ask, http_client
from syncer.errors import OriginError, OwnershipError
from syncer.origin.ownership import shapes
from syncer.origin.ownership.file import SignatureFile
from syncer.origin.ownership.property import signature_url
from syncer.protocols import Pace

_ABSENT = ("ownership.missing", "ownership.html")


def explained_absence(
    proof: SignatureFile, error: OwnershipError, pace: Pace, *, placed: bool = False
) -> OwnershipError:
    """The same error. If the signature is absent but served elsewhere, the hint says where.

    `placed`: syncer has just placed it at the destination.
    """
    if error.code in _ABSENT and (found := _found(proof, pace, placed=placed)):
        error.hint = found
    return error


def _found(proof: SignatureFile, pace: Pace, *, placed: bool) -> str | None:
    digest = hashlib.sha256(proof.content).hexdigest()
    with http_client(proof.web, pace) as http:
        try:
            for url in _misplaced(proof):
                answer = ask(http, url, limit=shapes.MAX_SIZE + 1)
                if _served(answer) and digest in (answer.sha256, _stripped(answer)):
                    return f"it is served at {url}, where TikTok does not look: {_remedy(proof, url, placed)}"
            page = ask(http, signature_url(proof.prefix, ""))
        except OriginError:
            return None
    if _served(page) and shapes.has_meta_tag(page.start):
        return (
            "the page there has a meta tag for TikTok, but TikTok reads no meta tags: serve the file"
            f" {proof.name} at {proof.url}"
        )
    return None


def _remedy(proof: SignatureFile, url: str, placed: bool) -> str:  # noqa: FBT001 - as above
    """The hint says copy, not move: the file at `url` may prove another property."""
    prefix, above = signature_url(proof.prefix, ""), url.rpartition("/")[0] + "/"
    if not placed:
        return f"run syncer bootstrap, or copy the file to {proof.url}"
    below = prefix.removeprefix(above).strip("/")
    if prefix.startswith(above) and below:
        folder = unquote(below)
        return (
            f"the destination is the folder that {above} serves; if the folder of {prefix} is below it, use"
            f" that one (--destination …/{folder}, or destination.root); if not, copy the file to {proof.url}"
        )
    return f"copy the file to {proof.url}, or use the folder that {prefix} serves as destination"


def _misplaced(proof: SignatureFile) -> Iterator[str]:
    root, name = signature_url(proof.prefix, ""), quote(proof.name, safe="")
    host = "/".join(root.split("/")[:3]) + "/"
    places = [f"{root}{shapes.WELL_KNOWN}/{name}", f"{host}{shapes.WELL_KNOWN}/{name}", f"{host}{name}"]
    places += [root + other for other in (f"{shapes.RECORD_PREFIX.rstrip('=')}.txt", name.lower())]
    yield from (url for url in dict.fromkeys(places) if url != proof.url)


def _served(answer: Answer) -> bool:
    return answer.status == HTTPStatus.OK


def _stripped(answer: Answer) -> str:
    return hashlib.sha256(answer.start.removeprefix(shapes.BOM).strip()).hexdigest()

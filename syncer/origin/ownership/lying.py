"""A file that is already at the path of a signature file: a small text is replaced, any other file stays."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http import HTTPStatus

from syncer.connect.web.client import Answer
from syncer.errors import OriginError, OwnershipError
from syncer.model import Stored
from syncer.origin.ownership.file import MAX_SIZE, SignatureFile
from syncer.settings.spelling import counted


def replaced(
    signature: SignatureFile, stored: Stored | None, placed: str | None, served: Callable[[], Answer]
) -> str | None:
    """A message about the file that is about to be replaced; `None` if there is none, or it is the same.

    `placed` is the sha256 of the file that syncer placed there. Raises `OwnershipError` (`ownership.taken`)
    if the file is not a small text.
    """
    right = hashlib.sha256(signature.content).hexdigest()
    if stored is None or (stored.size == len(signature.content) and placed == right):
        return None
    if stored.size > MAX_SIZE:
        raise _refusal(signature, stored, f"longer than the {MAX_SIZE} bytes that a signature file may have")
    answer = _answer(stored, served)
    if answer and answer.sha256 == right:
        return None
    if answer and not _is_text(answer.start):
        raise _refusal(signature, stored, "no text")
    content = "with other content" if answer or stored.size != len(signature.content) else "of the same size"
    unseen = "" if answer else f"; its content could not be read at {signature.url}"
    return (
        f"{signature.name}: a file of {counted(stored.size, 'byte')} {content} was there and was"
        f" replaced{unseen}"
    )


def _answer(stored: Stored, served: Callable[[], Answer]) -> Answer | None:
    """The answer of the URL, if it is surely the file at the destination."""
    try:
        answer = served()
    except OriginError:
        return None
    is_it = answer.status == HTTPStatus.OK and not answer.redirects and answer.size == stored.size
    return answer if is_it else None


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def _refusal(signature: SignatureFile, stored: Stored, why: str) -> OwnershipError:
    return OwnershipError(
        f"{signature.path} at the destination is a file of {counted(stored.size, 'byte')}, which is {why}: it"
        " was not replaced",
        code="ownership.taken",
        hint="if it is yours, rename it or move it away, and run `syncer bootstrap` again",
    )

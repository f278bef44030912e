"""What a public URL tells of a file that only the manifest knows: how it begins, and its media facts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from syncer.errors import OriginError
from syncer.model import HEAD_SIZE, Content
from syncer.probe import Prober
from syncer.protocols import Reader, View

_OTHER = ("origin.range", "origin.changed")
"""Answers that are not the file: the look that follows says what is wrong with them."""


def learned(view: View, prober: Prober, url: str, content: Content) -> Content:
    """The content with both. They hold only if all bytes turn out to have its sha256. Raises `OriginError`
    where the URL can't be asked.
    """

    @contextmanager
    def reopen(start: int) -> Iterator[Reader]:
        with view.open(url, start, content.size) as reader:
            yield reader

    head = bytearray()
    try:
        with reopen(0) as reader:
            while len(head) < HEAD_SIZE and (chunk := reader.read(HEAD_SIZE - len(head))):
                head += chunk
        facts = prober.probe(bytes(head), content.size, content.media_type, reopen)
    except OriginError as error:
        if error.code not in _OTHER:
            raise
        return content
    return replace(content, head_sha256=hashlib.sha256(head).hexdigest(), facts=facts)

"""The first bytes and the media facts of a file, from its public URL."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from syncer.errors import OriginError
from syncer.model import Content, Facts
from syncer.probe.prober import Prober
from syncer.probe.window import Reopen
from syncer.protocols import View
from syncer.sync.stream import read_head

_OTHER = ("origin.range", "origin.changed")
"""Codes of an answer that is not the file: the next look reports what is wrong."""


def learned(view: View, prober: Prober, url: str, content: Content) -> Content:
    """The content of a file that only the manifest knows, with its first bytes' hash and its media facts.
    Both are valid only if all bytes prove to have its sha256. Raises `OriginError` if the URL can't be read.
    """
    try:
        head, facts = head_and_facts(lambda start: view.open(url, start, content.size), prober, content)
    except OriginError as error:
        if error.code not in _OTHER:
            raise
        return content
    return replace(content, head_sha256=hashlib.sha256(head).hexdigest(), facts=facts)


def head_and_facts(reopen: Reopen, prober: Prober, content: Content) -> tuple[bytes, Facts]:
    with reopen(0) as reader:
        head = read_head(reader)
    return head, prober.probe(head, content.size, content.media_type, reopen)

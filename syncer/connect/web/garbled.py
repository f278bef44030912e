"""Answers that break the rules of HTTP/1.1, in our words: the library has short notes for its developers."""

from __future__ import annotations

import re
from typing import NamedTuple

from syncer.settings.masked import marked


class Garbled(NamedTuple):
    what: str
    hint: str
    broke_off: bool = False
    """Whether the connection was closed, and the answer itself was right so far."""


LONGEST = 60
"""Characters that are shown of a line that is not HTTP."""
_LOG = "look at the web server's error log"
_LISTENS = "check the URL, and that a web server listens there"
_PROXY = "look at the web server, and at a proxy in front of it: both must speak HTTP/1.1"
_ONE_LENGTH = "let the web server, or the program behind it, send one Content-Length with the number of bytes"

_KNOWN = (
    ("disconnected", Garbled("the server closed the connection without an answer", _LOG, broke_off=True)),
    ("receive buffer too long", Garbled("its headers are longer than 100 KiB", "shorten the headers")),
    (
        "illegal request line",
        Garbled(
            "it sends bytes that are not HTTP/1.1; a server that speaks only HTTP/2 does that",
            "let the web server speak HTTP/1.1 too, or check that a web server listens there",
        ),
    ),
    ("illegal header line", Garbled("one of its headers has no name or an invalid one", _PROXY)),
    ("illegal chunk header", Garbled("the length of a chunk of its body is invalid", _PROXY)),
    ("chunk footer", Garbled("the end of a chunk of its body is invalid", _PROXY)),
    ("conflicting content-length", Garbled("it has several lengths (Content-Length)", _ONE_LENGTH)),
    ("bad content-length", Garbled("its Content-Length is no number", _ONE_LENGTH)),
    ("transfer-encoding", Garbled("its Transfer-Encoding is another than chunked", _PROXY)),
    (
        "_switch_",
        Garbled("it answers 101 (another protocol), which the request did not ask for", _PROXY),
    ),
    ("status_code", Garbled("its status is no status of HTTP (200 to 999)", _PROXY)),
)
"""Words in the note of the library, in lower case, and what they mean."""


def garbled(note: str) -> Garbled:
    if found := re.search(r"received (\d+) bytes, expected (\d+)", note):
        what = f"the server closed the connection after {found[1]} of {found[2]} bytes"
        return Garbled(what, _LOG, broke_off=True)
    if "peer closed" in note:
        return Garbled("the server closed the connection in the middle of the body", _LOG, broke_off=True)
    if found := re.search(r"illegal status line: bytearray\(b(['\"])(.*)\1\)", note):
        return _status_line(found[2])
    lower = note.lower()
    known = next((meaning for words, meaning in _KNOWN if words in lower), None)
    return known or Garbled(f"its answer breaks a rule of HTTP/1.1 ({note})", _LISTENS)


def _status_line(shown: str) -> Garbled:
    line = marked(shown[:LONGEST] + ("…" if len(shown) > LONGEST else ""))
    hint = _PROXY if shown.startswith("HTTP/") else _LISTENS
    return Garbled(f"its answer begins with '{line}', and should begin as 'HTTP/1.1 200' does", hint)

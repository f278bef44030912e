"""Recognises a file that is no private SSH key, and the command that converts it. Pure."""

from __future__ import annotations

import re
import shlex

START = 8192
"""Bytes of the file that are read; a private key is shorter."""
MARK = b"\xef\xbb\xbf"
"""A byte order mark in UTF-8."""

_SSH2 = rb"---- BEGIN SSH2 PUBLIC KEY|-----BEGIN (?:RSA )?PUBLIC KEY"
_PRIVATE = rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----"

_SHAPES: tuple[tuple[bytes, str, str], ...] = (
    (
        rb"\s*PuTTY-User-Key-File",
        "is in PuTTY's format",
        "puttygen {old} -O private-openssh-new -o {new}",
    ),
    (
        rb"(?!\s*-----BEGIN)[^\x00]*\n\s*" + _PRIVATE,
        "has other lines before the private key",
        "sed -n '/-----BEGIN/,$p' {old} > {new}",
    ),
    (
        rb"\s*(?:(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+ AAAA|" + _SSH2 + rb")",
        "is a public key",
        "name the private key that belongs to it, which usually has the same name without .pub",
    ),
    (rb"\s*$", "is empty", "copy the private key there again"),
    (_PRIVATE + rb"[^\n]*\\n", "has \\n where its line breaks belong", "sed 's/\\\\n/\\n/g' {old} > {new}"),
    (_PRIVATE + rb"[^\r\n]+-----END", "has its lines in one", "copy the file again, with its line breaks"),
    (_PRIVATE + rb"(?!.*-----END)", "is cut off before its last line", "copy the whole file there again"),
    (rb"\s*[\"'`]\s*" + _PRIVATE, "has quotes around it", "sed 's/[\"'\\''`]//g' {old} > {new}"),
    (
        rb"\s*(?!\s|-----BEGIN)(?:-|\xe2\x80[\x90-\x95]){1,5}\s*BEGIN [A-Z0-9 ]*PRIVATE KEY",
        "has other dashes in its first line than the five hyphens of -----BEGIN",
        "copy the file itself again: a text program has changed it",
    ),
    (
        rb"\s*(?:b3BlbnNzaC1rZXktdjE|MII|MC4CAQ|MHcCAQ)[A-Za-z0-9+/=\s]+(?:-----END.*)?$",
        "lacks its first line, such as -----BEGIN OPENSSH PRIVATE KEY-----",
        "copy the whole file there again, with its first and its last line",
    ),
    (rb"\s*-----BEGIN CERTIFICATE", "is a certificate", "name the private key, which is another file"),
    (
        rb"[ \t\n]+-----BEGIN",
        "has spaces or empty lines before its first line",
        "sed 's/^[ \\t]*//; /^$/d' {old} > {new}",
    ),
)
"""A pattern of the file's start, what is wrong, and the hint."""


def shape(file: str, head: bytes) -> tuple[str, str] | None:
    """What is wrong with the file, and the hint; `None` if it is not recognised."""
    if head.startswith(MARK) and re.match(_PRIVATE, head.removeprefix(MARK)):
        return "begins with a byte order mark, as Windows writes it", _done(
            "sed '1s/^\\xef\\xbb\\xbf//' {old} > {new}", file
        )
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "is UTF-16 text, as Windows writes it", _done("iconv -f UTF-16 -t UTF-8 {old} > {new}", file)
    for look, what, do in _SHAPES:
        if re.match(look, head.removeprefix(MARK), re.DOTALL):
            return what, _done(do, file)
    return None


def _done(do: str, file: str) -> str:
    new = f"{file.removesuffix('.ppk').removesuffix('.pub')}-openssh"
    made = do.replace("{old}", shlex.quote(file)).replace("{new}", shlex.quote(new))
    if made == do:
        return do
    tool = " (puttygen is in the package putty-tools)" if made.startswith("puttygen") else ""
    return f"run `(umask 077; {made})` and set key: {new}{tool}"

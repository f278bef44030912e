"""The signature file: it proves a URL prefix by lying directly under it, with the portal's exact bytes."""

from __future__ import annotations

import hashlib
import os
import pwd
import shlex
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from syncer.connect.pace import SharedPace
from syncer.connect.web.client import Answer, WebSettings, ask, http_client
from syncer.connect.web.errors import INCOMPLETE
from syncer.errors import DestinationError, OriginError, OwnershipError
from syncer.model import Content, Proof
from syncer.origin.ownership import shapes
from syncer.origin.ownership.property import signature_path, signature_url
from syncer.pipes import open_input
from syncer.probe.media_types import HTML, TEXT, sniff
from syncer.protocols import Destination, Pace
from syncer.settings.spelling import counted
from syncer.urls.canonical import authority

MAX_SIZE = shapes.MAX_SIZE
"""Bytes."""
UNANSWERED = {INCOMPLETE: "ownership.unreachable"}


@dataclass(frozen=True, slots=True)
class SignatureFile:
    """An `OwnershipProof`. Raises `OwnershipError` if its path is not below the destination's root."""

    name: str
    content: bytes = field(repr=False)
    origin_url: str
    prefix: str
    """The verified property."""
    web: WebSettings

    def __post_init__(self) -> None:
        signature_path(self.origin_url, self.prefix, self.name)

    @classmethod
    def read(cls, file: Path, origin_url: str, prefix: str, web: WebSettings) -> SignatureFile:
        """Reads a file that the portal gave. Raises `OwnershipError` (`ownership.file`)."""
        try:
            with open_input(file) as stream:
                content = stream.read(MAX_SIZE + 1)
        except OSError as error:
            raise OwnershipError(
                f"the signature file {file} can't be read: {error.strerror}",
                code="ownership.file",
                hint=_unreadable_hint(file, error),
            ) from None
        if reason := shapes.signature_flaw(file.name, content):
            raise OwnershipError(
                f"{file} is no signature file: {reason}", code="ownership.file", hint=shapes.NOT_SAVED
            )
        if not 0 < len(content) <= MAX_SIZE:
            size = "empty" if not content else f"longer than {MAX_SIZE} bytes"
            raise OwnershipError(
                f"{file} is no signature file: it is {size}", code="ownership.file", hint=shapes.AGAIN
            )
        return cls(file.name, content, origin_url, prefix, web)

    @property
    def path(self) -> str:
        """Its path at the destination."""
        return signature_path(self.origin_url, self.prefix, self.name)

    @property
    def url(self) -> str:
        return signature_url(self.prefix, self.name)

    def unfit(self) -> OwnershipError | None:
        """The error if the platform surely refuses it: for its name (`ownership.name`) or its content."""
        told = shapes.unfit(self.name, self.content)
        if told is None:
            return None
        code = "ownership.name" if shapes.is_misnamed(self.name, self.content) else "ownership.file"
        hint = "then put its path into origin.signature_files or --signature, and run syncer bootstrap again"
        return OwnershipError(f"{self.name} {told}", code=code, hint=hint)

    def warnings(self) -> list[str]:
        """What does not look like the platform's known files. It may still be right."""
        name, content = self.name, self.content
        found = [
            shapes.odd_name(name, content),
            shapes.odd_content(name, content),
            shapes.odd_place(self.url),
        ]
        return [f"{self.name} {warning}" for warning in found if warning]

    def doubts(self) -> list[str]:
        """The warnings, without the message of `unfit`."""
        error = self.unfit()
        return [warning for warning in self.warnings() if not (error and warning == error.message)]

    def steps(self) -> list[str]:
        prefix = signature_url(self.prefix, "")
        other = (
            f"if the portal offers another file than {self.name}, download that one and write its name into"
            " origin.signature_files"
        )
        return [
            "at developers.tiktok.com, open the app (Production and Sandbox differ) and its URL properties",
            f"add a property of the type URL prefix, exactly {prefix}",
            other,
            "click Verify",
            f"leave {self.url} in place forever",
        ]

    def place(self, destination: Destination) -> Proof:
        sha256 = hashlib.sha256(self.content).hexdigest()
        media_type = HTML if self.name.lower().endswith((".html", ".htm")) else TEXT
        content = Content(len(self.content), sha256, sha256, media_type)
        try:
            with destination.stage(self.path, media_type, proof=True) as staged:
                staged.write(self.content)
                staged.commit(content)
        except DestinationError as error:
            if error.code == "destination.in_the_way":
                error.hint = f"move it away there: TikTok looks for the signature file at {self.url} only"
            raise
        return Proof(self.path, self.url, sha256, datetime.now(UTC))

    def served(self, pace: Pace) -> Answer:
        """The answer of its URL. Raises `OriginError`."""
        circuit = pace.circuit(authority(self.url))
        with circuit.asking(OriginError, "unreachable"), http_client(self.web, pace) as http:
            return ask(http, self.url, limit=MAX_SIZE + 1)

    def check(self, pace: Pace | None = None) -> None:
        try:
            answer = self.served(pace or SharedPace())
        except OriginError as error:
            raise OwnershipError(
                error.message,
                code=UNANSWERED.get(error.code) or error.code.replace("origin.", "ownership."),
                hint=error.hint,
                transient=error.transient,
            ) from None
        for tell in (_redirected, _refused, _other_bytes):
            if wrong := tell(self, answer):
                raise wrong


def _unreadable_hint(file: Path, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return (
            f"syncer runs as {_user()}, who may not read it: chmod a+r {shlex.quote(str(file))} (it is no"
            " secret), and chmod a+x on each folder above it"
        )
    if isinstance(error, FileNotFoundError):
        return "download it from the developer portal, and put its path into origin.signature_files"
    return "origin.signature_files must name the file that the developer portal gave"


def _user() -> str:
    number = os.geteuid()
    try:
        return f"the user {pwd.getpwuid(number).pw_name}"
    except KeyError:  # as in a container
        return f"the user with the number {number}"


def _redirected(proof: SignatureFile, answer: Answer) -> OwnershipError | None:
    if not answer.redirects:
        return None
    named = answer.headers.get("location")
    to = f"a redirect to {answer.target(proof.url)}" if named else "without the bytes and without a Location"
    return OwnershipError(
        f"{proof.url} answers {answer.status}, {to}",
        code="ownership.redirect",
        hint="TikTok follows no redirect: serve the file at this URL itself",
    )


def _refused(proof: SignatureFile, answer: Answer) -> OwnershipError | None:
    status = answer.status
    if status == HTTPStatus.OK:
        return None
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return OwnershipError(
            f"{proof.url} answers {status}: the signature file is not there",
            code="ownership.missing",
            hint="run syncer bootstrap; if it ran already, origin.url does not serve destination.root",
            transient=True,
        )
    return OwnershipError(
        f"{proof.url} answers {status} instead of the signature file",
        code="ownership.status",
        hint="look at the web server's error log"
        if answer.fails
        else "a bot wall, a login or deployment protection blocks it, or the server may not read the file",
        transient=answer.fails,
    )


def _other_bytes(proof: SignatureFile, answer: Answer) -> OwnershipError | None:
    if answer.sha256 == hashlib.sha256(proof.content).hexdigest():
        return None
    if sniff(answer.start) == HTML and sniff(proof.content) != HTML:
        return OwnershipError(
            f"{proof.url} answers with a web page (HTML) instead of the signature file",
            code="ownership.html",
            hint="a single-page app or a login answers instead: remove the login for this path",
        )
    whose, hint = _at_fault(proof, answer)
    return OwnershipError(
        f"{proof.url} does not serve the bytes of {proof.name}:"
        f" {_difference(proof.content, answer)}; {whose}",
        code="ownership.bytes",
        hint=hint,
    )


_PLACE = "run syncer bootstrap; if it ran already, the server's cache, compression or filter changes it"


_NEWER = (
    "(if the portal shows another token by now, download its new file, and write its new name into"
    " origin.signature_files)"
)


def _at_fault(proof: SignatureFile, answer: Answer) -> tuple[str, str]:
    """Which of the two files is not the portal's, and what to do. The portal's names have the token."""
    right = shapes.content_by_name(proof.name)
    if right is None:
        return (
            "the name does not say which of the two is the portal's",
            f"{shapes.AGAIN}, and put it in place of the local file; then {_PLACE}",
        )
    if answer.sha256 == hashlib.sha256(right).hexdigest() and not answer.headers.get("content-encoding"):
        return (
            "the served file is the portal's, by the token in its name, and the local file was changed",
            f"restore the local file, with: curl -o {proof.name} {proof.url} {_NEWER}",
        )
    if proof.content == right:
        return "the local file is the portal's, by the token in its name", _PLACE
    return (
        "neither is the portal's, by the token in the name: the local file was changed, too",
        f"{shapes.AGAIN}, and put it in place of the local file; then {_PLACE}",
    )


def _difference(right: bytes, answer: Answer) -> str:
    encoding = answer.headers.get("content-encoding")
    if encoding:
        return f"they are encoded as {encoding}"
    if answer.start.removeprefix(shapes.BOM).strip() == right.strip():
        return "white space or a byte order mark was added or removed"
    if answer.start.startswith(shapes.PREFIX):
        return "the token is a different one"
    served = counted(answer.size, "byte") if answer.size <= MAX_SIZE else f"more than {MAX_SIZE} bytes"
    return f"{served} instead of {len(right)}"

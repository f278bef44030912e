"""Laws of answers without Content-Length: it is not required, so all bytes are compared instead."""

from __future__ import annotations

import hashlib

import pytest

from syncer.model import HEAD_SIZE, Content, Severity, acceptance
from syncer.origin.view import PublicOrigin, PublicView
from syncer.runners import SharedPace
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST
from tests.servers.scripted import answer, scripted

ROOT = f"https://{HOST}/"
BODY = mp4(200_000)


def chunked(body: bytes) -> bytes:
    return answer(
        "200 OK",
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body),
        "Content-Type: video/mp4",
        "Transfer-Encoding: chunked",
        length=False,
    )


def looked(certificates: Certificates, served: bytes, right: bytes) -> list[str]:
    digest, head = (hashlib.sha256(part).hexdigest() for part in (right, right[:HEAD_SIZE]))
    content = Content(len(right), digest, head, "video/mp4")
    with (
        scripted(certificates.leaf(HOST), chunked(served)) as server,
        PublicView(PublicOrigin(ROOT, ROOT, certificates.ca, server.connect_to), SharedPace()) as view,
    ):
        found = view.look(f"{ROOT}a.mp4", content)
    assert (acceptance(found) is False) is any(each.severity is Severity.REJECT for each in found)
    return [f"{each.rule} {each.severity}" for each in found]


@pytest.mark.parametrize("size", [1_000, HEAD_SIZE, 200_000])
def test_the_right_bytes_are_seen_with_a_warning(certificates: Certificates, size: int) -> None:
    body = mp4(size)
    assert looked(certificates, body, body) == ["origin.range warn", "origin.length warn"]


@pytest.mark.parametrize(
    ("served", "rules"),
    [
        (BODY[:-1] + b"x", {"origin.bytes reject"}),
        (BODY[:-1], {"origin.length reject", "origin.bytes reject"}),
        (BODY + b"x", {"origin.length reject", "origin.bytes reject"}),
    ],
)
def test_a_fault_after_the_head_is_found_all_the_same(
    certificates: Certificates, served: bytes, rules: set[str]
) -> None:
    assert {each for each in looked(certificates, served, BODY) if "reject" in each} == rules

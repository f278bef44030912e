"""SSH keys in many formats: read as OpenSSH does, or refused with a hint."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from syncer.connect.ssh.connection import SshSettings
from syncer.connect.ssh.key_files import MARK
from syncer.connect.ssh.login import _load
from syncer.errors import SourceError

A_PUBLIC_KEY = "is a public key; name the private key"


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("keys") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    return file.read_bytes()


def refused(file: Path) -> str:
    with pytest.raises(SourceError) as caught:
        _load(file, SshSettings(host="h"), SourceError)
    assert caught.value.code == "source.key"
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        (
            "k.ppk",
            b"PuTTY-User-Key-File-2: ssh-rsa\r\nEncryption: none\r\n",
            "is in PuTTY's format; run `(umask 077; puttygen",
        ),
        ("k", b"\r\nPuTTY-User-Key-File-3: ecdsa-sha2-nistp256\n", "is in PuTTY's format"),
        ("k.pub", b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here\n", A_PUBLIC_KEY),
        ("k", b"ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY= x", A_PUBLIC_KEY),
        ("k", b"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n", A_PUBLIC_KEY),
        ("k", b"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n", A_PUBLIC_KEY),
        (
            "k",
            b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            "is a certificate; name the",
        ),
        ("k", b"b3BlbnNzaC1rZXktdjEAAAAABG5vbmU\nAAAA==\n", "lacks its first line, such as -----BEGIN"),
        ("k", b"MIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n", "lacks its first line"),
        (
            "k",
            b"\xe2\x80\x94\xe2\x80\x93BEGIN RSA PRIVATE KEY-\nMIIB\n",
            "has other dashes in its",
        ),
        (
            "k",
            5 * b"\xe2\x80\x90" + b"BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n",
            "has other dashes in its",
        ),
        ("k", b" \n", "is empty"),
        ("k", b"<!doctype html>", "can't be opened; name a private key in OpenSSH's or PEM format"),
    ],
)
def test_a_key_in_another_format_is_named_with_what_to_do(
    tmp_path: Path, name: str, content: bytes, what: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert what in refused(file)


@pytest.mark.server
@pytest.mark.parametrize(
    "how",
    [
        "escaped",
        "marked",
        "indented",
        "behind lines",
        "quoted",
        "behind its public key",
        "utf-16",
        "utf-16-be",
    ],
)
def test_the_command_in_the_hint_converts_the_key(tmp_path: Path, private: bytes, how: str) -> None:
    file = tmp_path / "it's a key"
    content = {
        "escaped": private.replace(b"\n", b"\\n"),
        "marked": MARK + private,
        "indented": b"  " + private.replace(b"\n", b"\n  "),
        "behind lines": b"\n\n" + private,
        "quoted": b'"' + private.rstrip() + b'"\n',
        "behind its public key": b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here\n" + private,
        "utf-16": private.decode().encode("utf-16"),
        "utf-16-be": ("\ufeff" + private.decode()).encode("utf-16-be"),
    }[how]
    file.write_bytes(content)
    (command,) = re.findall(r"run `(.*)`", refused(file))
    subprocess.run(["bash", "-c", command], check=True)
    made = tmp_path / "it's a key-openssh"
    assert made.stat().st_mode & 0o077 == 0
    _load(made, SshSettings(host="h"), SourceError)


@pytest.mark.server
@pytest.mark.parametrize(("cut", "what"), [(120, "is cut off"), (None, "has its lines in one")])
def test_a_damaged_key_has_the_hint_to_copy_it_again(
    tmp_path: Path, private: bytes, cut: int | None, what: str
) -> None:
    file = tmp_path / "key"
    file.write_bytes(private[:cut] if cut else private.replace(b"\n", b" "))
    assert what in refused(file)


@cache
def private_key(kind: str) -> Any:
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return (
        ec.generate_private_key(ec.SECP256R1()) if kind == "ecdsa" else ed25519.Ed25519PrivateKey.generate()
    )


FORMS = [
    *((kind, "PKCS8") for kind in ("rsa", "ecdsa", "ed25519")),
    *((kind, "TraditionalOpenSSL") for kind in ("rsa", "ecdsa")),
    *((kind, "OpenSSH") for kind in ("rsa", "ed25519")),
]


@pytest.mark.parametrize(("kind", "shape"), FORMS)
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_a_key_that_openssh_reads_is_read(tmp_path: Path, kind: str, shape: str, ends: bytes) -> None:
    """With any line ends, with and without a passphrase. A wrong passphrase is reported as such."""
    key, file = private_key(kind), tmp_path / "key"
    public = key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH).decode()
    (tmp_path / "right").write_bytes(b"correct horse\r\n")
    (tmp_path / "wrong").write_bytes(b"battery staple")
    locked = form.BestAvailableEncryption(b"correct horse")
    for secret, lock in ((None, form.NoEncryption()), (f"file:{tmp_path}/right", locked)):
        text = key.private_bytes(form.Encoding.PEM, getattr(form.PrivateFormat, shape), lock)
        file.write_bytes(text.rstrip(b"\n").replace(b"\n", ends))
        loaded = _load(file, SshSettings(host="h", key_passphrase=secret), SourceError)
        assert loaded.get_base64() == public.split()[1]
    with pytest.raises(SourceError) as caught:
        _load(file, SshSettings(host="h", key_passphrase=f"file:{tmp_path}/wrong"), SourceError)
    assert str(caught.value).endswith("can't be opened; check `key_passphrase`")
    assert "is encrypted; set `key_passphrase`" in refused(file)

"""Law: a secret that is pasted after `env:` or `file:` is never printed; the message names its key."""

from __future__ import annotations

from typing import Any

import pytest

from syncer.settings.secret import shown_name
from tests.home import Home

PASTED = (
    "9f8Kq2LmZx7Rb4TnVw1YcD3e",
    "AKIAZQ3DXMPL7KEYEXAM",
    "c0ffee5eed1234567890abcdefabcdef",
    "Kx8_vR2-qLm9Zt4Wb",
)

FIELDS: dict[str, dict[str, Any]] = {
    "sources.bad.secret_key": {"kind": "s3", "bucket": "clips", "access_key": "env:HOME"},
    "sources.bad.access_key": {"kind": "s3", "bucket": "clips", "secret_key": "env:HOME"},
    "sources.bad.password": {"kind": "sftp", "host": "127.0.0.1", "user": "me", "root": "/media"},
    "sources.bad.key_passphrase": {
        "kind": "sftp",
        "host": "127.0.0.1",
        "user": "me",
        "root": "/media",
        "key": "key",
    },
    "sources.bad.api_key": {"kind": "drive", "folder": "1A2b3C4d5E6f7G8h9I0j1K2l3M4n5O6p7"},
    "tiktok.access_token": {},
}


def references() -> list[str]:
    """A variable's name has no hyphen, so such a value is refused, without repeating it."""
    return [f"{scheme}:{secret}" for scheme in ("env", "file") for secret in PASTED]


@pytest.mark.parametrize("where", FIELDS)
def test_no_command_prints_it(home: Home, where: str) -> None:
    home.put("key", b"-----BEGIN OPENSSH PRIVATE KEY-----\n")
    *_, field = where.split(".")
    for reference in references():
        holder = {**FIELDS[where], field: reference}
        if where.startswith("tiktok"):
            home.config["tiktok"] = holder
        else:
            home.config["sources"]["bad"] = holder
        for command in (
            (["push", "--dry-run"], ["status"]) if where.startswith("tiktok") else (["sync"], ["doctor"])
        ):
            ran = home.syncer(*command)
            said = ran.out + ran.err
            for part in reference.partition(":")[2].split("-"):
                assert part not in said, command
            if command == ["sync"]:
                assert ran.code == 2
                assert where in said
                assert "config.yaml:" in said


@pytest.mark.parametrize(
    "name",
    [
        "SYNCER_TEST_SECRET",
        "AWS_SECRET_ACCESS_KEY",
        "S3_KEY_2",
        "secret_key_of_the_clips_bucket",
        "SCW_SECRET_KEY_2024",
        "/run/secrets/s3-key",
        "/etc/syncer/tiktok.token",
        "/home/Anna/Documents/Keys2024/clips.txt",
        "/var/lib/kubernetes-secrets/serviceaccount",
    ],
)
def test_names_of_people_are_shown(name: str) -> None:
    assert shown_name(name) == name


@pytest.mark.parametrize(
    "secret", [*PASTED, "act.q8W2e7R1t6Y5u4I3o9P0", "AIzaSyB-3kT9vQ1xZ7mN4pL8rW2cF6hJ0dG5sK"]
)
@pytest.mark.parametrize("at", ["{}", "/home/anna/{}", "/home/anna/{}/x"])
def test_random_names_are_not_shown(secret: str, at: str) -> None:
    assert shown_name(at.format(secret)) == "***"

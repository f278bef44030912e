"""One run of the doctor; after each, no file stays, and no secret was printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.home import Home
from tests.servers.rgw import KEYS

WRONG = "SYNCER_TEST_WRONG"
SECRET = "wrong-and-yet-secret"
"""The value of `env:SYNCER_TEST_WRONG` in these tests."""


@dataclass(frozen=True)
class Report:
    code: int
    by_name: dict[str, Any]
    err: str

    def having(self, state: str) -> list[str]:
        return [name for name, said in self.by_name.items() if said["state"] == state]

    @property
    def ill(self) -> dict[str, Any]:
        """The only diagnosis that is not ok."""
        (name,) = self.having("not ok")
        return dict(self.by_name[name])


def visit(home: Home) -> Report:
    before = home.public()
    ran = home.syncer("doctor", "--json")
    assert ran.out, ran.err
    assert not [secret for secret in (SECRET, *KEYS.values()) if secret in ran.out + ran.err]
    assert home.public() == before
    said = ran.json["diagnoses"]
    assert ran.json["ok"] is (ran.code == 0)
    assert all(each["hint"] and each["code"] for each in said if each["state"] in ("warn", "not ok"))
    assert len({each["name"] for each in said}) == len(said)
    return Report(ran.code, {each["name"]: each for each in said}, ran.err)

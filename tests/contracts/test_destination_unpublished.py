"""What is deleted later is deleted only if syncer left these bytes there, at any kind of destination."""

from __future__ import annotations

import hashlib

import pytest

from syncer.connect.pace import SharedPace
from syncer.destinations import Store
from syncer.model import EARLIER, UNPUBLISHED, Delete, Deleted, Failed, Forgotten, Outcome
from syncer.origin.addresses import OriginAddresses
from syncer.origin.view import PublicOrigin
from syncer.preflight import load_limits
from syncer.protocols import Destination
from syncer.sync.rules import Rules
from syncer.sync.worker import Worker
from tests.contracts.stores import body_at, destination, publish, rig
from tests.rigs.destination import Rig

__all__ = ["destination", "rig"]  # fixtures

ORIGIN = "https://media.example.test/"
LEFT = b"left by syncer" * 9000


REASONS = pytest.mark.parametrize("why", [UNPUBLISHED, EARLIER])


def delete(
    rig: Rig, path: str, store: Store | None = None, *, why: str = UNPUBLISHED, look: bool = False
) -> Outcome:
    addresses, origin = OriginAddresses(ORIGIN, ORIGIN, {}), PublicOrigin(ORIGIN, ORIGIN)
    worker = Worker({}, store or rig.config, origin, addresses, Rules(load_limits("tiktok")))
    action = Delete("clips", "a.mp4", path, why, only=hashlib.sha256(LEFT).hexdigest(), look=look)
    with worker.open(SharedPace()) as work:
        return work(action)[1]


@REASONS
@pytest.mark.parametrize("path", ["a.mp4", "grüße/1 %41.mp4"])
def test_what_syncer_left_is_deleted(rig: Rig, destination: Destination, path: str, why: str) -> None:
    destination.put_mark(b"ours", new=True)
    publish(destination, path, LEFT)
    publish(destination, "beside.mp4", LEFT)
    assert isinstance(delete(rig, path, why=why), Deleted)
    assert (body_at(rig, path), body_at(rig, "beside.mp4")) == (None, LEFT)
    assert delete(rig, path, why=why) == Deleted(path, was_there=False)


@pytest.mark.parametrize("path", ["a.mp4", "grüße/1 %41.mp4"])
def test_a_look_deletes_nothing_and_tells_whose_bytes_are_there(
    rig: Rig, destination: Destination, path: str
) -> None:
    destination.put_mark(b"ours", new=True)
    assert delete(rig, path, look=True) == Deleted(path, was_there=False)
    for content in (LEFT, LEFT[:-1] + b"!"):
        publish(destination, path, content)
        outcome = delete(rig, path, look=True)
        assert isinstance(outcome, Failed if content == LEFT else Forgotten)
        assert body_at(rig, path) == content


@REASONS
@pytest.mark.parametrize("theirs", [LEFT[:-1] + b"!", LEFT[:-1], LEFT + LEFT, b""])
def test_what_somebody_put_there_since_stays(
    rig: Rig, destination: Destination, theirs: bytes, why: str
) -> None:
    publish(destination, "a.mp4", LEFT)
    publish(destination, "a.mp4", theirs)
    assert isinstance(delete(rig, "a.mp4", why=why), Forgotten)
    assert body_at(rig, "a.mp4") == theirs


def test_what_can_not_be_looked_for_is_not_taken_for_gone(rig: Rig, destination: Destination) -> None:
    assert isinstance(delete(rig, "a.mp4"), Failed), "without the owner mark, its disk may not be mounted"
    destination.put_mark(b"ours", new=True)
    away = {"port": 1, "endpoint": "http://127.0.0.1:1", "root": f"{getattr(rig.config, 'root', '')}/away"}
    field = next(field for field in away if getattr(rig.config, field, None))
    assert isinstance(delete(rig, "a.mp4", rig.config.model_copy(update={field: away[field]})), Failed)

"""Media behind links, and in a Drive."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any

from tests.faults.places import Objects
from tests.servers.drive import Drive


@dataclass
class Links:
    """Links, every second one signed."""

    objects: Objects
    endpoint: str
    settings: dict[str, Any]

    def hold(self, media: dict[str, bytes]) -> None:
        self.objects.hold(media)
        self.settings["urls"] = [
            self._link(name, signed=number % 2 == 0) for number, name in enumerate(media)
        ]

    def _link(self, name: str, *, signed: bool) -> str:
        if not signed:
            return f"{self.endpoint}/{self.objects.bucket}/{name}"
        with closing(self.objects.service.client(endpoint=self.endpoint)) as client:
            asked = {"Bucket": self.objects.bucket, "Key": name}
            return client.generate_presigned_url("get_object", Params=asked, ExpiresIn=86400)


@dataclass
class Shared:
    """A folder of a Drive."""

    drive: Drive
    settings: dict[str, Any]

    def hold(self, media: dict[str, bytes]) -> None:
        for item in list(self.drive.items.values()):
            if item.data is not None and item.name not in media:
                self.drive.remove(item.name)
        for name, content in media.items():
            held = self.drive.child("folder0000", name)
            if held is None or held.data != content:
                self.drive.put(name, content)

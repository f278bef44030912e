"""Names that can't be published affect only themselves."""

from __future__ import annotations

import os
from contextlib import closing
from typing import Any

from tests import bad_input
from tests.bad_input import one_by_one, whole
from tests.home import Home
from tests.media import mp4
from tests.servers.rgw import S3Service

quick_retries = bad_input.quick_retries
s3_source = bad_input.s3_source


def test_keys_that_are_no_paths_cost_only_themselves(
    home: Home, rgw: S3Service, s3_source: dict[str, Any]
) -> None:
    with closing(rgw.client()) as client:
        for key in (
            "../up.mp4",
            "in/../../up.mp4",
            "./here.mp4",
            "/absolute.mp4",
            "empty//segment.mp4",
            "x" * 300 + ".mp4",
            "back\\slash.mp4",
            "fine.mp4",
        ):
            client.put_object(Bucket=s3_source["bucket"], Key=key, Body=mp4())
        client.put_object(Bucket=s3_source["bucket"], Key="nothing.mp4", Body=b"")
        client.put_object(Bucket=s3_source["bucket"], Key="folder/", Body=b"")
    home.config["sources"] = {"cloud": s3_source | {"path": "{key}"}}
    said = one_by_one(home)
    assert len(said) == 8
    whole(home, "fine.mp4")
    assert not (home.site.root.parent / "up.mp4").exists()


def test_names_at_their_folder_that_cant_be_published(home: Home) -> None:
    (home.media / os.fsdecode(b"caf\xe9.mp4")).write_bytes(mp4())
    (home.media / "link.mp4").symlink_to("/etc/hostname")
    (home.media / "folder").symlink_to("/etc")
    (home.media / "dangling.mp4").symlink_to("nowhere")
    home.put("fine.mp4", mp4())
    said = one_by_one(home)
    assert len(said) == 4
    whole(home, "clips/fine.mp4")

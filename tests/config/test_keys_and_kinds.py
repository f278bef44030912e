"""Wrong keys and kinds in a config: bad text on the left, the exact sentence on the right."""

from __future__ import annotations

import pytest

from syncer import sources
from tests import configs
from tests.configs import CLIPS, ORIGIN, assert_complaint, at_origin

folder = configs.folder

SOURCES = ", ".join(sorted(sources.KINDS))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        # Keys
        (ORIGIN + "source: {}\n", '5:1: source: unknown key; did you mean "sources"?'),
        (
            ORIGIN + "file: x\n",
            (
                "5:1: file: unknown key; other keys here: bandwidth, catalogue, catalogue_copies,"
                " check, delete, manifest, max_delete, migrate, retry, sources, tiktok, timeouts, workers"
            ),
        ),
        (
            at_origin("xyz", "1"),
            (
                "5:3: origin.xyz: unknown key; other keys here: ca, connect_to, dns,"
                " signature_files, txt_record"
            ),
        ),
        (
            CLIPS + "    bukcet: x\n    prefix: p\n",
            (
                "9:5: sources.clips.bukcet: unknown key; other keys here: access_key,"
                " addressing, anonymous,"
                " ca, checksums, endpoint, exclude, in_place, include, max_age, max_size, min_age,"
                " min_size, path, profile,"
                " region, secret_key"
            ),
        ),
        (
            CLIPS.replace("bucket", "bukcet"),
            (
                "6:3: sources.clips.bucket: is required, but missing\n"
                '8:5: sources.clips.bukcet: unknown key; did you mean "bucket"?'
            ),
        ),
        (CLIPS + "    Endpoint:\n", '9:5: sources.clips.Endpoint: unknown key; did you mean "endpoint"?'),
        (
            ORIGIN + "tiktok: {access_token: 'env:A', token: x}\n",
            "5:33: tiktok.token: unknown key; other keys here: ca, connect_to, endpoint",
        ),
        ("sources: {}\n", "1:1: origin: is required, but missing"),
        (
            "origin: {}\n",
            (
                "1:1: origin.destination: is required, but missing\n"
                "1:1: origin.property: is required, but missing\n1:1: origin.url: is required, but missing"
            ),
        ),
        # Kinds
        (
            at_origin("destination", "{root: x}"),
            "4:3: origin.destination.kind: is required, but missing; the kinds are ftps, local, s3, sftp",
        ),
        (
            at_origin("destination", "{kind: stfp}"),
            '4:23: origin.destination.kind: unknown kind "stfp"; did you mean "sftp"?',
        ),
        (
            at_origin("destination", "{kind: 5}"),
            "4:23: origin.destination.kind: unknown kind 5; the kinds are ftps, local, s3, sftp",
        ),
        (
            at_origin("destination", "{kind: drive}"),
            '4:23: origin.destination.kind: unknown kind "drive"; the kinds are ftps, local, s3, sftp',
        ),
        (
            at_origin("destination", "sftp://deploy:hunter2@vps/"),
            '4:16: origin.destination: must hold lines of "key: value"; found text',
        ),
        (
            at_origin("destination", ""),
            '4:15: origin.destination: must hold lines of "key: value"; found no value',
        ),
        (
            ORIGIN + "sources: {s3: {kind: [a]}}\n",
            f"5:22: sources.s3.kind: unknown kind a list; the kinds are {SOURCES}",
        ),
        (
            ORIGIN + "sources: {a: {kind:}}\n",
            f"5:20: sources.a.kind: is required, but missing; the kinds are {SOURCES}",
        ),
        (ORIGIN + "sources: {a: }\n", '5:13: sources.a: must hold lines of "key: value"; found no value'),
        (ORIGIN + "sources: {a: [b]}\n", '5:14: sources.a: must hold lines of "key: value"; found a list'),
        (ORIGIN + "sources: [a]\n", '5:10: sources: must hold lines of "key: value"; found a list'),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text: str, sentence: str | None) -> None:
    assert_complaint(text, sentence)

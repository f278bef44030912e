"""Wrong files and secrets in a config: bad text on the left, the exact sentence on the right."""

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
        # Files
        (
            ORIGIN + "manifest: [no/urls.json]\n",
            '5:12: manifest[0]: there is no folder "FOLDER/no"; create it',
        ),
        (ORIGIN + "manifest: no/urls.json\n", '5:11: manifest: there is no folder "FOLDER/no"; create it'),
        (
            ORIGIN + f"manifest: {'a' * 300}/urls.json\n",
            '5:11: manifest: there is no folder "FOLDER/aaa…"; create it',
        ),
        (
            ORIGIN + "catalogue: sqlite:///no/a.db\n",
            '5:12: catalogue: there is no folder "FOLDER/no"; create it',
        ),
        (ORIGIN + "catalogue: sqlite:///.\n", '5:12: catalogue: "FOLDER" is a folder; name a file'),
        (
            ORIGIN + "catalogue: sqlite:////dev/null\n",
            '5:12: catalogue: "/dev/null" is a device or a pipe; name a file',
        ),
        (at_origin("ca", "no.pem"), '5:7: origin.ca: there is no file "FOLDER/no.pem"'),
        (
            at_origin("signature_files", "[a.txt]"),
            '5:21: origin.signature_files[0]: there is no file "FOLDER/a.txt"',
        ),
        (
            at_origin("signature_files", "a.txt"),
            '5:20: origin.signature_files: there is no file "FOLDER/a.txt"',
        ),
        (
            at_origin("signature_files", "[config.yaml, ./config.yaml]"),
            '5:34: origin.signature_files[1]: two signature files are named "config.yaml"',
        ),
        (
            at_origin("property", "example.com") + "  signature_files: config.yaml\n",
            (
                "5:20: origin.signature_files: a DNS TXT record proves the domain example.com, not a"
                " file:"
                " remove this line, or verify a URL prefix such as https://media.example.com/ and"
                " make that the property"
            ),
        ),
        # Secrets
        (
            CLIPS + "    access_key: AKIAhunter2\n    secret_key: 12345\n",
            (
                "9:17: sources.clips.access_key: must be a reference, env:NAME or file:PATH, not"
                " the secret itself"
                " (it would leak)\n"
                "10:17: sources.clips.secret_key: must be a reference, env:NAME or file:PATH,"
                " not the secret itself"
                " (it would leak)"
            ),
        ),
        (
            CLIPS + "    access_key: env:SYNCER_A\n    secret_key: file:none\n",
            (
                "9:17: sources.clips.access_key: the environment variable SYNCER_A is not set;"
                " export SYNCER_A=…\n"
                "10:17: sources.clips.secret_key: the secret file FOLDER/none can't be read: No"
                " such file or directory"
            ),
        ),
        (
            at_origin(
                "destination", "{kind: s3, bucket: a, access_key: 'env:SYNCER_A', secret_key: 'env:SYNCER_B'}"
            ),
            (
                "4:50: origin.destination.access_key: the environment variable SYNCER_A is not"
                " set; export SYNCER_A=…\n"
                "4:78: origin.destination.secret_key: the environment variable SYNCER_B is not"
                " set; export SYNCER_B=…"
            ),
        ),
        (
            CLIPS + "    access_key: env:SYNCER_A\n",
            "6:3: sources.clips: access_key and secret_key belong together: set both or neither",
        ),
        (CLIPS + "    hunter2key: hunter2\n", None),
        (ORIGIN + "tiktok: hunter2\n", '5:9: tiktok: must hold lines of "key: value"; found text'),
        (
            ORIGIN + "tiktok: {access_token: hunter2}\n",
            (
                "5:24: tiktok.access_token: must be a reference,"
                " env:NAME or file:PATH, not the secret itself (it would leak)"
            ),
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text: str, sentence: str | None) -> None:
    assert_complaint(text, sentence)

"""Wrong values in a config: bad text on the left, the exact sentence on the right."""

from __future__ import annotations

import pytest

from syncer import sources
from tests import configs
from tests.configs import CLIPS, ORIGIN, assert_complaint

folder = configs.folder

SOURCES = ", ".join(sorted(sources.KINDS))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        # Types
        (
            CLIPS.replace("bucket: raw", "bucket: 10"),
            '8:13: sources.clips.bucket: must be text; found 10, put it in quotes: "10"',
        ),
        (
            CLIPS.replace("bucket: raw", "bucket: true"),
            '8:13: sources.clips.bucket: must be text; found true, put it in quotes: "true"',
        ),
        (CLIPS.replace("bucket: raw", "bucket:"), "8:12: sources.clips.bucket: must be text; found no value"),
        (
            CLIPS.replace("bucket: raw", "bucket: [a]"),
            "8:13: sources.clips.bucket: must be text; found a list",
        ),
        (
            CLIPS + "    include: '*.mp4'\n",
            '9:14: sources.clips.include: must be a list, such as [a, b]; found "*.mp4"',
        ),
        (
            CLIPS + "    include: [a, 5]\n",
            '9:18: sources.clips.include[1]: must be text; found 5, put it in quotes: "5"',
        ),
        (
            CLIPS + "    include: [./a]\n",
            (
                "9:15: sources.clips.include[0]: matches no key: no key starts with /, ./, ../ or ~/:"
                " a key is relative to the source's root or prefix;"
                ' write "a"; found "./a"'
            ),
        ),
        (CLIPS + "    anonymous: yes\n", '9:16: sources.clips.anonymous: must be true or false; found "yes"'),
        (
            CLIPS + "    addressing: paht\n",
            (
                '9:17: sources.clips.addressing: must be auto, path or virtual; found "paht";'
                ' did you mean "path"?'
            ),
        ),
        (ORIGIN + "check: full\n", '5:8: check: must hold lines of "key: value"; found text'),
        (ORIGIN + "check: {profile: instagram}\n", '5:18: check.profile: must be tiktok; found "instagram"'),
        (ORIGIN + "check: {verify: true}\n", "5:17: check.verify: must be head or full; found true"),
        (
            ORIGIN + "check: {rejected: skp}\n",
            '5:19: check.rejected: must be skip or publish; found "skp"; did you mean "skip"?',
        ),
        (
            ORIGIN + "check: {recheck: 7 days}\n",
            '5:18: check.recheck: must be a duration such as 90s, 15m, 12h, 7d or 2w; found "7 days"',
        ),
        (ORIGIN + "workers: 0\n", "5:10: workers: must be at least 1; found 0"),
        (ORIGIN + f"workers: {'9' * 100}\n", f"5:10: workers: must be at most 64; found {'9' * 79}…"),
        (ORIGIN + "workers: 1.5\n", "5:10: workers: must be a whole number; found 1.5"),
        (ORIGIN + "workers: '8'\n", '5:10: workers: must be a whole number; found "8"'),
        (ORIGIN + "workers: 010\n", '5:10: workers: must be a whole number; found "010"'),
        (ORIGIN + "workers: true\n", "5:10: workers: must be a whole number; found true"),
        (
            ORIGIN + "max_delete: 10\n",
            "5:13: max_delete: must be a share from 0% to 100%, such as 10%; found 10",
        ),
        (
            ORIGIN + "max_delete: {share: much}\n",
            '5:21: max_delete.share: must be a share from 0% to 100%, such as 10%; found "much"',
        ),
        (
            ORIGIN + "max_delete: {at_least: some}\n",
            '5:24: max_delete.at_least: must be a whole number; found "some"',
        ),
        (
            ORIGIN + "bandwidth: fast\n",
            '5:12: bandwidth: must be a rate such as 500KB/s or 50MB/s; found "fast"',
        ),
        (ORIGIN + "delete: always\n", '5:9: delete: must be never, mirror or {after: 30d}; found "always"'),
        (ORIGIN + "delete: {before: 1d}\n", "5:1: delete: must be never, mirror or {after: 30d}"),
        (
            ORIGIN + "delete: {after: 1}\n",
            "5:1: delete: after must be a duration such as 90s, 15m, 12h, 7d or 2w; found 1",
        ),
        (ORIGIN + "manifest: [a.json, 5]\n", "5:20: manifest[1]: must be a path; found 5"),
        (ORIGIN + "manifest: 5\n", "5:11: manifest: must be a list, such as [a, b]; found 5"),
        (
            ORIGIN + "manifest: urls.xml\n",
            '5:11: manifest: must end in .json, .jsonl, .csv or .txt; found "urls.xml"',
        ),
        (
            ORIGIN + "manifest: [a.json, urls.JSON]\n",
            '5:20: manifest[1]: must end in .json, .jsonl, .csv or .txt; found "urls.JSON"',
        ),
        *[
            (
                ORIGIN + f"catalogue: '{url}'\n",
                (
                    "5:12: catalogue: must be sqlite:///syncer.db for a file beside this"
                    f' one, or sqlite:////var/lib/syncer.db; found "{url}"'
                ),
            )
            for url in ("syncer.db", "sqlite://syncer.db", "sqlite:///", "sqlite:///:memory:", "mysql:///a")
        ],
        (
            ORIGIN + "catalogue: 5\n",
            (
                "5:12: catalogue: must be sqlite:///syncer.db for a file beside this one,"
                " or sqlite:////var/lib/syncer.db; found 5"
            ),
        ),
        (
            ORIGIN + "catalogue: postgresql://user:hunter2@db/x\n",
            (
                "5:12: catalogue: must be sqlite:///PATH:"
                ' a catalogue in PostgreSQL is not in this release yet; found "postgresql://***@db/x"'
            ),
        ),
        # Names and limits of sources
        (
            ORIGIN + "sources: {my clips: {kind: local, root: a}}\n",
            (
                "5:11: sources.my clips: the name must be 1 to"
                " 64 letters, digits, - and _, and begin with a letter or digit"
            ),
        ),
        (
            CLIPS + "    min_size: 2MB\n    max_size: 1MB\n",
            "6:3: sources.clips: min_size is above max_size, so nothing would be taken",
        ),
        # Path templates
        (
            CLIPS + "    path: '{kee}'\n",
            '9:11: sources.clips.path: "{kee}" has an unknown field {kee}; did you mean "{key}"?',
        ),
        (
            CLIPS + "    path: '{key'\n",
            (
                '9:11: sources.clips.path: "{key" has an unmatched brace;'
                " braces are only for fields, such as {key}"
            ),
        ),
        (
            CLIPS + "    path: '/{key}'\n",
            (
                "9:11: sources.clips.path: \"/{key}\" won't do: '/name.mp4' can't be a"
                " public path: it begins with a slash"
            ),
        ),
        (
            CLIPS + "    path: ''\n",
            (
                "9:11: sources.clips.path: \"\" won't do: '' can't be a"
                " public path: a part of it is empty (a//b, a/)"
            ),
        ),
        (
            CLIPS + "    path: 'a/../{key}'\n",
            (
                '9:11: sources.clips.path: "a/../{key}" won\'t do:'
                " 'a/../name.mp4' can't be a public path: a part of it is .."
            ),
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text: str, sentence: str | None) -> None:
    assert_complaint(text, sentence)

"""A `path` of the config that no asset may have is an error, with its place in the file."""

from __future__ import annotations

import pytest

from tests.configs import CLIPS, ORIGIN, complaint, folder, loaded

__all__ = ["folder"]

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("x.php", "web servers may run or mislabel x.php"),
        ("{key}.html", "web servers may run or mislabel name.mp4.html"),
        ("{stem}.PhTml.{ext}", "web servers may run or mislabel name.PhTml.mp4"),
        ("a.cgi/{key}", "web servers may run or mislabel a.cgi"),
        ("{stem}.gz.{ext}", "web servers may run or mislabel name.gz.mp4"),
        (".well-known/{key}", "a part of it begins with a dot"),
        ("{source}/.{key}", "a part of it begins with a dot"),
        ("cgi-bin/{key}", "a part of it is the name of a file or folder that web servers and hosts obey"),
        ("robots.txt", "a part of it is the name of a file or folder that web servers and hosts obey"),
    ],
)
def test_a_path_that_a_server_would_act_on_is_told_with_its_line(path: str, why: str) -> None:
    said = complaint(CLIPS + f"    path: '{path}'\n")
    assert said.startswith(f'config.yaml:9:11: sources.clips.path: "{path}" won\'t do: {why}')
    assert "\n" not in said.strip()
    said = complaint(ORIGIN + f"migrate:\n  path: '{path}'\n")
    assert said.startswith(f'config.yaml:6:9: migrate.path: "{path}" won\'t do: {why}')


@pytest.mark.parametrize(
    "path",
    ["{sha256}", "{slug}", "{stem}.old", "v1.2/{key}", "{stem}.{sha256:8}.{ext}", "php/{key}", "x{ext}"],
)
def test_a_path_without_an_ending_of_its_own_is_fine(path: str) -> None:
    assert loaded(CLIPS + f"    path: '{path}'\n").sources["clips"].path == path

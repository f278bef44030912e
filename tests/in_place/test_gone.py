"""Files in place that vanish: the manifest lists no dead URL, and does not go empty with exit code 0."""

from __future__ import annotations

import pytest

from tests.in_place.ground import UPLOADS, Ground
from tests.media import mp4


def test_an_emptied_folder_fails_every_run_until_somebody_agrees(anywhere: Ground) -> None:
    home, films = anywhere.home, {"a": mp4(seed=1), "b": mp4(seed=2)}
    anywhere.upload(**films, page=b"")
    anywhere.put("storage/page.html", b"keeps the folder")
    anywhere.remove(f"{UPLOADS}page.mp4")
    anywhere.put(f"{UPLOADS}page.html", b"no media")
    home.sync()
    for name in films:
        anywhere.remove(f"{UPLOADS}{name}.mp4")
    for runs in (1, 2):
        assert home.syncer("plan").code == 1
        done = home.sync()
        assert (done["exit_code"], done["errors"][0]["code"]) == (1, "plan.unsafe")
        assert "0 objects, and 2 of its files in place were published before" in done["errors"][0]["message"]
        assert {found["rule"] for found in done["findings"]} == {"source.empty", "source.left_out"}
        assert home.manifest() == {}, "their URLs answer 404"
        troubles = home.troubles()
        assert troubles.keys() == {"a.mp4", "b.mp4"}, runs
        assert "the file is still there" in troubles["a.mp4"]["hint"]
    anywhere.upload(**films)
    done = home.sync()
    assert done["exit_code"] == 0
    assert home.manifest().keys() == {"a.mp4", "b.mp4"}
    for name in films:
        anywhere.remove(f"{UPLOADS}{name}.mp4")
    done = home.sync("--max-delete", "100%")
    assert (done["exit_code"], done["counts"], home.manifest()) == (0, {"gone": 2}, {})
    *_, found = sorted(home.sync()["findings"], key=lambda found: str(found["rule"]), reverse=True)
    assert found["message"] == "source uploads: 0 objects listed", "nothing of it was published"


def test_what_another_root_or_prefix_leaves_out_is_told_and_stays_while_it_answers(anywhere: Ground) -> None:
    home = anywhere.home
    anywhere.upload(**{str(number): mp4(seed=number) for number in range(4)})
    anywhere.put(f"{UPLOADS}sub/9.mp4", mp4(seed=9))
    home.sync()
    source = home.config["sources"]["uploads"]
    where = "prefix" if "prefix" in source else "root"
    source[where] = f"{source[where].rstrip('/')}/sub"
    plan = home.syncer("plan", "--json")
    assert plan.json["counts"] == {"publish": 1, "recheck": 4}
    done = home.sync()
    assert (done["exit_code"], done["counts"]) == (1, {"in_place": 1, "rechecked": 4})
    assert done["errors"] == plan.json["errors"]
    assert "4 of 5 files in place (80.0%) are no longer listed" in done["errors"][0]["message"]
    assert len(home.manifest()) == 5
    done = home.sync("--max-delete", "80%")
    assert (done["exit_code"], done["counts"]) == (0, {"kept": 1, "gone": 4})
    (found,) = done["findings"]
    assert found["message"] == "source uploads: 4 published files are no longer there, such as '0.mp4'"
    assert home.manifest().keys() == {"9.mp4"}


@pytest.mark.parametrize("served", [False, True])
def test_of_a_folder_that_can_not_be_listed_only_what_answers_stays(
    web: Ground,
    served: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """It was renamed, or the config names another one that does not exist."""
    web.upload(a=mp4(seed=1), b=mp4(seed=2))
    web.home.sync()
    if served:
        web.home.config["sources"]["uploads"]["root"] += "/nowhere"
    else:
        folder = web.home.site.root / UPLOADS
        folder.rename(folder.with_name("away"))
    for _ in range(2):
        done = web.home.sync()
        assert (done["exit_code"], done["errors"][0]["code"]) == (1, "source.missing")
        assert web.home.manifest().keys() == ({"a.mp4", "b.mp4"} if served else set())


def test_a_gone_file_is_a_line_of_the_log_with_its_url(web: Ground) -> None:
    web.upload(a=mp4(seed=1), b=mp4(seed=2))
    web.home.sync()
    web.remove(f"{UPLOADS}a.mp4")
    url = web.url(f"{UPLOADS}a.mp4")
    assert f"unlist  uploads:a.mp4  (no longer there)  {url}\n" in web.home.syncer("plan").out
    ran = web.home.syncer("sync")
    assert ran.err.endswith(f" gone uploads:a.mp4 {url}\n")
    assert ran.out.startswith("nothing to copy · 1 unchanged · 1 no longer there\n")

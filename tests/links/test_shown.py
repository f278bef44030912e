"""Law: a link in a message can be opened by people, and a row of a list is never excluded by its number."""

from __future__ import annotations

import pytest

from syncer.urls.links import asset_key, shown_url
from tests.home import Home

ID = "1AbCdEfGhIjKlMnOpQrStUv"


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        (
            f"https://drive.google.com/uc?export=download&id={ID}",
            f"https://drive.google.com/file/d/{ID}/view",
        ),
        (f"https://drive.google.com/open?id={ID}", f"https://drive.google.com/file/d/{ID}/view"),
        (
            f"https://drive.google.com/drive/u/0/folders/{ID}?usp=sharing",
            f"https://drive.google.com/drive/folders/{ID}",
        ),
        ("https://acme.box.com/shared/static/abcdef0123456789.mp4", "https://app.box.com/s/abcdef0123456789"),
    ],
)
def test_a_shared_link_is_shown_as_it_opens(link: str, shown: str) -> None:
    assert shown_url(link) == shown
    assert asset_key(shown) == asset_key(link)


def test_a_bad_row_is_to_be_corrected_and_not_excluded(home: Home) -> None:
    (home.folder / "links.csv").write_text("url\nnot a link\nhttps://a.test/a.mp4 https://a.test/b.mp4\n")
    home.config["sources"] = {"posts": {"kind": "links", "list": "links.csv"}}
    ran = home.syncer("sync")
    assert "correct that row of the list, or remove it" in ran.out
    assert "exclude" not in ran.out + ran.err

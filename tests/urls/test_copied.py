"""Laws of pasted URLs: the finding names the text that is not part of the URL, and the correct URL."""

from __future__ import annotations

import pytest

from syncer.urls.copied import find_copied
from tests.home import Home

URL = "https://media.example.com/a.mp4"

PASTED = {
    "a space before": (f" {URL}", "a space at its start"),
    "a tab behind": (f"{URL}\t", "a space at its end"),
    "a space that nobody sees": (f"{URL}\u200b", "an invisible character"),
    "quotes": (f"'{URL}'", "the quotes ' and '"),
    "quotes of a word processor": (f"«{URL}»", "the quotes « and »"),
    "angle brackets": (f"<{URL}>", "the brackets < and >"),
    "parentheses": (f"({URL})", "the brackets ( and )"),
    "two pairs": (f" “<{URL}>”", "the quotes “ and ”"),
    "Markdown": (f"[my clip]({URL})", "other text around the URL"),
    "Markdown's image": (f"![a/b]({URL})", "other text around the URL"),
    "HTML": (f'<a href="{URL}">x</a>', "other text around the URL"),
    "a row of a table": (f"17,My clip,{URL}", "other text around the URL"),
    "a setting": (f"url={URL}", "other text around the URL"),
    "no colon": (URL.replace(":", ""), "the colon after https is missing"),
    "a semicolon": (URL.replace(":", ";"), "it has https;// instead of https://"),
    "one slash": (URL.replace("//", "/", 1), "it has https:/ instead of https://"),
    "no slash": (URL.replace("//", "", 1), "it has https: instead of https://"),
    "twice": (f"https://{URL}", "it has https:// twice"),
}


@pytest.mark.parametrize("kind", PASTED)
def test_pasted_text_around_a_url_is_named_with_the_correct_url(kind: str) -> None:
    text, what = PASTED[kind]
    found = find_copied(text)
    assert found is not None
    assert what in found.what
    assert found.url == URL


@pytest.mark.parametrize(
    "text",
    [
        URL,
        f"{URL}?to={URL}",
        f"media.example.com/go?to={URL}",
        f"web.example.com/save/{URL}",
        "ftp://media.example.com/https://x/",
        "http://media.example.com/",
        "https://[2001:db8::1]/a(1).mp4",
        "media.example.com/a.mp4",
        "https",
        "https.example.com/a.mp4",
        "",
    ],
)
def test_a_url_alone_and_other_text_stay_unchanged(text: str) -> None:
    assert find_copied(text) is None


@pytest.mark.parametrize("kind", PASTED)
def test_check_and_bootstrap_name_the_pasted_text(kind: str) -> None:
    text, what = PASTED[kind]
    checked = Home.syncer_alone("check", "-c", "/dev/null/none.yaml", text)
    assert checked.code == 4
    assert checked.out.count("✗") == 1
    assert "[url.pasted]" in checked.out
    assert "verify its host" not in checked.out
    assert "httpx" not in checked.out + checked.err
    folder = text.replace("a.mp4", "")
    for flag in ("--url", "--property"):
        ran = Home.syncer_alone("bootstrap", flag, folder, "--destination", "./x", "--signature", __file__)
        assert ran.code == 2
        assert f"{flag}: " in ran.err
        assert what in ran.err
        assert "write https://media.example.com/\n" in ran.err


@pytest.mark.parametrize("pair", ["<>", "()", '""', "  ", ("[clip](", ")"), ("a,", "")])
def test_password_of_a_pasted_url_is_never_repeated(pair: tuple[str, str]) -> None:
    text = f"{pair[0]}https://me:hunter2@media.example.com/?key=hunter2{pair[1]}"
    ran = Home.syncer_alone("bootstrap", "--url", text, "--destination", "./x", "--signature", __file__)
    checked = Home.syncer_alone("check", "-c", "/dev/null/none.yaml", text)
    assert (ran.code, checked.code) == (2, 4)
    assert "hunter2" not in ran.out + ran.err + checked.out + checked.err

"""Which names a web server may act on, as tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.probe.media_types import MEDIA
from syncer.urls.safe_names import CONTROL, HOSTS, LABELS, RUN, harmless, is_media, obeyed, path_flaw


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ("shell.php.jpg", "shell_php.jpg"),
        ("shell.PhP.jpg", "shell_PhP.jpg"),
        ("a.php5.jpg", "a_php5.jpg"),
        ("a.phpx.jpg", "a_phpx.jpg"),
        ("a.phtml.b.jpg", "a_phtml.b.jpg"),
        ("a.pht.phar.jpg", "a_pht_phar.jpg"),
        ("a.php..jpg", "a_php..jpg"),
        ("a.php.", "a_php."),
        ("a.php .jpg", "a_php .jpg"),
        ("a.php\u00a0.jpg", "a_php\u00a0.jpg"),
        ("a.php\u200b.jpg", "a_php\u200b.jpg"),
        ("a.php~.jpg", "a_php~.jpg"),
        ("a.asp;.jpg", "a_asp;.jpg"),
        ("a.aspx;x=1.jpg", "a_aspx;x=1.jpg"),
        ("a.jsp?x.jpg", "a_jsp?x.jpg"),
        ("a.cgi%00.jpg", "a_cgi%00.jpg"),
        ("a.cgi%2500.jpg", "a_cgi%2500.jpg"),
        ("a%2ephp.jpg", "a_php.jpg"),
        ("a%252Ephp.jpg", "a_php.jpg"),
        ("a.%70hp.jpg", "a_%70hp.jpg"),
        ("a.asp::$DATA", "a_asp::$DATA"),
        ("a.asp:.jpg", "a_asp:.jpg"),
        ("a\uff0ephp.jpg", "a_php.jpg"),
        ("a\u2024php.jpg", "a_php.jpg"),
        ("a.\uff50\uff48\uff50.jpg", "a_\uff50\uff48\uff50.jpg"),
        ("a.a\u017fp.jpg", "a_a\u017fp.jpg"),
        ("a.p\u0301hp.jpg", "a_p\u0301hp.jpg"),
        ("a.shtml.mp4", "a_shtml.mp4"),
        ("a.html.webp", "a_html.webp"),
        ("a.svg.webp", "a_svg.webp"),
        ("sw.js.jpg", "sw_js.jpg"),
        ("a.mp4.gz.mp4", "a.mp4_gz.mp4"),
        ("a.Z.mp4", "a_Z.mp4"),
        ("a.br.mp4", "a_br.mp4"),
        ("a.var.mp4", "a_var.mp4"),
        ("a.asis.map.mp4", "a_asis_map.mp4"),
        ("x.php/photo.jpg", "x_php/photo.jpg"),
        ("a/x.aspx/b/photo.jpg", "a/x_aspx/b/photo.jpg"),
        ("x.asp;y/photo.jpg", "x_asp;y/photo.jpg"),
        ("x.html/photo.jpg", "x_html/photo.jpg"),
    ],
)
def test_no_ending_that_a_server_obeys_stays(path: str, safe: str) -> None:
    assert harmless(path) == safe
    assert obeyed(path)
    assert obeyed(safe) is None


@pytest.mark.parametrize(
    "path",
    [
        "clip.mp4",
        "clip.v2.mp4",
        "2024.05.01.mp4",
        "John.Smith.mp4",
        "Mr. Smith, Part 1.5.mov",
        "wait...what.mp4",
        "…and more.mp4",
        "What is PHP.mp4",
        "php.mp4",
        "html/js/clip.jpg",
        "Intro to Node.js basics.mp4",
        "My%20Video%201.mp4",
        "100%.mp4",
        "clip.en.mp4",
        "photo.jpg.webp",
        "notes.txt.mp4",
        "caf\u00e9.m\u00fcsli.mp4",
        "\u0440\u043e\u043b\u0438\u043a.\u0444\u0438\u043d\u0430\u043b.mp4",
        "cdn.example.pl/a.mp4",
        "media.globo.com.br/a.mp4",
        "example.sh:8443/a.mp4",
        "raw.s3.amazonaws.com/exports/a.mp4",
        "backup.tar.gz/a.mp4",
        "next.js/a.mp4",
    ],
)
def test_ordinary_dots_stay(path: str) -> None:
    assert harmless(path) == path
    assert obeyed(path) is None


@pytest.mark.parametrize(
    "path",
    [
        *(".htaccess", "a/.user.ini", ".well-known/a.mp4", ".a.mp4", "...", "..mp4", "a/.b/c.mp4"),
        *("%2ehtaccess", "%252Ehtaccess", "\uff0ehtaccess", " .htaccess"),
        *("web.config", "WEB.Config", "a/web.config", "web.config.", "web.config ", "web.config::$DATA"),
        *(
            "\uff57eb.config",
            "web%2econfig",
            "web.config%20",
            "_headers",
            "a/_redirects",
            "CNAME",
            "robots.txt",
        ),
        *("cgi-bin/a.jpg", "WEB-INF/a.jpg", "php.ini", "apple-app-site-association"),
    ],
)
def test_dotfiles_and_control_names_are_refused(path: str) -> None:
    assert path_flaw(path)
    assert obeyed(path) == path_flaw(path)


@pytest.mark.parametrize(
    "path", ["a.jpg", "webconfig.mp4", "headers.mp4", "robots.jpg", "C.NAME.mp4", "a..b.mp4"]
)
def test_other_names_are_not(path: str) -> None:
    assert path_flaw(path) is None


def test_the_tables_leave_media_alone() -> None:
    assert not MEDIA.keys() & (RUN | LABELS)
    assert HOSTS < RUN
    assert all(word == word.lower() for word in RUN | LABELS | CONTROL)


@pytest.mark.parametrize(
    ("path", "media"),
    [
        *(("a.mp4", True), ("a.MOV", True), ("a/b.JpEg", True), (".mp4", True)),
        *(
            ("a", False),
            ("a.", False),
            ("mp4", False),
            ("a.mp4/b", False),
            ("a.mp4.", False),
            ("a.mp4 ", False),
        ),
        *(("a.svg", False), ("a.pdf", False), ("a.html", False), ("a\uff0emp4", False), ("a%2emp4", False)),
    ],
)
def test_only_a_plain_ending_stands_for_media(path: str, media: bool) -> None:  # noqa: FBT001 - a table
    assert is_media(path) is media


@given(st.text() | st.text("./%2eEphP;: ajs\u0301\uff0e"))
def test_what_is_harmless_stays_as_it_is(path: str) -> None:
    """And nothing but dots changes."""
    safe = harmless(path)
    assert harmless(safe) == safe
    assert safe.count("/") == path.count("/")
    assert (safe == path) or path_flaw(path) or obeyed(path)

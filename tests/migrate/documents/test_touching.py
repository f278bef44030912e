r"""Laws of text that touches a link: it stays, and a link whose start or end is not sure is listed."""

from __future__ import annotations

import html
import io
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.migrate.documents import LinkKind, Occurrence, open_document
from tests.migrate.documents.test_ends import CDN, CONTAINERS, NEW, STORED

LINKS = (STORED[0], STORED[11], STORED[14], CDN, f"{CDN}?v=3&w=5")


def migrated(text: str, format_: str = "text") -> tuple[str, list[Occurrence]]:
    """The document after the run of a server that has everything, and the links to media."""
    stream, out = io.BytesIO(text.encode()), io.BytesIO()
    document = open_document("it", stream, format_)
    found = [each for each in document.links(stream) if each.listed or each.kind is not LinkKind.OTHER]
    document.rewrite(stream, out, lambda _: NEW)
    return out.getvalue().decode(), found


def listed(text: str, format_: str = "text") -> bool:
    """Whether no byte changed, and the link is listed with the reason."""
    new, found = migrated(text, format_)
    return new == text and len(found) == 1 and bool(found[0].hindrance)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("times", [1, 2, 3, 5])
def test_html_that_is_escaped_several_times_is_read(container: str, link: str, times: int) -> None:
    format_, write = CONTAINERS[container]

    def escaped(url: str) -> str:
        url = html.escape(url).replace("/", "&#x2F;")
        text = f'<a href="{url}">x</a> {url}&hellip; “{url}”, &nbsp;{url}&eacute;'
        for _ in range(times - 1):
            text = html.escape(text)
        return write(text)

    new, found = migrated(escaped(link), format_)
    assert len(found) == 4
    assert [each.url for each in found[:3]] == [link] * 3
    expected = escaped(NEW) if not found[3].hindrance else escaped(NEW).rsplit(NEW.replace("/", "&"), 1)[0]
    assert new == expected or found[3].hindrance


@pytest.mark.parametrize("link", LINKS)
def test_the_links_of_a_feed_are_replaced_as_a_whole(link: str) -> None:
    root = ET.Element("feed")
    ET.SubElement(root, "content").text = f'<a href="{html.escape(link)}">x</a>'
    new, found = migrated(ET.tostring(root, "unicode"))
    (content,) = ET.fromstring(new)  # noqa: S314 - the test wrote it
    assert content.text == f'<a href="{NEW}">x</a>'
    assert [each.url for each in found] == [link]


@pytest.mark.parametrize("link", LINKS)
def test_an_ampersand_as_an_escape_of_json_begins_an_entity(link: str) -> None:
    text = f"see {html.escape(link)}&lt;/a&gt;".replace("&", "\\u0026")
    assert migrated(text)[0] == "see NEW\\u0026lt;/a\\u0026gt;".replace("NEW", NEW)


ESCAPES = (
    "\\ud83d\\udc49", "\\u770b", "\\\\ud83d\\\\udc49", "\\n", "\\\\n", "\\t", "\\r", "\\xa0", "\\xA0",
    "\\U0001f449", "\\u{1F449}", "\\033", "\\e", "\\/", "=E9", "\x1b[32m", "\x1b[1;31m", "\\033[0;32m",
    "\\u001b[1m", "\\x1b[4m", "^[[32m", "&nbsp;", "&amp;nbsp;", "&#10;", "1", "1.5", "+", "-1", "看", "é",
    "\xa0", "\\_", "\\'e9",
)  # fmt: skip
"""Ends of escapes, and other text that is no word."""


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("start", ["", "see ", "clip"])
def test_an_escape_directly_before_a_link_stays(container: str, escape: str, start: str) -> None:
    if start == "clip" and escape in ("1", "1.5", "+", "-1", "\\/"):  # a scheme or a path
        return
    format_, write = CONTAINERS[container]
    for link in LINKS:
        text = f"{start}{escape}{{}} {escape}{{}}"
        new, found = migrated(write(text.replace("{}", link)), format_)
        assert [each.url for each in found] == [link] * 2
        if not (container == "sql" and "\\" in escape):  # the escape may be one of SQL, which is no other one
            assert new == write(text.replace("{}", NEW))


TOUCHING = (
    "video", "New video", "git+", "v2", "a1", "[32m", "&nbsp", "blob:", "filesystem:", "/web/2020/", "im_/",
    "x\\/", "../", "%20", "?body=Hi%0A", "x\\u002f",
)  # fmt: skip


@pytest.mark.parametrize("container", ["text", "csv", "copy"])
@pytest.mark.parametrize("before", TOUCHING)
def test_a_link_whose_start_is_not_sure_is_listed(container: str, before: str) -> None:
    format_, write = CONTAINERS[container]
    for link in LINKS:
        assert listed(write(before + link), format_)
        assert migrated(write(f"{before}https://shop.example/about {link}"), format_)[0].endswith(
            write(f" {NEW}")[-len(NEW) :]
        )


@pytest.mark.parametrize("container", CONTAINERS)
@given(before=st.text(alphabet="an1é看 \\/u0x;:.+-=%&[m\x1b'\"`_(<", max_size=8), link=st.sampled_from(LINKS))
@settings(max_examples=2 * settings().max_examples, deadline=None)
def test_text_before_a_link_stays_or_the_link_is_listed(container: str, before: str, link: str) -> None:
    format_, write = CONTAINERS[container]
    text = f"{before}{link} "
    new, found = migrated(write(text), format_)
    assert found, "each link is listed"
    if found[0].hindrance:
        assert new == write(text)
    elif container != "sql" or "\\" not in before:
        assert new == write(f"{before}{NEW} ")


@pytest.mark.parametrize("host", ["cdn.example", "www.dropbox.com/scl/fi/abc"])
@pytest.mark.parametrize("query", ["", "?rlkey=abc&dl=0", "?rlkey\\=abc&dl\\=0"])
def test_an_escaped_colon_is_listed(host: str, query: str) -> None:
    new, found = migrated(f"clip=https\\://{host}/a.mp4{query}\nabout=https\\://shop.example/a\n")
    assert NEW not in new
    assert [each.url.partition("?")[0] for each in found] == [f"https://{host}/a.mp4"]
    assert "colon" in str(found[0].hindrance)


APOSTROPHES = (
    "''", "'\"'\"'", "'\\''", "\\'", "\\\\'", "\\u0027", "\\\\u0027", "\\x27", "\\047", "&#39;", "&#x27;",
    "&apos;", "&amp;#039;", "&rsquo;", "&#8217;", "\N{RIGHT SINGLE QUOTATION MARK}",
)  # fmt: skip
AROUND = ("x: '{}'\n", 'x: "{}"\n', "see {} there", "'see {}'", "('{}', 'b')", "href: '<a href=\"{}\">'\n")
APOSTROPHED = (
    "https://cdn.example/it{}s/me.mp4",
    "https://cdn.example/dogs{}/me.mp4",
    "https://b.s3.amazonaws.com/it{}s",
    "https://b.s3.amazonaws.com/it{}s/me.mp4?X-Amz-Date=1&X-Amz-Signature=ab",
    "https://cdn.example/p.jpg?title=it{}s&w=5",
    "https://cdn.example/rock{0}n{0}roll.mp4",
)


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("link", APOSTROPHED)
def test_a_link_with_an_escaped_apostrophe_is_listed(apostrophe: str, around: str, link: str) -> None:
    assert listed(around.format(link.format(apostrophe)))


@pytest.mark.parametrize("apostrophe", ["''", "\\'", "'", "&#39;"])
def test_a_name_with_spaces_and_an_apostrophe_is_listed(apostrophe: str) -> None:
    assert listed(f"x: '{CDN[:27]}Bob{apostrophe}s clip 1.mp4'\n")
    assert listed(f"x: '{CDN[:27]}my clip of Bob{apostrophe}s.mp4'\n") or "&" in apostrophe


@pytest.mark.parametrize("link", APOSTROPHED)
def test_an_apostrophe_after_a_quoted_link_may_be_a_part_of_it(link: str) -> None:
    assert listed(f"x: '{link.format(chr(39))}'\n")


@pytest.mark.parametrize("link", [STORED[0], STORED[11], STORED[14], CDN, "https://b.s3.amazonaws.com/clip"])
def test_the_quotes_around_a_link_end_it(link: str) -> None:
    for quotes in (
        "'{}'",
        "''{}''",
        "'''{}'''",
        "&#39;{}&#39;",
        "\\'{}\\'",
        "\\u0027{}\\u0027",
        "&lsquo;{}&rsquo;",
    ):
        for after in (
            "",
            ",",
            ", x",
            ")",
            ";",
            " x",
            ".",
            "]",
            "/>",
            "+y",
            ".format(x)",
            "&gt;",
            "data-a='1'",
        ):
            text = quotes.replace("{}", "{link}") + after
            new, found = migrated(text.replace("{link}", link))
            assert new == text.replace("{link}", NEW)
            assert [each.hindrance for each in found] == [None]


SPELT = {
    "shell": "{}/m.mp4\\?rlkey\\=abc\\&dl\\=0",
    "a program": "{}/m.mp4?rlkey=abc\\x26dl=0",
    "another program": "{}/m.mp4?rlkey=abc\\u{26}dl\\u{3d}0",
    "YAML": "{}/m.mp4?rlkey=abc\\U00000026dl=0",
    "octal": "{}/m.mp4?rlkey=abc\\046dl=0",
    "LaTeX": "{}/m.mp4?rlkey=abc\\&dl=0",
    "LaTeX's percent": "{}/my\\%20m.mp4",
    "Markdown": "{}/my\\-m.mp4",
    "Markdown in JSON": "{}/my\\\\_m.mp4",
    "spaces of the shell": "{}/my\\ m.mp4",
    "brackets": "{}/我\N{FULLWIDTH LEFT PARENTHESIS}1.mp4",
}


@pytest.mark.parametrize("spelt", SPELT)
@pytest.mark.parametrize("around", ["{}", "see {} there", '"{}"', "'{}'"])
def test_a_link_with_other_escapes_is_listed(spelt: str, around: str) -> None:
    assert listed(around.format(SPELT[spelt].replace("{}", "https://cdn.example/films")))
    stored = around.format(SPELT[spelt].replace("{}", "https://www.dropbox.com/scl/fi/abc"))
    assert NEW not in migrated(stored)[0]
    assert migrated(stored)[1]


@pytest.mark.parametrize(
    "escape", ["\\n", "\\t", "\\x0a", "\\x1b[0m", "\\033[0m", "\\e[0m", "\\u{1F449}", "\\N", "\\"]
)
def test_an_escape_after_a_link_that_no_link_contains_ends_it(escape: str) -> None:
    for link in LINKS:
        for after in ("", " x", '"', "\n"):
            assert migrated(f'"{link}{escape}{after}')[0] == f'"{NEW}{escape}{after}'


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("after", ["\\_(2 MB)", "\\_x", "\\_", "\\_\\_x", "\\*x", "\\~5 MB"])
def test_a_no_break_space_of_yaml_is_never_lost(link: str, after: str) -> None:
    for around in ('a: "{}"\n', 'a: "see {} there"\n', "{}"):
        assert listed(around.format(link + after))


@pytest.mark.parametrize(
    "link",
    [
        "https://cdn.example/films/a_b_c.mp4",
        "https://b.s3.amazonaws.com/my_clip_1.mp4?X-Amz-Credential=a%2Faws4_request&X-Amz-Signature=1",
        "https://drive.google.com/file/d/1Ab_CdEfGhIjKlMnOp/view?usp=sharing",
        "https://www.dropbox.com/scl/fi/abc/a_b.mp4?rlkey=a_b&dl=0",
    ],
)
def test_an_underscore_of_markdown_is_read(link: str) -> None:
    new, found = migrated(f"see {link} there\n".replace("_", "\\_"))
    assert new == f"see {NEW} there\n"
    assert [each.url for each in found] == [link]
    last = "https://drive.google.com/uc?id=1Ab_CdEfGhIjKlMnOp"
    assert migrated(f"[x]({last})".replace("_", "\\_"))[0] == f"[x]({NEW})"


@pytest.mark.parametrize(
    "form", ["//cdn.example/a.mp4", "https%3A%2F%2Fcdn.example%2Fa.mp4", "s3://bucket/a.mp4"]
)
@pytest.mark.parametrize("escape", ["\\n", "\\\\n", "\\t", "\\xa0", "\\u770b", "\x1b[32m", "\\033[1;32m"])
def test_other_forms_after_an_escape_are_listed(form: str, escape: str) -> None:
    assert listed(f"x{escape}{form} x")


@pytest.mark.parametrize(
    "form",
    [
        "https%253A%252F%252Fcdn.example%252Fa.mp4",
        "https\\x3A\\x2F\\x2Fcdn.example\\x2Fa.mp4",
        "https&amp;#58;//cdn.example/a.mp4",
        "s3\\://bucket/a.mp4",
    ],
)
def test_forms_that_are_encoded_otherwise_are_listed(form: str) -> None:
    assert listed(f"x {form} x")


@pytest.mark.parametrize(
    "after", ["&amp;x=1", "\\u0026x", "&amp;amp;x=1", "=\n_x", "\\_", "'&#39;s(_/x.jpg", "''a'/"]
)
def test_text_after_the_name_of_media_is_never_swallowed(after: str) -> None:
    for around in ("{}", "({})", "see {} there", "x: '{}'"):
        new, found = migrated(around.replace("{}", CDN + after))
        assert len(found) == 1
        assert bool(found[0].hindrance) == (NEW not in new)
        assert new.replace(NEW, CDN) == around.replace("{}", CDN + after)

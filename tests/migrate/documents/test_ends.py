"""Laws of the end of a link: no byte that may be text is removed, and no link is replaced in part."""

from __future__ import annotations

import io
import json
import quopri
from collections.abc import Callable
from html import unescape
from html.entities import html5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.migrate.documents import LinkKind, open_document
from syncer.urls.links import asset_key

NEW = "https://m.example/x/1.mp4"
V4 = "X-Amz-Date=20260701T110000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=ab01cdef"
COS = (
    "q-sign-algorithm=sha1&q-ak=AK&q-sign-time=1557902212;1557902272&q-key-time=1557902212;1557902272"
    "&q-header-list=host;x-a&q-url-param-list=&q-signature=0a"
)
CDN = "https://cdn.example/films/pic.jpg"

STORED = (
    f"https://raw.s3.eu-west-1.amazonaws.com/k%201.mp4?{V4}",
    "https://raw.s3.amazonaws.com/k.mp4?AWSAccessKeyId=AK&Expires=1900000000&Signature=a%2Fb%3D",
    f"https://minio.example/raw/clip?{V4}",
    f"https://storage.googleapis.com/raw/a.mp4?{V4.replace('Amz', 'Goog')}",
    f"https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com/raw/a.mp4?{V4}",
    "https://f005.backblazeb2.com/file/raw/a.mp4?Authorization=3_2026_ab",
    "https://me.blob.core.windows.net/raw/a.mp4?sv=2021-06-08&sr=b&sp=r&se=2030-01-01T10:00:00Z&sig=aBB%3D",
    "https://d1.cloudfront.net/a.mp4?Expires=1900000000&Signature=a~b-c__&Key-Pair-Id=K2JC",
    "https://abcdefgh.supabase.co/storage/v1/object/sign/pics/p.jpg?token=eyJhbGciOiJIUzI1NiJ9.eyJl.c2ln",
    "https://firebasestorage.googleapis.com/v0/b/p.appspot.com/o/clip%2F1?alt=media&token=24f3",
    f"https://raw-125.cos.ap-guangzhou.myqcloud.com/a.mp4?{COS}",
    "https://drive.google.com/file/d/1AbCdEfGhIjKlMnOp/view?usp=sharing",
    "https://drive.google.com/file/d/1AbCdEfGhIjKlMnOp/view",
    "https://drive.google.com/uc?export=download&id=1AbCdEfGhIjKlMnOp",
    "https://www.dropbox.com/scl/fi/abc123/video.mp4?rlkey=xyz789&dl=0",
    "https://1drv.ms/v/s!AbCdEf?e=x1",
    "https://onedrive.live.com/redir?resid=12AB!34&authkey=!xYz",
    "https://contoso-my.sharepoint.com/:v:/g/personal/u_contoso_com/EabcDEF?e=x1",
    "https://cdn.example/films/b.mp4",
)
"""Links of known stores; the last one ends in the name of a file."""
MARKS = ",;|)]}>:!*'([{<` \t\n。\uff0c、\uff1b→—…😀谢é"
SUFFIXES = st.builds(
    str.__add__, st.sampled_from(MARKS), st.text(alphabet=MARKS + "abkeN7谢你é,;&=/?#%+-_.", max_size=12)
)


CLOSING = (
    "-->", "--!>", "--\\u003e", "--&gt;", "--&#62;", "->", "/>", "//>", "?>", "%>", "-%>", "%&gt;", "%}",
    "-%}", "--}}", "--]]", "]]>", "% off", "%", "%)", "%zz", "%2", "%\\u003e", "[/img]", "[/video]", "[/URL]",
    "[\\/img]", "]", "]x[/url]", "#t=0.1", "#t=5,10", "#t=npt:1:02,1:05", "#xywh=1,2,3,4", "#top", "&num;t=5",
    "&hellip;", "&#8230;", "&rdquo;x", "&#x201D;", "&mdash;x", "&#10;x", "&#xA;", "&Tab;x", "&comma;x",
    "&shy;a", "&period;", "&#46; x",
)  # fmt: skip
"""Ends of tags and comments, lone percent signs, fragments, entities."""


def read(text: str, link: str, format_: str = "text") -> tuple[str, list[str | None]]:
    """The document after the run of a server that knows only the object of `link`; and for each link to media
    why it can't be replaced.
    """
    key = asset_key(link).key
    stream, out = io.BytesIO(text.encode()), io.BytesIO()
    document = open_document("it", stream, format_)
    found = [each for each in document.links(stream) if each.kind is not LinkKind.OTHER]
    document.rewrite(stream, out, lambda url: NEW if asset_key(url).key == key else None)
    return out.getvalue().decode(), [each.hindrance for each in found]


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"\n'


def literal(text: str) -> str:
    return "INSERT INTO t VALUES (" + "'" + text.replace("'", "''") + "');\n"


def copied(text: str) -> str:
    row = text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    return f"COPY t (a) FROM stdin;\n1\t{row}\n\\.\n"


CONTAINERS: dict[str, tuple[str, Callable[[str], str]]] = {
    "text": ("text", str),
    "json": ("json", lambda text: json.dumps({"t": text})),
    "json unescaped": ("json", lambda text: json.dumps({"t": text}, ensure_ascii=False)),
    "csv": ("csv", cell),
    "sql": ("sql", literal),
    "copy": ("sql", copied),
}


@pytest.mark.parametrize("container", CONTAINERS)
@given(link=st.sampled_from(STORED), before=st.sampled_from(["", "see ", "1,", "{", "(1,"]), after=SUFFIXES)
@settings(max_examples=3 * settings().max_examples, deadline=None)
def test_the_text_after_a_link_stays_or_the_link_is_listed(
    container: str, link: str, before: str, after: str
) -> None:
    format_, write = CONTAINERS[container]
    text, expected = write(before + link + after), write(before + NEW + after)
    new, found = read(text, link, format_)
    assert found, "each link is listed"
    if new != expected:
        assert new == text
        # A server says whether `/clip,b` is an object.
        assert found[0] or asset_key(link).key not in new or not any(found)


DOCUMENTS: dict[str, Callable[[list[str]], str]] = {
    "json": lambda texts: json.dumps({"t": texts}),
    "json unescaped": lambda texts: json.dumps({"t": texts}, ensure_ascii=False),
    "csv": lambda texts: "".join(map(cell, texts)),
    "sql": lambda texts: "".join(map(literal, texts)),
    "copy": lambda texts: "".join(map(copied, texts)),
}
"""Many values in one document; a text has no ends but its own."""


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("link", [*STORED[1:17:3], CDN, f"{CDN}?v=3", "https://demo.imgix.net/a.jpg?w=720"])
def test_what_closes_a_tag_and_a_fragment_stay(container: str, link: str) -> None:
    around = (("", ""), ("<!--", "<p>All my text"), ("=", " and"), ("[img]", ""))
    cases = [(before, closing + rest) for before, rest in around for closing in CLOSING]
    texts, expected = ([before + each + after for before, after in cases] for each in (link, NEW))
    if container == "text":
        for text, right in zip(texts, expected, strict=True):
            assert read(text, link) == (right, [None])
    else:
        write = DOCUMENTS[container]
        assert read(write(texts), link, CONTAINERS[container][0]) == (write(expected), [None] * len(cases))


def in_urls(entity: str) -> bool:
    """Whether it may be a part of a URL."""
    return unescape(entity).isalnum() or unescape(entity) in tuple("!#$%&()*+-./:=?@[]_~")


NAMES = [f"&{name}" for name in html5 if name.endswith(";")]
NUMBERS = [f"&#{number};" for number in (*range(1, 0x180), *range(0x2000, 0x2070))]
NUMBERS += [f"&#x{number:X};" for number in (*range(1, 0x180), *range(0x2000, 0x2070))]


@pytest.mark.parametrize("link", [STORED[0], STORED[11], CDN, f"{CDN}?v=3"])
def test_each_entity_that_is_no_character_of_urls_ends_a_link(link: str) -> None:
    # A value of another server may contain an apostrophe: `title=it&apos;s`.
    also = "'\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}" if link.endswith("?v=3") else ""
    entities = [each for each in NAMES + NUMBERS if not in_urls(each) and unescape(each) not in tuple(also)]
    lines = [f"{link}{each}x" for each in entities]
    new, found = read("\n".join(lines), link)
    assert new == "\n".join(lines).replace(link, NEW)
    assert not any(found)


@pytest.mark.parametrize("link", [*STORED, CDN, f"{CDN}?v=3"])
def test_the_text_after_a_letter_as_an_entity_stays_or_the_link_is_listed(link: str) -> None:
    letters = ("&eacute;", "&#233;t", "&#x8C22;", "&alpha;&beta;")
    for entity in (*letters, "&lpar;x", "&commat;x", "&colon;x", "&unknown;x"):
        new, found = read(link + entity, link)
        assert new == NEW + entity if found == [None] else new == link + entity


@pytest.mark.parametrize("name", ["100%_off", "rock&rsquo;n&rsquo;roll", "a%s", "%name%-1"])
def test_a_name_of_media_with_a_character_that_ends_links_is_listed(name: str) -> None:
    text = f'<img src="https://cdn.example/films/{name}.mp4">'
    new, found = read(text, CDN)
    assert new == text
    assert [bool(each) for each in found] == [True]


def test_text_of_equals_signs_is_no_mail() -> None:
    link = STORED[11]
    assert read(f"=={link}==\nkeep", link) == (f"=={NEW}==\nkeep", [None])
    assert read(f"={link}=\nkeep", link) == (f"={NEW}=\nkeep", [None])


@pytest.mark.parametrize("link", STORED)
@pytest.mark.parametrize(
    "after", [",NULL,42}", ";keep", "谢谢大家", ",Summer clip", ",t)", "\uff0c很好", "é"]
)
def test_text_after_a_link_of_a_known_store_stays(link: str, after: str) -> None:
    for format_, write in CONTAINERS.values():
        assert read(write(link + after), link, format_) == (write(NEW + after), [None])


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (f"{CDN}?w=1200谢谢", f"{CDN}?w=1200谢谢"),
        (f'["{CDN}?w=1200,Caption"]', None),
        (f'["{CDN}?w=1200;Caption"]', None),
        (f"see {CDN}?crop=1,2", None),
        (f"{CDN}?w=1200:Caption", None),
        (f"{CDN}?w=1200&eacute;t", None),
        (f"{CDN}?w=1200{{size}}", None),
        (f"{CDN}#top,Caption", None),
        (f"{CDN}?w=5{'谢' * 9000}", None),
        (f"{CDN}!thumb and", None),
        (f"{CDN};v=2?x=1", None),
        (f"{CDN},b.jpg,.urlset/master.m3u8", None),
        (f'["{CDN}?crop=1,2"]', '["NEW"]'),
        (f'<img src="{CDN}?auto=format,compress&w=5">', '<img src="NEW">'),
        (f"{CDN}?w=5{CDN}#a", "NEWNEW#a"),
        (f"{CDN}谢谢{CDN},{CDN};x", "NEW谢谢NEW,NEW;x"),
        (f"https://archive.example/web/{CDN}", "NEW"),
        (f"https://x.example/a.jpg?url={CDN}", "NEW"),
    ],
)
def test_a_link_whose_end_is_not_sure_stays_and_is_listed(text: str, after: str | None) -> None:
    stream, out = io.BytesIO(text.encode()), io.BytesIO()
    document = open_document("it", stream)
    found = list(document.links(stream))
    document.rewrite(stream, out, lambda _: "NEW")
    assert out.getvalue().decode() == (after or text)
    assert all(bool(each.hindrance) == (after in (None, text)) for each in found)
    assert {each.kind for each in found} == {LinkKind.MEDIA}


def test_an_array_of_a_database_is_read_element_by_element() -> None:
    """PostgreSQL quotes an element that has a comma."""
    text = f'COPY t FROM stdin;\n{{{CDN}?w=1,b,NULL}}\t{{"{CDN}?crop=1,2",NULL}}\t{{{{a,{CDN}?w=5}}}}\n\\.\n'
    stream, out = io.BytesIO(text.encode()), io.BytesIO()
    open_document("it.sql", stream).rewrite(stream, out, lambda _: "NEW")
    assert out.getvalue().decode() == 'COPY t FROM stdin;\n{NEW,b,NULL}\t{"NEW",NULL}\t{{a,NEW}}\n\\.\n'


@pytest.mark.parametrize("link", [STORED[0], f"{CDN}?w=1200&h=300", STORED[11]])
def test_a_link_in_quoted_printable_mail_stays_and_is_listed(link: str) -> None:
    mail = quopri.encodestring(f"See {link} there, and <a href='{link}'>\n".encode(), quotetabs=True).decode()
    folded = f"See https://cdn.example/films/fi=\r\nlm.mp4 there\r\n{mail}"
    new, found = read(folded, link)
    assert new == folded
    assert len(found) == 3
    assert all("quoted-printable" in str(each) for each in found)


def test_an_equals_sign_at_the_end_of_a_long_line_is_part_of_the_link() -> None:
    link = f"{STORED[1]}&x={'a' * 60}="
    assert read(f"{link}\nand more\n", link) == (f"{NEW}\nand more\n", [None])
    assert read(f"{CDN}?x=a=\n{CDN}?x=b=\n", f"{CDN}?x=a=")[1] == [None, None]

"""Laws of values serialised by PHP: a value stays valid with any new links, or none of its links changes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.migrate.documents import open_document
from syncer.migrate.documents.window import MOST

LINK = "https://b.s3.amazonaws.com/clip.mp4"
Value = str | int | bool | float | None | list["Value"] | dict[str, "Value"]


def serialize(value: Value) -> bytes:  # noqa: PLR0911 - one for each type
    match value:
        case None:
            return b"N;"
        case bool():
            return b"b:%d;" % value
        case int():
            return b"i:%d;" % value
        case float():
            return b"d:%s;" % repr(value).encode()
        case str():
            return b's:%d:"%s";' % (len(value.encode()), value.encode())
        case list():
            return b"a:%d:{%s}" % (
                len(value),
                b"".join(b"i:%d;" % at + serialize(each) for at, each in enumerate(value)),
            )
    members = b"".join(serialize(key) + serialize(each) for key, each in value.items())
    return b'O:8:"stdClass":%d:{%s}' % (len(value), members)


def unserialize(text: bytes) -> Value:
    value, rest = _read(text)
    assert not rest
    return value


def _read(text: bytes) -> tuple[Value, bytes]:
    kind = text[:1]
    if kind == b"N":
        return None, text.removeprefix(b"N;")
    if kind in b"bid":
        told, _, rest = text[2:].partition(b";")
        return (bool(int(told)) if kind == b"b" else int(told) if kind == b"i" else float(told)), rest
    if kind == b"O":
        text = text.removeprefix(b'O:8:"stdClass"').removeprefix(b":").join([b"O:", b""])
    size, _, rest = text[2:].partition(b":")
    if kind == b"s":
        assert rest[:1] == b'"'
        assert rest[int(size) + 1 : int(size) + 3] == b'";'
        return rest[1 : int(size) + 1].decode(), rest[int(size) + 3 :]
    assert rest[:1] == b"{"
    rest = rest[1:]
    members: dict[str, Value] = {}
    for _ in range(int(size)):
        key, rest = _read(rest)
        members[str(key)], rest = _read(rest)
    assert rest[:1] == b"}"
    return members if kind == b"O" else list(members.values()), rest[1:]


def rewritten(text: bytes, format_: str, new: str) -> tuple[bytes, int]:
    """The new text, and the number of links that stayed because of their value."""
    stream, out = io.BytesIO(text), io.BytesIO()
    document = open_document("it", stream, format_)
    hindered = sum(bool(found.hindrance) for found in document.links(stream))
    document.rewrite(stream, out, lambda _: new)
    return out.getvalue(), hindered


def mysql(text: bytes) -> bytes:
    for plain, escaped in (
        (b"\\", b"\\\\"),
        (b"'", b"\\'"),
        (b'"', b'\\"'),
        (b"\n", b"\\n"),
        (b"\0", b"\\0"),
    ):
        text = text.replace(plain, escaped)
    return text


def swapped(value: Value, new: str) -> Value:
    match value:
        case str():
            return value.replace(LINK, new)
        case list():
            return [swapped(each, new) for each in value]
        case dict():
            return {key.replace(LINK, new): swapped(each, new) for key, each in value.items()}
    return value


WORDS = ["x", "é“", 'it\'s "so"', "a\\b\n", LINK, f"see {LINK}, now", f'<a href="{LINK}">{LINK}</a>', ";}s:"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)
VALUES: st.SearchStrategy[Value] = st.recursive(
    TEXTS | st.integers(-9, 9) | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@given(value=st.lists(VALUES, max_size=4), size=st.integers(1, 300))
@settings(max_examples=3 * settings().max_examples, deadline=None)
def test_a_value_stays_the_same_except_for_its_links(value: list[Value], size: int) -> None:
    """With short and long new links."""
    new = f"https://m.example/{'x' * size}.mp4"
    dump = b"INSERT INTO wp_options VALUES (1,'%s','x');\n"
    after, hindered = rewritten(dump % mysql(serialize(value)), "sql", new)
    assert not hindered
    assert after == dump % mysql(serialize(swapped(value, new)))
    assert unserialize(serialize(swapped(value, new))) == swapped(value, new)


@given(value=st.lists(VALUES, max_size=3), depth=st.integers(1, 4), size=st.integers(1, 120))
@settings(max_examples=settings().max_examples, deadline=None)
def test_values_inside_strings_of_values_have_right_lengths(
    value: list[Value], depth: int, size: int
) -> None:
    new = f"https://m.example/{'x' * size}.mp4"
    before, expected = value, swapped(value, new)
    for _ in range(depth):
        before, expected = [serialize(before).decode()], [serialize(expected).decode()]
    after, hindered = rewritten(b"VALUES ('%s')" % mysql(serialize(before)), "sql", new)
    assert not hindered
    assert after == b"VALUES ('%s')" % mysql(serialize(expected))


@pytest.mark.parametrize(
    ("format_", "around"),
    [
        ("csv", (b'1,"', b'"\n')),
        ("json", (b'{"a":"', b'"}')),
        ("text", (b"", b"")),
        ("sql", (b"COPY t (a) FROM stdin;\n1\t", b"\n\\.\n")),
    ],
)
def test_a_value_stays_valid_in_every_format(format_: str, around: tuple[bytes, bytes]) -> None:
    def written(text: bytes) -> bytes:
        text = text.replace(b'"', b'""') if format_ == "csv" else text
        text = text.replace(b'"', b'\\"') if format_ == "json" else text
        return text.join(around)

    value: Value = [f'<a href="{LINK}">', {"url": LINK}]
    after, hindered = rewritten(written(serialize(value)), format_, "https://m.example/1.mp4")
    assert not hindered
    assert after == written(serialize(swapped(value, "https://m.example/1.mp4")))


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("sql", b"VALUES ('a:1:{i:0;s:99:\"%s\";}')"),
        ("sql", b'VALUES (\'C:3:"Foo":37:{"%s"}\')'),
        ("sql", b"VALUES ('before a:1:{i:0;s:35:\"%s\";}')"),
        ("sql", b'VALUES (\'{\\"m\\":\\"a:1:{i:0;s:44:\\\\\\"<b>%s</b>\\\\\\";}\\"}\')'),
        ("sql", b"VALUES ('a:1:{i:0;s:35:\"%s\";}%%s')" % (b"x" * MOST)),
        ("sql", b"VALUES ('%s a:1:{i:0;s:35:\"%%s\";}')" % (b"x" * MOST)),
        ("text", b'option a:1:{i:0;s:35:"%s";} of WordPress'),
    ],
)
def test_a_link_behind_an_unreadable_length_stays_and_is_reported(format_: str, text: bytes) -> None:
    text = text.replace(b"%s", LINK.encode()) + b"\n"
    after, hindered = rewritten(text, format_, "https://m.example/1.mp4")
    assert after == text
    assert hindered == text.count(LINK.encode())


def test_in_a_text_a_length_counts_only_on_its_line() -> None:
    for filler in ("", "x" * (2 * MOST)):
        text = f'a:1:{{i:0;s:35:"{LINK}";}} {filler}\n{LINK}\n'.encode()
        after, hindered = rewritten(text, "text", "https://m.example/1.mp4")
        assert hindered == 1
        assert after == text.removesuffix(LINK.encode() + b"\n") + b"https://m.example/1.mp4\n"

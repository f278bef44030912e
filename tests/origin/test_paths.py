"""Laws of path templates: every key has a path, and the same asset always has the same path."""

from __future__ import annotations

import hashlib
import pickle
import re
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from syncer.destinations.keys import path_below_root
from syncer.model import Asset
from syncer.origin.paths import FIELDS, PathTemplate

SHA = hashlib.sha256(b"bytes").hexdigest()

keys = st.text(min_size=1) | st.lists(st.text("aé.日/-\u0301\ud800 ", max_size=6), min_size=1).map("/".join)
"""Any text, and often a text that looks like a path."""
templates = st.lists(
    st.sampled_from([f"{{{name}}}" for name in (*FIELDS, "sha256:8", "sha256:64")])
    | st.sampled_from("/.-aé"),
).map("".join)


def render(template: str, key: str, source: str = "clips") -> str:
    return PathTemplate.parse(template).render(Asset(source=source, key=key, locator=key), SHA)


@pytest.mark.parametrize(
    ("template", "key", "path"),
    [
        ("{source}/{key}", "2024/Été 1.MP4", "clips/2024/Été 1.MP4"),
        ("clips/{key}", "a.mp4", "clips/a.mp4"),
        ("{stem}.{ext}", "2024/Été 1.MP4", "Été 1.MP4"),
        ("{stem}.{ext}", "2024/readme", "readme"),
        ("{stem}.{ext}", "2024.01/readme", "readme"),
        ("{stem}.{ext}", "a/.profile", ".profile"),
        ("{stem}.{ext}", "..profile", "..profile"),
        ("{stem}.{ext}", "a.", "a."),
        ("{stem}.{ext}", "a.tar.gz", "a.tar.gz"),
        ("{stem}-{sha256:8}.{ext}", "a.mp4", f"a-{SHA[:8]}.mp4"),
        ("{stem}-{sha256:8}.{ext}", "a", f"a-{SHA[:8]}"),
        ("{stem}.{ext}.bak", "a", "a.bak"),
        ("{stem}{ext}", "a", "a"),
        ("{stem}{ext}", "a.", "a."),
        ("{sha256}", "a", SHA),
        ("{sha256:64}", "a", SHA),
        ("{slug}.{ext}", "2024/Été à Zürich (1).MP4", "2024-ete-a-zurich-1.MP4"),
        ("{slug}.{ext}", "Straße_ﬁn.mp4", "strasse-fin.mp4"),
        ("{slug}", "a/", "a"),
        ("{slug}", "日本.mp4", hashlib.sha256("日本.mp4".encode()).hexdigest()[:12]),
        ("{slug}", "\ud800", hashlib.sha256(b"\xed\xa0\x80").hexdigest()[:12]),
        ("e{key}", "\u0301a", "éa"),
        ("no field at all.mp4", "a", "no field at all.mp4"),
    ],
)
def test_fields(template: str, key: str, path: str) -> None:
    assert render(template, key) == path


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{kee}", 'has an unknown field {kee}; did you mean "{key}"?'),
        ("{KEY}", 'has an unknown field {KEY}; did you mean "{key}"?'),
        (
            "{}",
            (
                "has an unknown field {};"
                " the fields are {source}, {key}, {stem}, {ext}, {slug}, {sha256} and {sha256:12}"
            ),
        ),
        (
            "{sha256:7}",
            "has {sha256:7}, but a part of the hash is 8 to 64 digits long, as in {sha256:12}",
        ),
        (
            "{sha256:65}",
            "has {sha256:65}, but a part of the hash is 8 to 64 digits long, as in {sha256:12}",
        ),
        ("{sha256:}", "has {sha256:}, but a part of the hash is 8 to 64 digits long, as in {sha256:12}"),
        ("{sha256:١٢}", "has {sha256:١٢}, but a part of the hash is 8 to 64 digits long, as in {sha256:12}"),
        ("{key", "has an unmatched brace; braces are only for fields, such as {key}"),
        ("key}", "has an unmatched brace; braces are only for fields, such as {key}"),
        ("{{key}}", "has an unmatched brace; braces are only for fields, such as {key}"),
    ],
)
def test_a_bad_template_is_refused_with_the_reason(template: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        PathTemplate.parse(template)


def test_needs_bytes_is_true_with_the_hash_in_the_template() -> None:
    assert PathTemplate.parse("{stem}-{sha256:8}.{ext}").needs_bytes
    assert PathTemplate.parse("{sha256}").needs_bytes
    assert not PathTemplate.parse("sha256/{key}").needs_bytes


def test_a_missing_hash_is_never_invented() -> None:
    asset = Asset(source="clips", key="a", locator="a")
    with pytest.raises(ValueError, match="needs the sha256 of the bytes"):
        PathTemplate.parse("{sha256:8}").render(asset)
    assert PathTemplate.parse("{key}").render(asset) == "a"


@given(templates, keys)
def test_every_key_has_one_stable_path_in_normal_form(template: str, key: str) -> None:
    path = render(template, key)
    assert unicodedata.normalize("NFC", path) == path
    copied = pickle.loads(pickle.dumps(PathTemplate.parse(template)))  # noqa: S301 - our own bytes
    assert copied.render(Asset(source="clips", key=key, locator=key), SHA) == path


@given(keys)
@example("a.")
@example("a/..b")
def test_stem_and_extension_make_the_name_again(key: str) -> None:
    assert render("{stem}.{ext}", key) == unicodedata.normalize("NFC", key.rpartition("/")[2])


@given(keys)
def test_a_slug_may_be_published(key: str) -> None:
    slug = render("{slug}", key)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) > 255 or path_below_root(slug) == slug


@given(st.text())
def test_any_text_is_a_template_or_a_value_error(text: str) -> None:
    try:
        template = PathTemplate.parse(text)
    except ValueError as error:
        assert str(error).startswith("has ")  # noqa: PT017 - some texts are templates, some are not
    else:
        assert template.text == text


FIELDS_AT_ONCE = 5


@given(template=templates, key=keys, source=st.sampled_from(["clips", "a-b_C9"]))
def test_every_path_begins_with_its_templates_head_and_matches_its_pattern(
    template: str, key: str, source: str
) -> None:
    parsed = PathTemplate.parse(template)
    path = render(template, key, source)
    assert path.startswith(parsed.head(source))
    assume(key and "\u0301" not in key and "\n" not in key)  # an accent joins the letter before it
    assume(template.count("{") < FIELDS_AT_ONCE)  # a match tries each way to share a path out among them
    assert re.fullmatch(parsed.pattern(source), path, re.DOTALL)

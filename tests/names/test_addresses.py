"""The law of public names, for any key, template and media type."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from syncer.destinations.keys import check_path
from syncer.errors import SyncerError
from syncer.model import Asset
from syncer.origin.addresses import OriginAddresses
from syncer.origin.paths import PathTemplate
from syncer.probe.media_types import MEDIA, TYPES, extension

ORIGIN = "https://media.example.com/"
SHA = hashlib.sha256(b"bytes").hexdigest()
TEMPLATES = (
    "{source}/{key}",
    "{key}",
    "{stem}.{ext}",
    "{slug}.{ext}",
    "{slug}",
    "{stem}{ext}",
    "x/{stem}.mp4",
)
HASHED = ("{sha256}", "{slug}-{sha256:12}.{ext}", "{key}.{sha256:8}")

PIECES = (
    *("a", "shell", "photo", "IMG_1", "2024", "v2", "日本", "é", "…", "_", "-", "~", " ", "/", "//"),
    *(
        ".",
        ".",
        ".",
        "..",
        "\uff0e",
        "%2e",
        "%252E",
        ";",
        ":",
        "%00",
        "%20",
        "::$DATA",
        "?",
        "#",
        "\u0301",
        "\u200b",
    ),
    *(
        "php",
        "PhP5",
        "phtml",
        "pht",
        "cgi",
        "pl",
        "asp",
        "aspx",
        "jsp",
        "shtml",
        "html",
        "svg",
        "js",
        "gz",
        "br",
        "Z",
    ),
    *("var", "map", "asis", "config", "web", "htaccess", "user", "ini", "CNAME", "robots", "txt", "_headers"),
    *("jpg", "JPG", "mp4", "mov", "webm", "ts", "mpeg"),
)
keys = st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join) | st.text(min_size=1)
types = st.sampled_from(sorted({*TYPES.values(), "application/octet-stream", "application/gzip", ""}))

LAST = re.compile(
    "3gp|avif?|bmp|cr3|flv|gif|hei[cf]|jfif|jpe?g?|m4[av]|mkv|mov|mp[34]|mpe?g|og[gv]|png|qt|tiff?|ts|wav|web[mp]"
    "|wmv",
    re.IGNORECASE,
)
RUNS = re.compile(
    "php.*|p[ly]|pht(ml)?|phar|s?html?|shtm|stm|cgi|asp|aspx|ashx|asa|cer|jspx?|cfm|var|asis|map|config"
)
LABELLED = re.compile(r"gz|tgz|z|br|bz2|svgz?|js|mjs|css|xml|xhtml|swf|wasm")
"""Kept apart from the program's own tables."""


def addresses(template: str) -> OriginAddresses:
    return OriginAddresses(ORIGIN, ORIGIN, {"clips": PathTemplate.parse(template)})


def lawful(path: str) -> bool:
    *folders, name = path.split("/")
    lenient = [unicodedata.normalize("NFKC", unquote(unquote(each))).lower() for each in (*folders, name)]
    endings = [[re.split(r"[;:%?#\0]", end)[0].strip() for end in each.split(".")[1:]] for each in lenient]
    inner, outer = endings[-1], [ending for each in endings[:-1] for ending in each]
    return (
        LAST.fullmatch(name.rpartition(".")[2]) is not None
        and not any(segment.startswith(".") for segment in path.split("/"))
        and not any(RUNS.fullmatch(ending) or LABELLED.fullmatch(ending) for ending in inner)
        and not any(RUNS.fullmatch(ending) and ending not in ("pl", "py", "map") for ending in outer)
        and unicodedata.is_normalized("NFC", path)
    )


@settings(max_examples=4 * settings().max_examples)
@given(key=keys, template=st.sampled_from(TEMPLATES + HASHED), kind=types, nameless=st.booleans())
def test_a_public_path_is_refused_or_lawful_and_always_the_same(
    key: str,
    template: str,
    kind: str,
    nameless: bool,  # noqa: FBT001 - drawn
) -> None:
    ours, asset = addresses(template), Asset("clips", key, key, nameless=nameless)
    try:
        path = ours.path(asset, SHA, kind)
    except SyncerError as error:
        event(error.code)
        assert (error.hint, error.transient) != (None, True)  # noqa: PT017 - either way is lawful here
        return
    assert path is not None
    assert lawful(path), path
    assert check_path(path) == path
    assert extension(kind), "only media has a public path"
    assert ours.path(asset, SHA, kind) == path
    ended = replace(asset, ending=extension(kind))
    if ours.fitting(asset, kind) == asset:
        assert ours.path(ended, SHA) == path
    assert not ours.needs_head(ended)
    hashed = template in HASHED
    early = ours.path(asset, None if hashed else SHA)
    assert early is None or early == path, "what is said before all was read stays true"
    assert ours.needs_head(asset) is (early is None and not hashed)


ORDINARY = (
    "clip",
    "v2",
    "2024",
    "05",
    "John",
    "Smith",
    "日本",
    "été",
    "gmbh",
    "com",
    "x",
    "final",
    "en",
    "(1)",
)
ordinary = st.lists(
    st.lists(st.sampled_from(ORDINARY), min_size=1, max_size=5).map(".".join), min_size=1, max_size=4
).map("/".join)


@given(name=ordinary, ending=st.sampled_from([".mp4", ".MOV", ".jpeg", ".webp"]), kind=types)
def test_the_url_of_an_ordinary_name_is_what_the_template_makes_of_it(
    name: str, ending: str, kind: str
) -> None:
    for template in TEMPLATES:
        asset = Asset("clips", name + ending, "")
        plain = PathTemplate.parse(template).render(asset)
        path = addresses(template).path(asset)
        assert path == (
            plain if plain.lower().endswith(ending.lower()) or plain.endswith(".mp4") else plain + ending
        )
        if extension(kind):
            assert addresses(template).path(asset, None, kind) == path


@pytest.mark.parametrize(
    ("key", "kind", "template", "path"),
    [
        ("photo.html", "image/jpeg", "{source}/{key}", "clips/photo_html.jpg"),
        ("photo.html", "image/png", "{key}", "photo_html.png"),
        ("photo.html", "image/jpeg", "{slug}.{ext}", "photo-html.jpg"),
        ("photo.html", "image/jpeg", "{stem}-x.{ext}", "photo.html-x.jpg"),
        ("photo.html", "image/jpeg", "{stem}.x.{ext}", "photo_html.x.jpg"),
        ("clip.mov", "video/mp4", "{key}", "clip.mov"),
        ("Clip.MP4", "video/quicktime", "{key}", "Clip.MP4"),
        ("clip.jpg", "video/mp4", "{key}", "clip.jpg"),
        ("clip", "video/mp4", "{key}", "clip.mp4"),
        ("clip", "video/mp4", "{slug}", "clip.mp4"),
        ("clip.", "video/mp4", "{key}", "clip..mp4"),
        ("clip.final", "video/quicktime", "{key}", "clip.final.mov"),
        ("2024.05.01", "video/webm", "{key}", "2024.05.01.webm"),
        ("PXL_1.MP", "video/mp4", "{key}", "PXL_1.MP.mp4"),
        ("shell.php", "image/jpeg", "{key}", "shell_php.jpg"),
        ("shell.php.jpg", "image/jpeg", "{key}", "shell_php.jpg"),
        ("shell.php::$DATA", "image/webp", "{key}", "shell_php::$DATA.webp"),
        ("shell.asp;.jpg", "image/jpeg", "{key}", "shell_asp;.jpg"),
        ("x.php/photo.jpg", "image/jpeg", "{key}", "x_php/photo.jpg"),
        ("sw.js", "image/jpeg", "{key}", "sw_js.jpg"),
        ("x.cgi", "video/mp4", "{key}", "x_cgi.mp4"),
        ("x.svg", "image/png", "{key}", "x_svg.png"),
        ("raw.cr2", "image/x-canon-cr3", "{key}", "raw.cr2.cr3"),
        ("a.heic", "image/heif", "{key}", "a.heic"),
        ("a.mp4", "video/mp4", "{stem}-{sha256:8}", f"a-{SHA[:8]}.mp4"),
        ("a.mp4", "video/mp4", "{stem}.old", "a.old.mp4"),
        (".htaccess", "image/jpeg", "{slug}.{ext}", "htaccess.jpg"),
    ],
)
def test_names_by_example(key: str, kind: str, template: str, path: str) -> None:
    assert addresses(template).path(Asset("clips", key, key), SHA, kind) == path


@pytest.mark.parametrize(
    "key",
    [".htaccess", "a/.user.ini", ".git/a.mp4", "web.config", "a/Web.Config", "CNAME", "_redirects", "..mp4"],
)
@pytest.mark.parametrize("template", ["{key}", "a/{key}", "{sha256}/{key}"])
def test_dotfiles_and_control_names_are_refused_before_a_byte_is_read(key: str, template: str) -> None:
    ours, asset = addresses(template), Asset("clips", key, key)
    with pytest.raises(SyncerError) as caught:
        ours.path(asset)
    assert caught.value.code == "destination.path"
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "kind",
    sorted({kind for kind in TYPES.values() if kind not in MEDIA.values()} | {"application/octet-stream"}),
)
def test_what_is_no_media_has_no_public_name(kind: str) -> None:
    for key in ("a", "a.mp4", "a.html"):
        with pytest.raises(SyncerError) as caught:
            addresses("{key}").path(Asset("clips", key, key), SHA, kind)
        assert caught.value.code == "plan.media"
        assert kind in caught.value.message


def test_the_place_of_a_signature_file_stays_free() -> None:
    for key in (f"tiktok{'a' * 32}.txt", "x/tiktok_verify_1.html"):
        with pytest.raises(SyncerError) as caught:
            addresses("{key}").path(Asset("clips", key, key), SHA, "video/mp4")
        assert caught.value.code == "plan.signature"


@pytest.mark.parametrize("template", [".well-known/{key}", "in/{key}"])
def test_a_refused_path_names_the_key_that_sets_it(template: str) -> None:
    path = PathTemplate.parse(template)
    addresses = OriginAddresses(
        ORIGIN,
        ORIGIN,
        {"migrated": path, "clips": path},
        places={"here": "in/"},
        keys={"migrated": "migrate.path"},
    )
    hints = {}
    for source in addresses.templates:
        with pytest.raises(SyncerError) as caught:
            addresses.path(Asset(source, "a.mp4", "a.mp4"))
        hints[source] = str(caught.value.hint)
    assert "`migrate.path`" in hints["migrated"]
    assert "source's" not in hints["migrated"].replace("at the source", "")
    assert "the source's" in hints["clips"]

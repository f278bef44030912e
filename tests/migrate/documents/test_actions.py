"""Laws of action links: a link that reads like an action is never requested, except from a known store."""

from __future__ import annotations

from time import process_time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.migrate.documents import LinkKind, kind_of, reason

HOST = "https://shop.example"
UNSUBSCRIBE = (
    *("unsubscribe", "un_subscribe", "Opt.Out", "emailPreferences", "list-unsubscribe", "cancel-newsletter"),
    *("darse-de-baja", "anular-suscripción", "désabonnement", "se-désinscrire", "abbestellen"),
    *("cancelar-inscrição", "descadastrar", "disiscriviti", "annulla-iscrizione", "uitschrijven", "afmelden"),
    *("abonelikten-ç\u0131k", "üyelik-iptal", "berhenti-berlangganan", "hủy-đăng-ký", "wypisz-się"),
    *("отписаться", "otpisatsya", "退订", "配信停止", "수신거부"),
)  # fmt: skip
ACTIONS = (
    *("delete", "removeVideo", "cancel_order", "reset-password", "verify-email", "confirm", "log-out"),
    *("eliminar", "réinitialiser", "löschen", "bestaetigen", "excluir", "conferma", "verwijderen", "doğrula"),
    *("hapus", "xác-nhận", "usuń", "подтвердить", "выйти"),
)  # fmt: skip
FILES = ("5.jpg", "a.webp", "video.mp4", "clip.mov", "a.png")


@pytest.mark.parametrize("word", [*UNSUBSCRIBE, *ACTIONS])
@pytest.mark.parametrize("spell", [str, quote, str.upper], ids=["plain", "encoded", "upper"])
def test_a_folder_that_is_an_action_is_never_requested(word: str, spell: object) -> None:
    assert callable(spell)
    for file in FILES:
        for path in (
            f"/{spell(word)}/{file}",
            f"/api/7/{spell(word)}/77/{file}",
            f"/{spell(word)}-77/{file}",
        ):
            if spell is not str.upper or word.lower() == word:
                assert kind_of(HOST + path) is LinkKind.UNSURE, path


@pytest.mark.parametrize("word", [*UNSUBSCRIBE, *ACTIONS])
def test_a_query_with_an_action_is_never_sent(word: str) -> None:
    for query in (
        f"action={quote(word)}&id=5",
        f"{quote(word)}=1",
        f"id=5&do={quote(word)}",
        f"next=/{word}",
    ):
        assert kind_of(f"{HOST}/a.mp4?{query}") is LinkKind.UNSURE, query
    assert kind_of(f"{HOST}/{quote(word)}.mp4?id=1") is LinkKind.UNSURE


@pytest.mark.parametrize("word", UNSUBSCRIBE)
def test_a_name_that_only_unsubscribes_is_never_requested(word: str) -> None:
    for ending in ("jpg", "mp4"):
        assert kind_of(f"{HOST}/{quote(word)}.{ending}") is LinkKind.UNSURE
    assert kind_of(f"{HOST}/{quote(word)}-77.webm") is LinkKind.UNSURE


@pytest.mark.parametrize("encoded", ["d%E9sinscription", "%EE%F2%EF%E8%F1%E0%F2%FC%F1%FF", "k%FCndigen"])
def test_the_encodings_of_old_mailers_hide_no_action(encoded: str) -> None:
    assert kind_of(f"{HOST}/{encoded}/5.mp4") is LinkKind.UNSURE


@pytest.mark.parametrize(
    "path",
    [
        *("/delete-scene.mp4", "/cancelled-show.jpg", "/videos/how-to-unsubscribe.mp4", "/reset.mp4?v=3"),
        *("/deleted-scenes/a.mp4?token=1", "/fun-subscription-box/a.mp4", "/reset-tour-2024/clip.mp4"),
        *("/presets/a.mp4?id=5", "/baja/surf.mp4", "/silver/a.mp4?id=4", "/a.mp4?file=delete-scene.mp4"),
        *("/login-tutorial.mp4", "/api/videos/5.mp4?id=5", "/accepted/a.mp4?id=4", "/adopt-outdoor/a.mp4"),
        "/a.mp4?verify=1484063787-9JQB8vP1z0yc5DEBnH6JGWM3mBmvIeMrnnxFi3WtJLE%3D",
    ],
)
def test_ordinary_names_of_media_are_requested(path: str) -> None:
    assert kind_of(HOST + path) is LinkKind.MEDIA
    assert reason(HOST + path) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://raw.s3.amazonaws.com/unsubscribe/5.jpg",
        "https://raw.s3.amazonaws.com/delete/5.mp4?X-Amz-Signature=ab",
        "https://www.dropbox.com/scl/fi/a/unsubscribe.mp4?rlkey=x&dl=0",
        "https://res.cloudinary.com/demo/video/upload/v1/cancel/clip.mp4",
    ],
)
def test_in_a_known_store_no_word_is_an_action(url: str) -> None:
    assert kind_of(url) is LinkKind.MEDIA


@pytest.mark.parametrize(
    "url", ["https://unsubscribe.shop.example/5.mp4", "https://opt-out.shop.example/a.jpg"]
)
def test_a_host_for_unsubscribing_is_never_requested(url: str) -> None:
    assert kind_of(url) is LinkKind.UNSURE


def test_the_reason_names_the_doubt_and_a_way_to_request_it() -> None:
    told = reason(f"{HOST}/optout/abc.mp4") or ""
    assert "reads like an action" in told
    assert "--column NAME" in told


@given(st.text("un-subcrie/%?&=.mp4ЖéI\u0131\ud800", max_size=200))
def test_any_text_can_be_judged_for_actions(text: str) -> None:
    assert kind_of(f"{HOST}/{text}.mp4") in LinkKind


@pytest.mark.parametrize("part", ["un-", "abonelik---", "darse-", "e-mail", "mymy", "log-out", "отказ%20"])
def test_a_long_link_is_judged_in_linear_time(part: str) -> None:
    """A backtracking pattern would need years."""
    begun = process_time()
    kind_of(f"{HOST}/{part * 1000}q/a.mp4")
    assert process_time() - begun < 20

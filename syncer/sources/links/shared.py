"""Shared links: the address of their bytes, and the meaning of a page that comes instead."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

from syncer.connect.meaning import Meaning
from syncer.connect.web.fetch import Fetched, browsable
from syncer.errors import SourceError
from syncer.probe.media_types import HTML, sniff
from syncer.urls.links import Link
from syncer.urls.links.pages import HTML as PAGE

GOOGLE = (".google.com", ".googleusercontent.com")
FORM = "download-form"
MEDIA = ("video/", "image/", "audio/")
SNIFFED = 4096
"""Bytes that are enough to recognise a page."""


_DESCRIBED = re.compile(
    r"https://(?:(?:firebasestorage|storage)\.googleapis\.com|[^/.]+\.firebasestorage\.app)"
    r"(?:/download)?/(?:storage/v1|v0)/b/[^/]+/o/",
    re.IGNORECASE,
)
"""Google's API, which returns metadata unless `alt=media` requests the bytes."""


def address(url: str, link: Link, shown: str) -> str:
    """The address of the bytes. Raises `SourceError`, `source.page`, if there is only a page."""
    way = WAYS.get(link.kind)
    if way and (link.file or way is not _drive):
        return way(browsable(url), link)
    if _DESCRIBED.match(url) and "alt=media" not in url:
        return _with(browsable(url), alt="media")
    if link.answers == PAGE:
        raise SourceError(
            f"{shown}: it is a page{f' of {link.store}' if link.store else ''}, not a file",
            code="source.page",
            hint=HINTS.get(
                link.kind, "get the link of the file itself, or save the file and list it elsewhere"
            ),
        )
    return url


def _drive(url: str, link: Link) -> str:
    """The address behind the form on Drive's page, so that the page itself is often not needed."""
    query = dict(parse_qsl(urlsplit(url).query))
    asked = {"id": link.identity.rpartition("/")[2], "export": "download", "confirm": "t"}
    asked |= {name: value for name, value in query.items() if name in ("resourcekey", "authuser")}
    return f"https://drive.usercontent.google.com/download?{urlencode(asked)}"


def _dropbox(url: str, _link: Link) -> str:
    return _with(url, dl="1", raw=None)


def _sharepoint(url: str, _link: Link) -> str:
    """A parameter of SharePoint that is widely used, but not documented."""
    host = urlsplit(url).hostname or ""
    return _with(url, download="1") if host.endswith(".sharepoint.com") else _onedrive(url)


def _onedrive(url: str) -> str:
    """The documented address of a shared link in the API. It may require a login today."""
    token = base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
    return f"https://api.onedrive.com/v1.0/shares/u!{token}/root/content"


def _github(url: str, _link: Link) -> str:
    return re.sub(r"(//github\.com/[^/]+/[^/]+)/blob/", r"\1/raw/", url)


WAYS: Mapping[str, Callable[[str, Link], str]] = {
    "drive-page": _drive,
    "drive-download": _drive,
    "drive-direct": _drive,
    "dropbox-page": _dropbox,
    "dropbox-download": _dropbox,
    "onedrive-page": _sharepoint,
    "github-page": _github,
}
"""By the kind of link; all others are used as they are."""

HINTS: Mapping[str, str] = {
    "drive-folder": "list the files in it, or use a source of kind drive",
    "docs-page": "a Google document has no bytes: export it as a file",
    "dropbox-folder": "list the files in it",
    "onedrive-folder": "list the files in it",
    "gcs-page": "it requires a login: sign a URL at storage.googleapis.com",
}


def onward(answer: Fetched, link: Link) -> str | None:
    """The address in the form on Drive's page for files that are too large for a virus scan."""
    if not _is_drives(link) or not is_web_page(answer):
        return None
    form = _Form()
    form.feed(answer.text())
    target = urljoin(answer.url, form.action or "")
    host = urlsplit(target).hostname or ""
    if not form.action or not host.endswith(GOOGLE):
        raise _page(form.text(), answer)
    return _with(target, **form.fields)


def is_web_page(answer: Fetched) -> bool:
    """Whether the body is HTML, by its first bytes; by its Content-Type only if these are unclear."""
    begins = answer.range[0] if answer.range else 0
    if begins:
        return False  # its start was checked before
    found = sniff(answer.peek())
    if found != HTML and not found.startswith(MEDIA):
        found = sniff(answer.peek(SNIFFED))
    return found == HTML or (answer.media_type == HTML and not found.startswith(MEDIA))


def is_unsure(answer: Fetched) -> bool:
    """Whether the Content-Type is HTML, and the body has only one byte to check that."""
    begins = answer.range[0] if answer.range else None
    return answer.media_type == HTML and begins == 0 and len(answer.peek(2)) == 1


def refuse_page(answer: Fetched, link: Link) -> None:
    """Raises `SourceError` for a page with status 200 in place of a file."""
    if is_web_page(answer):
        form = _Form()
        form.feed(answer.text())
        raise _page(form.text(), answer)
    if _is_drives(link) and "content-disposition" not in answer.headers:
        raise _page("", answer)


def _is_drives(link: Link) -> bool:
    return WAYS.get(link.kind) is _drive


def _page(text: str, answer: Fetched) -> SourceError:
    host = urlsplit(answer.url).hostname or ""
    if host == "accounts.google.com" or host.startswith("login."):
        text += "sign in to continue"
    for pattern, meaning in PAGES:
        if re.search(pattern, text, re.IGNORECASE):
            return SourceError(f"{answer.shown}: {meaning.reason}", code=meaning.code, hint=meaning.hint)
    return SourceError(
        f"{answer.shown}: the answer is a web page, not a file",
        code="source.page",
        hint="open the link in a private window of a browser: it must start a download",
    )


_SHARE = "share it with anyone who has the link"
PAGES: tuple[tuple[str, Meaning], ...] = (
    (
        r"quota exceeded|too many users have (viewed or )?downloaded",
        Meaning(
            "source.quota",
            "it was downloaded too often, so Google refuses all downloads for a day",
            "try again tomorrow, or use a source of kind drive",
        ),
    ),
    (
        r"infected with a virus|only the owner is allowed to download infected",
        Meaning("source.denied", "Google found a virus in it, so only its owner can download it", None),
    ),
    (
        r"you need (access|permission)|request access|sign[ -]?in to (continue|your)|accounts\.google\.com",
        Meaning("source.denied", "it requires a login", _SHARE),
    ),
    (
        r"you have requested does not exist|(item|file) (was|has been) deleted|can.t find (the|that) \w+",
        Meaning("source.missing", "there is no such file, or it is no longer shared", _SHARE),
    ),
)
"""By words on a page. The first match counts."""


class _Form(HTMLParser):
    """The form on Drive's page with its hidden fields, and the words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self._inside = False
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form" and said.get("id") == FORM:
            self.action, self._inside = said.get("action"), True
        elif tag == "form":
            self._words.append(said.get("action", ""))
        elif tag == "input" and self._inside and said.get("name"):
            self.fields[said["name"]] = said.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def text(self) -> str:
        return " ".join(" ".join(self._words).split())


def _with(url: str, **changed: str | None) -> str:
    """The URL with these parameters; `None` removes one. All others stay as they are."""
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] not in changed]
    new = [f"{quote(name)}={quote(value, safe='')}" for name, value in changed.items() if value is not None]
    return parts._replace(query="&".join(kept + new), fragment="").geturl()

"""Would the platform accept a URL? All rules: its text, its owner, its answers, its media."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from syncer.connect.web.client import WebSettings
from syncer.errors import OriginError, SyncerError
from syncer.model import Content, Entry, Facts, Finding, Severity, acceptance, rejects
from syncer.origin.http import unanswered
from syncer.origin.removed import GONE, PUBLIC
from syncer.origin.rules import answer
from syncer.origin.rules import visit as visiting
from syncer.origin.rules.claim import OWNERSHIP, PropertyClaim
from syncer.origin.rules.visit import Visit, judge_visit
from syncer.origin.visitor import Visitor
from syncer.preflight import Limits, judge_media, media, url
from syncer.preflight.refusals import NO_MEDIA
from syncer.preflight.rule import Rule, Verdict, findings
from syncer.preflight.url import Address
from syncer.protocols import Pace, Runner, Stopped
from syncer.settings.masked import marked
from syncer.urls import safe_names
from syncer.urls.canonical import bare_url, web_url


@dataclass(frozen=True, slots=True)
class Target:
    """A URL to check."""

    url: str
    entry: Entry | None = None
    """The catalogue's entry, if we published it."""
    content: Content | None = None
    """The expected content, if known."""
    path: str | None = None
    """Its public path, if it is at our own origin."""
    listed: bool = True
    """Whether it should be served; if not, only its name is checked."""
    unpublished: bool = False
    """Whether a user unpublished it, but its file is not known to be deleted."""
    whole: bool = False
    """Whether a plain GET is read on to see that the body does not break off."""
    input: int | None = None
    """Its index, from 0, among the given URLs."""


@dataclass(frozen=True, slots=True)
class Checked:
    target: Target
    visit: Visit | None
    """`None` if the URL's text is refused: then it is not requested."""
    findings: tuple[Finding, ...]
    proof: str | None = None
    """The proof of the property that was seen."""

    @property
    def facts(self) -> Facts:
        content = self.visit.content if self.visit and self.visit.answered else None
        return content.facts if content else Facts()

    @property
    def accepted(self) -> bool | None:
        return acceptance(self.findings)


@dataclass(frozen=True, slots=True)
class Checker:
    """The job of a check. Plain data; it opens its handles in the worker."""

    web: WebSettings
    limits: Limits
    property: str | None = None
    """As verified at the platform; `None` if unknown."""
    host: str | None = None
    """The only host that `web` is for; `None` for any."""

    @contextmanager
    def open(self, pace: Pace) -> Iterator[Callable[[Target], Checked | None]]:
        """The check returns `None` if the run was stopped before it was complete."""
        visitors: dict[WebSettings, Visitor] = {}
        with ExitStack() as handles:

            def check(target: Target) -> Checked | None:
                web = self._web(target.url)
                if web not in visitors:
                    visitors[web] = handles.enter_context(closing(Visitor(web, pace)))
                try:
                    return self._check(target, visitors[web])
                except Stopped:
                    return None
                except OriginError as error:
                    return Checked(target, None, (unanswered(error),))
                except SyncerError:
                    raise
                except Exception as error:
                    if os.environ.get("SYNCER_DEBUG"):
                        raise
                    # One URL that meets a mistake of ours must not cost all the others.
                    return Checked(target, None, (_unexpected(error),))

            yield check

    def _web(self, address: str) -> WebSettings:
        """A URL at another host must not be requested from the test origin's port."""
        ours = self.host is None or _host(address) == self.host
        return self.web if ours else WebSettings()

    def _check(self, target: Target, visitor: Visitor) -> Checked:
        address = Address(marked(target.url), datetime.now(UTC))
        if pasted := findings([url.PASTED], address):
            return Checked(target, None, pasted)
        of_the_url = _by_text(address, private=visitor.private)
        owned = findings([OWNERSHIP], PropertyClaim(address.url, self.property))
        owned += findings([NAME], target.path) if target.path is not None else ()
        if target.unpublished:
            seen = visitor.visit(target.url)
            return Checked(target, seen, owned + findings([UNDELETED], seen))
        if not target.listed:
            return Checked(target, None, owned)
        if rejects(of_the_url):
            return Checked(target, None, of_the_url + owned)
        visit = visitor.visit(target.url, target.content, proof=target.whole)
        found = of_the_url + owned + _as_ours(target.entry, judge_visit(visit, self.limits))
        if visit.answered and visit.content:
            content = visit.content
            kind, size, came = content.media_type, visit.size, visit.read or 0
            judged = judge_media(kind, size, content.facts, self.limits, at_least=came)
            found += tuple(_at_its_url(each, size) for each in judged)
        return Checked(target, visit, found)


def _unexpected(error: Exception) -> Finding:
    return Finding(
        "internal",
        Severity.UNKNOWN,
        f"unexpected {type(error).__name__}, a fault of syncer",
        hint="please report it, with what SYNCER_DEBUG=1 prints",
    )


def _at_its_url(found: Finding, size: int | None) -> Finding:
    """With the hint of a look at the public URL. Without a length, the server is at fault, not the file."""
    if found.rule == "media.unread" and size is None:
        return replace(found, hint="let the web server send the file's Content-Length; then check again")
    return replace(found, hint=_ANY_PART) if found.hint == media.FROM_ITS_SOURCE else found


_ANY_PART = (
    "let the web server answer a request for any part of the file (Range), each time alike; then check again"
)


def _as_ours(entry: Entry | None, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Other hints for a missing file that we published: the URL alone does not show why it is missing."""
    if entry is None:
        return found
    hint = _IN_PLACE if entry.in_place else _COPIED
    absent = ("404", "410")
    return tuple(
        replace(each, hint=hint) if each.rule == "origin.status" and each.value in absent else each
        for each in found
    )


_IN_PLACE = (
    "check whether the file is still in its folder: if it is gone, `syncer sync` takes it out of the"
    " manifest; if it is there, origin.url does not serve the destination's root"
)
_COPIED = (
    "check whether the copy is still at the destination: if it is gone, `syncer sync` copies it again; if it"
    " is there, origin.url does not serve the destination's root"
)


def _host(address: str) -> str | None:
    parts = web_url(address)
    return parts.host if parts else None


def _by_text(address: Address, *, private: bool) -> tuple[Finding, ...]:
    """A private test origin may have a name and a port that no platform can reach."""
    found = findings(url.RULES, address)
    return tuple(each for each in found if not private or each.rule not in PRIVATE or each.value is None)


def _name(path: str) -> Verdict | None:
    if (found := safe_names.obeyed(path)) is None:
        return None
    return Verdict(
        Severity.REJECT,
        f"{found}; syncer publishes nothing under such a name any more",
        "an ending of media, and no ending that web servers obey",
        path,
        "run syncer sync: if its source still has the file, it gets a good name and this one is deleted; if"
        f" not, run syncer unpublish {shlex.quote(path)}",
    )


NAME: Rule[str] = Rule(
    "name.obeyed",
    "a file of yours, published by an earlier syncer, has a name that a web server may run, obey or mislabel",
    _name,
)


def _undeleted(visit: Visit) -> Verdict | None:
    where, status = bare_url(visit.url), visit.looks[0].answer.status if visit.looks else None
    hint = f"syncer sync deletes it or says why not; so does syncer unpublish {shlex.quote(visit.url)}"
    if visit.answered:
        told = f"{where} is not published any more, but its file is not deleted yet: it is still public"
        return Verdict(Severity.REJECT, told, value=str(status), hint=hint)
    told = f"{where} is not published any more, but its file is not deleted at the destination yet"
    if status in GONE:
        return Verdict(Severity.WARN, f"{told}; the URL answers {status}", value=str(status), hint=hint)
    return Verdict(Severity.UNKNOWN, f"{told}; whether it is still public is unknown", hint=hint)


UNDELETED: Rule[Visit] = Rule(
    PUBLIC,
    "a file that is not published any more is not deleted yet: you unpublished it, or syncer left it there"
    " before `origin.destination` changed",
    _undeleted,
)

PRIVATE = ("url.host", "url.port")

RULES: tuple[Rule[Any], ...] = (
    url.PASTED,
    *url.RULES,
    OWNERSHIP,
    NAME,
    UNDELETED,
    *visiting.RULES,
    *visiting.ERRORS,
    *answer.IN_ITS_PLACE,
    *answer.OF_THE_FILE,
    *answer.MANNERS,
    *media.RULES,
    NO_MEDIA,
)
"""All rules, in the order in which a platform meets their subjects."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """The same for numbered targets, so that results can be put in order again."""

    checker: Checker

    @contextmanager
    def open(self, pace: Pace) -> Iterator[Callable[[tuple[int, Target]], tuple[int, Checked | None]]]:
        with self.checker.open(pace) as check:
            yield lambda numbered: (numbered[0], check(numbered[1]))


def in_order(runner: Runner, checker: Checker, targets: Iterable[Target]) -> Iterator[Checked]:
    """The results in the order of the targets: runners return them as they finish. A check that was stopped
    has no result.
    """
    waiting: dict[int, Checked | None] = {}
    following = 0
    for number, checked in runner.map(Numbered(checker), enumerate(targets)):
        waiting[number] = checked
        while following in waiting:
            if first := waiting.pop(following):
                yield first
            following += 1

"""A checked URL as text, with a line for each of five areas; and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import NamedTuple
from urllib.parse import urlsplit

import click

from syncer.cli.causes import ORIGIN_WIDE, Cause, Groups, cause, sentence
from syncer.cli.console import human_size, print_lines
from syncer.model import Facts, Finding, Severity
from syncer.origin.check import Checked
from syncer.preflight.url import PASTED
from syncer.urls import weburl
from syncer.urls.canonical import bare_url

MARKS = {Severity.REJECT: "✗", Severity.UNKNOWN: "?", Severity.WARN: "!"}
"""The most serious first."""

OF_AN_ANSWER = "origin.protocol"
"""A host may break HTTP in its answer to one URL, and in another way or not at all for the next."""
ON_THE_WAY = ("origin.unreachable", "origin.private", "origin.tls", "origin.protocol", "origin.certificate")


class Area(NamedTuple):
    name: str
    holds: Callable[[str], bool]
    """Whether a rule belongs here."""
    well: Callable[[Checked], str | None]
    """The text if there is no finding; `None` if this area was not checked."""


def checked_record(checked: Checked) -> dict[str, object]:
    return {
        "input": checked.target.input,
        "url": bare_url(checked.target.url),
        "accepted": checked.accepted,
        "facts": asdict(checked.facts),
        "bytes_read": checked.visit and checked.visit.read,
        "bytes_total": checked.visit and checked.visit.size,
        "findings": [asdict(finding) for finding in checked.findings],
    }


def show_all(checked: Iterable[Checked], *, brief: bool) -> None:
    """Print each URL. A problem of a whole host is printed with its first URL; the others have one line each.

    With `brief`, URLs with the same cause are one entry at the end, with their number.
    """
    groups: Groups[Checked] = Groups()
    for each in checked:
        found = _of_its_host(each)
        if brief:
            if not _is_held(groups, each):
                show_checked(each, brief=True)
        elif found is None or groups.add(_wide(found, each), each):
            show_checked(each, brief=False)
        else:
            url = bare_url(each.target.url)
            print_lines(f"{MARKS[found.severity]} {url}  {_as_first(found, url)}")
    if brief:
        _show_groups(groups)


def _as_first(found: Finding, url: str) -> str:
    if found.severity is Severity.UNKNOWN:
        return f"not looked at: the first URL of this host failed [{found.rule}]"
    if found.rule == OF_AN_ANSWER:
        said = found.message.removeprefix(url).strip()
        return f"{said}, as another URL of this host [{found.rule}]"
    return f"the same fault as the first URL of this host [{found.rule}]"


def _wide(found: Finding, checked: Checked) -> Cause:
    """Differs for URLs that were not requested and those that failed, and for each fault of an answer."""
    shared = _host(checked)
    if found.rule == OF_AN_ANSWER and found.severity is not Severity.UNKNOWN:
        shared += f" {found.message.removeprefix(bare_url(checked.target.url))}"
    return f"{found.rule} {found.severity}", shared


def _is_held(groups: Groups[Checked], checked: Checked) -> bool:
    """Whether it is in one of the groups, which are printed at the end."""
    if not checked.findings or not _may_be_grouped(checked):
        return False
    shared = _cause(checked)
    groups.add(shared, checked)
    return shared in groups.counts


def _show_groups(groups: Groups[Checked]) -> None:
    for shared, each in groups.examples.items():
        number, found = groups.counts[shared], _of_its_host(each)
        if number == 1:
            show_checked(each, brief=True)
        elif found:
            what, mark = sentence(found.rule, found.message), MARKS[found.severity]
            such = f"{number} URLs of {_host(each)}, such as {bare_url(each.target.url)},"
            seen = "were not looked at" if found.severity is Severity.UNKNOWN else "can't be fetched"
            print_lines(f"{mark} {such} {seen}: {what} [{found.rule}]")
            _hint(found)
        else:
            _show_group(number, each)
    if any(groups.counts[shared] > 1 and not _of_its_host(each) for shared, each in groups.examples.items()):
        click.echo("`syncer check --json` names each of them")


def _show_group(number: int, example: Checked) -> None:
    url = bare_url(example.target.url)
    worst = next(
        mark for grade, mark in MARKS.items() if grade in {each.severity for each in example.findings}
    )
    part = f" ({told})" if (told := _part(example)) else ""
    print_lines(f"{worst} {number} URLs, such as {url}{part}")
    for found in example.findings:
        message = found.message.removeprefix(url).lstrip(": ")
        print_lines(f"  {MARKS[found.severity]} {message} [{found.rule}]")
        _hint(found)


def _hint(found: Finding) -> None:
    if found.hint:
        print_lines(f"    → {found.hint}")


def _may_be_grouped(checked: Checked) -> bool:
    """Each dangerous name needs a fix of its own, so each is printed."""
    return not any(found.rule.startswith(("name.", "unpublish.")) for found in checked.findings)


def _cause(checked: Checked) -> Cause:
    """The same host, and the same findings apart from names and numbers."""
    if found := _of_its_host(checked):
        return _wide(found, checked)
    entry = checked.target.entry
    known = [name for name in (checked.target.path, entry.key if entry else None) if name]
    told = [" ".join(cause(found.rule, found.message, known)) for found in checked.findings]
    return checked.findings[0].rule, "\n".join([_host(checked), *told])


def _host(checked: Checked) -> str:
    return urlsplit(bare_url(checked.target.url)).netloc


def _of_its_host(checked: Checked) -> Finding | None:
    """The finding about the host, which holds for all its URLs."""
    grave = (Severity.REJECT, Severity.UNKNOWN)
    wide = (each for each in checked.findings if each.severity in grave and each.rule in ORIGIN_WIDE)
    return next(wide, None)


def show_checked(checked: Checked, *, brief: bool) -> None:
    """Print it on stdout. With `brief`, an accepted URL has one line."""
    if brief and checked.accepted and not checked.findings:
        part = f"; {told}" if (told := _part(checked)) else ""
        print_lines(f"✓ {bare_url(checked.target.url)}  {_media(checked)}{part}")
        return
    for line in checked_lines(checked):
        print_lines(line)


def checked_lines(checked: Checked) -> Iterator[str]:
    yield bare_url(checked.target.url)
    for area in AREAS:
        found = [finding for finding in checked.findings if area.holds(finding.rule)]
        well = area.well(checked)
        if found:
            yield from _told(area.name, found, well)
        else:
            yield f"  {'·' if well is None else '✓'} {area.name:<10} {well or 'not checked'}"
    if part := _part(checked):
        yield f"  · {'read':<10} {part}; it is unknown whether the rest comes"


def _part(checked: Checked) -> str | None:
    """How much of the body was read, if not all."""
    visit = checked.visit
    if visit is None or visit.read is None or not visit.partly:
        return None
    whole = "" if visit.size is None else f" of {human_size(visit.size)}"
    return f"only {human_size(visit.read)}{whole} read"


def _told(name: str, found: list[Finding], well: str | None) -> Iterator[str]:
    if well and all(finding.severity is Severity.WARN for finding in found):
        yield f"  ! {name:<10} {well}"
        name = ""
    for finding in found:
        yield f"  {MARKS[finding.severity]} {name:<10} {finding.message} [{finding.rule}]"
        name = ""
        if finding.hint:
            yield f"  {'':<12} → {finding.hint}"


def _url(checked: Checked) -> str | None:
    """The good properties of the URL's text."""
    url = checked.target.url
    try:
        parts = urlsplit(url)
        weburl.domain(parts.hostname or "")
    except ValueError:
        named = False
    else:
        named = True
    said = {
        "https": url.lower().startswith("https://"),
        "a DNS name": named,
        "no query": "?" not in url.partition("#")[0],
    }
    return ", ".join(text for text, is_true in said.items() if is_true) or None


def _ownership(checked: Checked) -> str | None:
    if any(found.rule == PASTED.id for found in checked.findings):
        return None
    return "covered by the verified property" + (f"; {checked.proof}" if checked.proof else "")


def _way(checked: Checked) -> str | None:
    visit = checked.visit
    if visit is None:
        return None
    at = ", ".join(visit.addresses)
    end = f"certificate valid until {visit.certificate_end:%Y-%m-%d}" if visit.certificate_end else ""
    return ", ".join(filter(None, [at, end])) or None


def _answer(checked: Checked) -> str | None:
    visit = checked.visit
    if visit is None or not visit.looks or not visit.content:
        return None
    first = visit.looks[0].answer
    speed = f", {visit.rate * 8 / 1e6:.3g} Mbit/s" if visit.rate else ""
    length = "" if visit.size is None else f"{human_size(visit.size)} of "
    named = first.headers.get("content-type", "").partition(";")[0].strip() or "no Content-Type"
    return f"{first.status}, {length}{named}, first byte after {first.waited * 1000:.0f} ms{speed}"


def _media(checked: Checked) -> str | None:
    if checked.visit is None or not checked.visit.answered:
        return None
    return ", ".join(_facts(checked.facts)) or None


def _facts(facts: Facts) -> Iterator[str]:
    if facts.container:
        yield facts.container
    if facts.video_codec:
        yield facts.video_codec
    if facts.width and facts.height:
        yield f"{facts.width} by {facts.height}"
    if facts.fps:
        yield f"{facts.fps:.4g} frames/s"
    if facts.duration_s is not None:
        yield f"{facts.duration_s:.1f} s"


AREAS = (
    Area("URL", lambda rule: rule.startswith(("url.", "name.", "unpublish.")), _url),
    Area("ownership", lambda rule: rule.startswith("ownership."), _ownership),
    Area("connection", lambda rule: rule in ON_THE_WAY, _way),
    Area("answer", lambda rule: rule.startswith(("origin.", "internal")) and rule not in ON_THE_WAY, _answer),
    Area("media", lambda rule: rule.startswith("media."), _media),
)
"""In the order in which a platform checks them."""

"""Caddy 2: site blocks of a Caddyfile for a host of its own; it gets its certificate by itself, if none is
given. For a URL below a path, a part of the site block that the host has.
"""

from __future__ import annotations

import hashlib
import json
import string
from urllib.parse import quote

from syncer.destinations.keys import STAGED_PREFIX
from syncer.origin.webservers import (
    CHANGING,
    LASTING,
    ROBOTS,
    ROBOTS_FILE,
    Printed,
    Site,
    by_type,
    refuse_characters,
)
from syncer.probe.media_types import UNKNOWN

FILE = "/etc/caddy/Caddyfile"

PATH = "{http.request.orig_uri.path}"
"""The path as it was asked for, whatever was taken off its start since."""


def configure(site: Site) -> Printed:
    # Braces hold what Caddy puts in as it runs, a backslash can't end a quoted word, * is any path.
    refuse_characters(site, "Caddy", "{}\\", '{}*%"')
    if site.path != "/":
        return _part(site)
    taken = (
        f"look whether a site block names {site.host} already: Caddy refuses two. If there is one, take"
        f" another host name for origin.url, or a path such as {site.base}/media/, and print this anew"
    )
    steps = (taken, f"save it as {FILE}, or as a file that is imported there", RELOAD)
    return Printed(_text(site), FILE, steps)


RELOAD = f"caddy validate --config {FILE} && caddy reload --config {FILE}"


def _part(site: Site) -> Printed:
    file = f"/etc/caddy/syncer-{site.slug}.caddy"
    steps = (
        f"save it as {file}",
        f"add this line to the site block of {site.host} in {FILE}, before its closing brace: import {file}",
        RELOAD,
    )
    return Printed("\n\n".join([site.about(), _handle(site)]) + "\n", file, steps)


def _handle(site: Site) -> str:
    """Found by the path that was asked for: a `try_files` of the site may have put its own in place of it."""
    name = f"syncer_{hashlib.sha256(site.path.encode()).hexdigest()[:8]}"
    prefix = json.dumps(site.path, ensure_ascii=False).replace("`", r"\u0060")
    strip = _quoted(quote(site.path.rstrip("/"), safe=_ASCII))
    return f"""\
# These lines go into the site block of {site.host}, beside its other lines. That site answers everything
# else as before.
@{name} expression `{PATH}.startsWith({prefix})`
handle @{name} {{
{_maps(site)}
	@rewritten expression `{{http.request.uri.path}} != {PATH}`
	@missing not file

	route {{
		root * {_quoted(site.root)}
		header X-Content-Type-Options nosniff
		respond @changing 405
		respond @unknown 404
		rewrite @rewritten {PATH}
		uri strip_prefix {strip}
		respond @missing 404
		header Content-Type {{media_type}}
		header Cache-Control {{caching}}
{_indented(FILES, 2)}
	}}
}}"""


def _text(site: Site) -> str:
    return "\n\n".join([site.about(), _redirect(site), _server(site)]) + "\n"


def _redirect(site: Site) -> str:
    return f"""\
# Not where media is pulled from: for people who leave out the s.
http://{site.host} {{
	redir {site.base}{{uri}} permanent
}}"""


def _server(site: Site) -> str:
    tls = (
        f"\n\ttls {_quoted(site.certificate)} {_quoted(site.key or site.certificate)}"
        if site.certificate
        else ""
    )
    return f"""\
{site.base} {{{tls}
	root * {_quoted(site.root)}

{_maps(site)}
	@robots expression `{PATH} == "/robots.txt" && {{http.error.status_code}} == 404`

	route {{
		header X-Content-Type-Options nosniff
		error @changing 405
		error @unknown 404
		header Content-Type {{media_type}}
		header Cache-Control {{caching}}
{_indented(FILES, 2)}
		error 404
	}}
	handle_errors {{
		header -Cache-Control
		header Content-Type text/plain
		header X-Content-Type-Options nosniff
		respond @robots "{_lines(ROBOTS)}" 200
		respond "{{err.status_code}} {{err.status_text}}"
	}}
}}"""


def _maps(site: Site) -> str:
    """What each file is and how long it stays, and what is no file."""
    return f"""\
	# Only media and what is named here, each with its fixed type; nothing that begins with a dot.
	# Media may hold code, so nothing is run: add no php_fastcgi or other handler of a language here.
	map {PATH} {{media_type}} {{
{_types(site)}
		default {UNKNOWN}
	}}
	# A path that holds a hash of its bytes is kept for ever; any other is asked for again each time.
	map {PATH} {{caching}} {{
{_caching(site)}
	}}

	@changing not method GET HEAD
	@unknown expression `{{media_type}} == "{UNKNOWN}"`"""


def _types(site: Site) -> str:
    """The first that matches counts."""
    rows = [(_quoted(f"~{site.hidden}"), UNKNOWN)]
    texts = (
        site.texts
        if site.path == "/"
        else {name: kind for name, kind in site.texts.items() if name != ROBOTS_FILE}
    )
    rows += [(_quoted(f"~{pattern}"), name) for pattern, name in texts.items()]
    rows += [(f"~(?i){_ending(endings)}$", name) for name, endings in by_type().items()]
    width = max(len(pattern) for pattern, _ in rows)
    return "\n".join(f"\t\t{pattern:<{width}} {name}" for pattern, name in rows)


def _ending(endings: list[str]) -> str:
    return rf"\.({'|'.join(endings)})" if len(endings) > 1 else rf"\.{endings[0]}"


def _caching(site: Site) -> str:
    rows = [f'{_quoted("~" + site.whole(pattern))} "{LASTING}"' for pattern in site.lasting]
    return "\n".join(f"\t\t{row}" for row in [*rows, f"default {CHANGING}"])


def _lines(lines: tuple[str, ...]) -> str:
    return "".join(f"{line}\n" for line in lines)


FILES = (
    "file_server {",
    "\tdisable_canonical_uris",
    f"\thide {STAGED_PREFIX}*",
    f"\tindex {STAGED_PREFIX}",
    "}",
)
"""Only files: no redirect to a folder's slash and, as nothing staged is ever served, no index."""


def _indented(lines: tuple[str, ...], depth: int) -> str:
    return "\n".join("\t" * depth + line for line in lines)


_ASCII = string.ascii_letters + string.digits + string.punctuation + " "
"""Compared as decoded in whichever way it was asked for; bytes beyond it, as they are percent-encoded."""


def _quoted(text: str) -> str:
    return '"' + text.replace('"', r"\"") + '"'

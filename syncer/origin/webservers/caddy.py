"""Caddy 2: site blocks of a Caddyfile for a host of its own. Caddy gets the certificate itself, if none is
given. For a URL below a path: a part for the existing site block of the host.
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
"""The path of the request, before any `uri strip_prefix` or `rewrite`."""


def configure(site: Site) -> Printed:
    # Braces are placeholders in Caddy, a backslash can't end a quoted word, * is any path.
    refuse_characters(site, "Caddy", "{}\\", '{}*%"')
    if site.path != "/":
        return _part(site)
    taken = (
        f"check whether there is already a site block for {site.host}: Caddy refuses two. If there is one,"
        f" use another host name in origin.url, or a path such as {site.base}/media/, and print this again"
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
    """Matches the path of the request: a `try_files` of the site may have changed the current path."""
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
# Redirects http to https. Platforms pull media over https only.
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
    """Maps for the type and the caching of each path; requests without a file get an error."""
    return f"""\
	# Serves only media and the files named here, each with a fixed type; nothing that begins with a dot.
	# Media may contain code, so nothing is run: add no php_fastcgi or other handler of a language here.
	map {PATH} {{media_type}} {{
{_types(site)}
		default {UNKNOWN}
	}}
	# Caches keep a path that contains a hash of its bytes; they revalidate any other path each time.
	map {PATH} {{caching}} {{
{_caching(site)}
	}}

	@changing not method GET HEAD
	@unknown expression `{{media_type}} == "{UNKNOWN}"`"""


def _types(site: Site) -> str:
    """The first match counts."""
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
"""Serves only files: no redirect to a folder's slash, and no index, as this name is always hidden."""


def _indented(lines: tuple[str, ...], depth: int) -> str:
    return "\n".join("\t" * depth + line for line in lines)


_ASCII = string.ascii_letters + string.digits + string.punctuation + " "
"""Caddy compares these characters decoded, however the request spells them. It compares other bytes
percent-encoded."""


def _quoted(text: str) -> str:
    return '"' + text.replace('"', r"\"") + '"'

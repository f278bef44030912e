"""Caddy 2: site blocks of a Caddyfile. It gets its certificate by itself, if none is given."""

from __future__ import annotations

import string
from urllib.parse import quote

from syncer.destinations.keys import STAGED_PREFIX
from syncer.media import UNKNOWN
from syncer.webservers import CHANGING, LASTING, ROBOTS, Printed, Site, by_type, refuse

FILE = "/etc/caddy/Caddyfile"

PATH = "{http.request.orig_uri.path}"
"""The path as it was asked for, whatever was taken off its start since."""


def configure(site: Site) -> Printed:
    # Braces hold what Caddy puts in as it runs, a backslash can't end a quoted word, * is any path.
    refuse(site, "Caddy", "{}\\", '{}*%"')
    steps = (
        f"save it as {FILE}, or as a file that is imported there",
        f"caddy validate --config {FILE} && caddy reload --config {FILE}",
    )
    return Printed(_text(site), FILE, steps)


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
	@unknown expression `{{media_type}} == "{UNKNOWN}"`
	@robots expression `{PATH} == "/robots.txt" && {{http.error.status_code}} == 404`

	route {{
		header X-Content-Type-Options nosniff
		error @changing 405
		error @unknown 404
		header Content-Type {{media_type}}
		header Cache-Control {{caching}}
{_media(site)}
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


def _types(site: Site) -> str:
    """The first that matches counts."""
    rows = [(_quoted(f"~{site.hidden}"), UNKNOWN)]
    rows += [(_quoted(f"~{pattern}"), name) for pattern, name in site.texts.items()]
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


def _media(site: Site) -> str:
    """Only files: no redirect to a folder's slash and, as nothing staged is ever served, no index."""
    files = [
        "file_server {",
        "\tdisable_canonical_uris",
        f"\thide {STAGED_PREFIX}*",
        f"\tindex {STAGED_PREFIX}",
        "}",
    ]
    if site.path != "/":
        strip = f"uri strip_prefix {_quoted(quote(site.path.rstrip('/'), safe=_ASCII))}"
        files = [f"handle {_quoted(site.path + '*')} {{", *(f"\t{line}" for line in (strip, *files)), "}"]
    return "\n".join(f"\t\t{line}" for line in files)


_ASCII = string.ascii_letters + string.digits + string.punctuation + " "
"""Compared as decoded in whichever way it was asked for; bytes beyond it, as they are percent-encoded."""


def _quoted(text: str) -> str:
    return '"' + text.replace('"', r"\"") + '"'

"""nginx: server blocks for a file that is included in `http`, as all of /etc/nginx/conf.d/ is."""

from __future__ import annotations

import re

from syncer.media import HTML, MEDIA, TEXT, UNKNOWN
from syncer.paths import literally
from syncer.webservers import CHANGING, LASTING, ROBOTS, Printed, Site, by_type, refuse

CHALLENGES = "/var/www/html"
"""Where Debian's nginx serves from before it is configured: one certbot command does before and after."""
LONGEST_NAME = 40
"""Of a host that fits nginx's table of names as it is set up; a longer one is written as a pattern."""


def configure(site: Site) -> Printed:
    refuse(site, "nginx", "$")  # the start of a variable, for which nginx has no escape
    file = f"/etc/nginx/conf.d/{site.host}.conf"
    certify = f'certbot certonly --webroot -w {CHALLENGES} -d {site.host} --deploy-hook "nginx -s reload"'
    steps = (f"save it as {file}", "nginx -t && nginx -s reload")
    return Printed(_text(site), file, steps if site.certificate else (certify, *steps))


def _text(site: Site) -> str:
    return "\n\n".join([site.about(), _redirect(site), _server(site)]) + "\n"


def _redirect(site: Site) -> str:
    return f"""\
# Not where media is pulled from: for people who leave out the s, and for certbot.
server {{
    listen 80;
    listen [::]:80;
    server_name {_name(site)};
    location ^~ /.well-known/acme-challenge/ {{ root {CHALLENGES}; }}
    location / {{ return 301 {site.base}$request_uri; }}
}}"""


def _server(site: Site) -> str:
    folder = f"/etc/letsencrypt/live/{site.host}"
    return f"""\
server {{
    listen {site.port} ssl;
    listen [::]:{site.port} ssl;
    server_name {_name(site)};
    ssl_certificate     {_quoted(site.certificate or f"{folder}/fullchain.pem")};
    ssl_certificate_key {_quoted(site.key or f"{folder}/privkey.pem")};
    ssl_protocols TLSv1.2 TLSv1.3;

    types {{
{_types(site)}
    }}
    default_type {UNKNOWN};

    # A path that holds a hash of its bytes is kept for ever; any other is asked for again each time.
    set $syncer_caching "{CHANGING}";
{_lasting(site)}    add_header Cache-Control $syncer_caching;

    gzip off;
    autoindex off;
    open_file_cache off;    # files are replaced: their old length must not be remembered

    if ($request_method !~ "^(GET|HEAD)$") {{ return 405; }}

    # Only media and what is named here, each with its fixed type; nothing that begins with a dot.
    # Media may hold code, so nothing is run: add no location that passes it to PHP or another language.
    add_header X-Content-Type-Options nosniff always;
    set $syncer_served no;
    if ($uri ~* "{_endings()}") {{ set $syncer_served yes; }}
{_texts(site)}    if ($uri ~ {_quoted_pattern(site.hidden)}) {{ set $syncer_served no; }}
    if ($syncer_served = no) {{ return 404; }}
{_robots(site)}
{_media(site)}
}}"""


def _types(site: Site) -> str:
    types = by_type() | {TEXT: ["txt"]}
    if HTML in site.texts.values():
        types[HTML] = ["html", "htm"]
    width = max(map(len, types))
    return "\n".join(f"        {name:<{width}} {' '.join(endings)};" for name, endings in types.items())


def _endings() -> str:
    return rf"\.({'|'.join(sorted(MEDIA))})$"


def _texts(site: Site) -> str:
    patterns = [_quoted_pattern(pattern) for pattern in site.texts]
    return "".join(f"    if ($uri ~ {pattern}) {{ set $syncer_served yes; }}\n" for pattern in patterns)


def _lasting(site: Site) -> str:
    patterns = [_quoted_pattern(site.whole(pattern)) for pattern in site.lasting]
    return "".join(
        f'    if ($uri ~ {pattern}) {{ set $syncer_caching "{LASTING}"; }}\n' for pattern in patterns
    )


def _robots(site: Site) -> str:
    """Unless a file is there; below a path there can be none."""
    lines = "".join(rf"{line}\n" for line in ROBOTS)
    answer = f'return 200 "{lines}";'
    if site.path != "/":
        return f"    location = /robots.txt {{ {answer} }}"
    return f"""\
    location = /robots.txt {{ root {_quoted(site.root)}; try_files $uri @robots; }}
    location @robots {{ {answer} }}"""


def _media(site: Site) -> str:
    """Only files: no redirect to a folder's slash, no index, no page instead of a file."""
    if site.path == "/":
        return f"    location / {{ root {_quoted(site.root)}; try_files $uri =404; }}"
    return f"""\
    location {_quoted(site.path)} {{ alias {_quoted(site.root.rstrip("/") + "/")}; try_files $uri =404; }}
    location / {{ return 404; }}"""


def _name(site: Site) -> str:
    return site.host if len(site.host) <= LONGEST_NAME else _quoted_pattern(f"~^{literally(site.host)}$")


def _quoted(text: str) -> str:
    return '"' + re.sub(r'[\\"]', r"\\\g<0>", text) + '"'


def _quoted_pattern(regex: str) -> str:
    """A backslash is taken away only before quotes, another one, and t, r, n: no pattern has such."""
    return '"' + regex.replace('"', r"\"") + '"'

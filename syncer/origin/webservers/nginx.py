"""nginx: server blocks for a host of its own, in a file that `http` includes, as it does all of
/etc/nginx/conf.d/. For a URL below a path: location blocks for the existing server block of the host.
"""

from __future__ import annotations

import re

from syncer.origin.paths import literally
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
from syncer.probe.media_types import HTML, MEDIA, TEXT, UNKNOWN

CHALLENGES = "/var/www/html"
"""Web root of Debian's unconfigured nginx: the same certbot command works before and after the change."""
RELOAD = "nginx -t && nginx -s reload"
LONGEST_NAME = 40
"""Longest host that fits into nginx's default hash table of names; a longer one is written as a pattern."""


def configure(site: Site) -> Printed:
    refuse_characters(site, "nginx", "$")  # starts a variable, and nginx has no escape for it
    if site.path != "/":
        return _part(site)
    file = f"/etc/nginx/conf.d/{site.host}.conf"
    certify = f'certbot certonly --webroot -w {CHALLENGES} -d {site.host} --deploy-hook "nginx -s reload"'
    taken = (
        f"check whether there is already a server block for {site.host} (nginx -T | grep {site.host}): nginx"
        " would use only one of the two. If there is one, use another host name in origin.url, or a path such"
        f" as {site.base}/media/, and print this again"
    )
    steps = (taken, f"save it as {file}", RELOAD)
    return Printed(_text(site), file, steps if site.certificate else (taken, certify, *steps[1:]))


def _part(site: Site) -> Printed:
    file = f"/etc/nginx/snippets/syncer-{site.slug}.conf"
    steps = (
        f"save it as {file}",
        f"find the server block of {site.host} that listens on {site.port} with ssl: nginx -T shows it",
        f"add this line to it, before its closing brace: include {file};",
        RELOAD,
    )
    return Printed("\n\n".join([site.about(), _location(site)]) + "\n", file, steps)


def _text(site: Site) -> str:
    return "\n\n".join([site.about(), _redirect(site), _server(site)]) + "\n"


def _redirect(site: Site) -> str:
    return f"""\
# Redirects http to https, and serves certbot's challenges. Platforms pull media over https only.
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

    # Caches keep a path that contains a hash of its bytes; they revalidate any other path each time.
    set $syncer_caching "{CHANGING}";
{_lasting(site)}    add_header Cache-Control $syncer_caching;

    gzip off;
    autoindex off;
    open_file_cache off;    # files are replaced, and a cached length would be wrong

    if ($request_method !~ "^(GET|HEAD)$") {{ return 405; }}

    # Serves only media and the files named here, each with a fixed type; nothing that begins with a dot.
    # Media may contain code, so nothing is run: add no location that passes it to PHP or another language.
    add_header X-Content-Type-Options nosniff always;
    set $syncer_served no;
    if ($uri ~* "{_endings()}") {{ set $syncer_served yes; }}
{_texts(site)}    if ($uri ~ {_quoted_pattern(site.hidden)}) {{ set $syncer_served no; }}
    if ($syncer_served = no) {{ return 404; }}
{_robots(site)}
{_media(site)}
}}"""


def _location(site: Site) -> str:
    """One location for each kind of file: nginx ignores `try_files` after an `if` that sets anything."""
    media = f"^{literally(site.path)}.*{_endings()}"
    lasting = [rf"(?=.*{_ended()}){site.whole(pattern)}" for pattern in site.lasting]
    files = [_files(site, "~", pattern, LASTING) for pattern in lasting]
    files += [_files(site, "~*", media, CHANGING)]
    files += [_files(site, "~", pattern, CHANGING) for pattern in site.texts if pattern != ROBOTS_FILE]
    return f"""\
# These lines go into the server block of {site.host}, beside its other locations. That server answers
# everything else as before.
location ^~ {_quoted(site.path)} {{
    root {_quoted(site.root)};

    types {{
{_types(site)}
    }}
    default_type {UNKNOWN};
    add_header X-Content-Type-Options nosniff always;

    gzip off;
    autoindex off;
    expires off;
    open_file_cache off;    # files are replaced, and a cached length would be wrong

    # Serves only media and the files named here, each with a fixed type; nothing that begins with a dot.
    # Media may contain code, so nothing is run: add no location that passes it to PHP or another language.
    # Caches keep a path that contains a hash of its bytes; they revalidate any other path each time.
    location ~ {_quoted_pattern(site.hidden)} {{
        {_READS_ONLY}
        return 404;
    }}
{"".join(files)}    {_READS_ONLY}
    return 404;
}}"""


_READS_ONLY = 'if ($request_method !~ "^(GET|HEAD)$") { return 405; }'


def _files(site: Site, kind: str, pattern: str, caching: str) -> str:
    below = f"^{literally(site.path)}(.*)$"
    return f"""\
    location {kind} {_quoted_pattern(pattern)} {{
        add_header X-Content-Type-Options nosniff always;
        add_header Cache-Control "{caching}";
        {_READS_ONLY}
        rewrite {_quoted_pattern(below)} /$1 break;
        try_files $uri =404;
    }}
"""


def _types(site: Site) -> str:
    types = by_type() | {TEXT: ["txt"]}
    if HTML in site.texts.values():
        types[HTML] = ["html", "htm"]
    width = max(map(len, types))
    return "\n".join(f"        {name:<{width}} {' '.join(endings)};" for name, endings in types.items())


def _endings() -> str:
    return rf"\.({'|'.join(sorted(MEDIA))})$"


def _ended() -> str:
    return rf"\.(?i:{'|'.join(sorted(MEDIA))})$"


def _texts(site: Site) -> str:
    patterns = [_quoted_pattern(pattern) for pattern in site.texts]
    return "".join(f"    if ($uri ~ {pattern}) {{ set $syncer_served yes; }}\n" for pattern in patterns)


def _lasting(site: Site) -> str:
    patterns = [_quoted_pattern(site.whole(pattern)) for pattern in site.lasting]
    return "".join(
        f'    if ($uri ~ {pattern}) {{ set $syncer_caching "{LASTING}"; }}\n' for pattern in patterns
    )


def _robots(site: Site) -> str:
    """A robots.txt of the user wins."""
    lines = "".join(rf"{line}\n" for line in ROBOTS)
    return f"""\
    location = /robots.txt {{ root {_quoted(site.root)}; try_files $uri @robots; }}
    location @robots {{ return 200 "{lines}"; }}"""


def _media(site: Site) -> str:
    """Serves only files: no redirect to a folder's slash, no index, no page instead of a file."""
    return f"    location / {{ root {_quoted(site.root)}; try_files $uri =404; }}"


def _name(site: Site) -> str:
    return site.host if len(site.host) <= LONGEST_NAME else _quoted_pattern(f"~^{literally(site.host)}$")


def _quoted(text: str) -> str:
    return '"' + re.sub(r'[\\"]', r"\\\g<0>", text) + '"'


def _quoted_pattern(regex: str) -> str:
    """Only before quotes, a backslash, t, r and n, nginx removes a backslash: no pattern has these."""
    return '"' + regex.replace('"', r"\"") + '"'

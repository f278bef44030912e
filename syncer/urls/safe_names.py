"""Which names may be public: the ending is one of media, and no part makes a web server act. Pure.

A valid photo can contain PHP or HTML in its comment. Only its name decides whether a web server runs it. So
the last ending of a public name is one of media, and a dot before an ending that a server obeys becomes `_`.

| what                                | where it is documented                                               |
| ----------------------------------- | -------------------------------------------------------------------- |
| every ending counts, not the last   | Apache, mod_mime, "Files with Multiple Extensions"                   |
| PHP                                 | Debian's `ph(ar|p|tml)`, handlers of cPanel, patterns of nginx       |
| CGI, includes, type and image maps  | Apache's httpd.conf, mod_negotiation, mod_imagemap, mod_asis         |
| ASP, also folders and before a `;`  | script maps of IIS, CVE-2009-4444                                    |
| Java, ColdFusion                    | web.xml of Tomcat, the connectors of ColdFusion and Lucee            |
| encodings                           | Apache's AddEncoding, nginx's gzip_static, Caddy's precompressed     |
| pages, scripts, styles              | what a browser runs in the name of the origin                        |
| dots and spaces at the end, streams | OWASP, File Upload Cheat Sheet                                       |
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote

from syncer.probe.media_types import MEDIA


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


RUN = _words(
    # PHP; endings that begin with `php` are matched below
    "phtml phtm pht phar hphp inc ctp",
    # CGI, FastCGI, scripts, programs
    "cgi fcgi fpl pl plx ppl perl py pyc pyw wsgi rb rbx rhtml erb tcl lua sh ksh csh bash exe dll bat cmd",
    # server-side includes; pages that some hosts parse for PHP or includes
    "shtml shtm sht stm html htm xhtml xht dhtml",
    # Apache's type maps, image maps and files with their own headers
    "var map asis imap",
    # ASP, ASP.NET and other endings that IIS maps to programs
    "asp asa asax ascx ashx asmx aspx aspq axd cer cdx cshtm cshtml vbhtm vbhtml config htr htw ida idc idq",
    "master printer rem soap svc xamlx",
    # Java, ColdFusion and others
    "jsp jspa jspf jspx jsw jsv jtml jhtml cfm cfml cfc cfr dbm adp nsf yaws",
)
"""Endings, in lower case, of files that a server runs or parses for commands."""

LABELS = _words(
    # encodings
    "gz tgz z bz bz2 br zst xz svgz deflate",
    # pages, scripts and styles
    "svg xml xsl xslt mht mhtml hta htc js mjs cjs jsm css wasm swf jar class appcache webmanifest vbs",
)
"""Endings that make a server label a file as compressed, or as something that a browser runs."""

HOSTS = _words("inc map pl py sh")
"""Endings of `RUN` that are also ends of host names: keys of links begin with a host, as in
`cdn.example.pl/a.mp4`. No server runs the files in a folder of such a name."""

CONTROL = _words(
    # web servers, and the applications behind them
    "web.config php.ini global.asa nginx.conf caddyfile cgi-bin fcgi-bin web-inf meta-inf app_code",
    # hosts of static pages
    "_headers _redirects _routes.json _worker.js _config.yml cname netlify.toml vercel.json now.json",
    "firebase.json staticwebapp.config.json wrangler.toml app.yaml",
    # files in which a site describes itself
    "robots.txt sitemap.xml ads.txt app-ads.txt security.txt crossdomain.xml clientaccesspolicy.xml",
    "apple-app-site-association assetlinks.json",
    # dotfiles with another kind of dot; a plain dot at the start is refused anyway
    ".htaccess .htpasswd .user.ini .well-known",
)
"""Names, in lower case, of files and folders that tell a server, a host or a crawler what to do."""

_DOT = r"[.\u2024-\u2026\u2488-\u249b\u3002\ufe52\uff0e\uff61\U0001f100]|%(?:25)*2e"
"""A dot, characters that Unicode treats as dots, and a dot that is percent-encoded once or more."""
_ENDINGS = re.compile(f"({_DOT})", re.IGNORECASE)
_HIDDEN = re.compile(r"\.|%(?:25)*2e", re.IGNORECASE)
_END = re.compile(r"[;:%?#&.\\/\x00-\x1f]")
"""Characters at which some server ends a name: path parameters, streams of NTFS, NUL, a query."""


def path_flaw(path: str) -> str | None:
    """Why no asset may have this public path, with any ending; `None` if it may."""
    return next((found for segment in path.split("/") if (found := _flaw(segment))), None)


def is_media(path: str) -> bool:
    """Whether its ending is one of media."""
    _, dot, ending = path.rpartition("/")[2].rpartition(".")
    return bool(dot) and ending.lower() in MEDIA


def harmless(path: str) -> str:
    """The path with `_` for each dot before an ending that a web server obeys. In a folder's name, only
    endings that are run count. A last ending of media stays.
    """
    *folders, name = path.split("/")
    return "/".join([*(_harmless(folder, _runs_folder) for folder in folders), _harmless(name, _obeyed)])


def obeyed(path: str) -> str | None:
    """What in a path a web server may act on, for messages; `None` if nothing.

    A path without an ending of media is not reported for that: no server runs it.
    """
    if found := path_flaw(path):
        return found
    before, after = path.split("/"), harmless(path).split("/")
    changed = next((was for was, now in zip(before, after, strict=True) if was != now), None)
    return None if changed is None else f"web servers may run or mislabel {changed}"


def _flaw(segment: str) -> str | None:
    if _HIDDEN.match(segment):
        return "a part of it begins with a dot, and web servers obey or hide such files"
    if _canonical(segment, _END_OF_NAME) in CONTROL:
        return "a part of it is the name of a file or folder that web servers and hosts obey"
    return None


def _harmless(segment: str, acts: Callable[[str], bool]) -> str:
    parts = _ENDINGS.split(segment)
    for dot in range(1, len(parts), 2):
        if acts(parts[dot + 1]):
            parts[dot] = "_"
    return "".join(parts)


@lru_cache(maxsize=4096)
def _obeyed(ending: str) -> bool:
    plain = _canonical(ending, _END)
    return plain in LABELS or _runs(plain)


@lru_cache(maxsize=4096)
def _runs_folder(ending: str) -> bool:
    plain = _canonical(ending, _END)
    return plain not in HOSTS and _runs(plain)


def _runs(plain: str) -> bool:
    return plain in RUN or plain.startswith("php")  # a server's pattern `\.php` often has no `$`


_END_OF_NAME = re.compile(r"[;:?#\x00-\x1f]")


def _canonical(text: str, end: re.Pattern[str]) -> str:
    """The text as the most lenient server reads it: decoded, without accents and invisible characters, in
    lower case, cut off where a name ends, without the dots and spaces that Windows drops.
    """
    while "%" in text and (decoded := unquote(text)) != text:
        text = decoded
    if not text.isascii():
        letters = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in letters if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    return end.split(text.casefold(), 1)[0].strip().rstrip(". ")

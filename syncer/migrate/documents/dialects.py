"""The literals of MySQL and of other dialects, and the code that may be next to a literal. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from syncer.migrate.documents.forms import PLAIN, SQL, SQL_DOUBLE, SQL_STANDARD, Form

NAME = "it is in a name of the SQL, such as the name of a column"

_STANDARD_HEADER = re.compile(
    rb"^(?:-- PostgreSQL database dump|PRAGMA foreign_keys\s*=|BEGIN TRANSACTION;"
    rb"|SET standard_conforming_strings = on)",
    re.IGNORECASE | re.MULTILINE,
)
"""Decides if both dialects fit equally well."""
_MYSQL_BEGINS = re.compile(
    rb"-- (?:MySQL|MariaDB) dump |-- phpMyAdmin SQL Dump|-- Adminer |/\*M!|/\*!\d{5,6} ", re.IGNORECASE
)
_STANDARD_BEGINS = re.compile(
    rb"-- PostgreSQL database (?:cluster )?dump\r?\n|SET standard_conforming_strings = on"
    rb"|PRAGMA foreign_keys\s*=|--  File created - |REM INSERTING into |SET DEFINE OFF|/\*{6} Object:"
    rb"|SET QUOTED_IDENTIFIER |USE \[",
    re.IGNORECASE,
)

_KEYWORDS = (
    rb"(?:as|and|or|from|where|in|like|ilike|on|not|null|is|default|comment|collate|engine|charset|character|set|then"
    rb"|else|end|when|between|escape|using|values?|go|insert|union|select|order|limit|group|having|into|after|first"
    rb"|generated|unique|primary|key|check|references|partition|less|at|for|to|with|returning|desc|asc|begin|do"
    rb"|update|create|drop|alter|commit|language|immutable|stable|volatile|auto_increment|row_format|identified"
    rb"|separator|fields|lines|terminated|enclosed|escaped|starting|optionally|if|delimiter)"
)
FOLLOWS = re.compile(
    rb"[,;)\]|=<>@+*%%]|::|->|\s*+(?:[,;)\]|=<>'\"@+*/%%(-]|::|\Z|%b(?![A-Za-z0-9_]))" % _KEYWORDS,
    re.IGNORECASE,
)
"""Code that may follow a literal."""
BEFORE_QUOTE = re.compile(
    rb"(?:n|b|x|u|date|time|timestamp|interval|_[a-z0-9]+|%b)" % _KEYWORDS, re.IGNORECASE
)
"""Words that may be directly before a literal."""
WORD = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9_$]*+")
Q_QUOTE = re.compile(rb"'([^\s'\x80-\xff]|[\xc2-\xf4][\x80-\xbf]{1,3})")
Q_PREFIXES = (b"q", b"nq")
"""In small letters."""
_Q_ENDS = {b"[": b"]", b"{": b"}", b"<": b">", b"(": b")"}
DOLLAR_QUOTE = re.compile(rb"\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]{0,62})?\$")

_CODE = (
    rb"[^'\"`/\n#$\\:A-Za-z0-9_-]++|[A-Za-z0-9_][A-Za-z0-9_$]*+(?=[^A-Za-z0-9_$':])"
    rb"|#|\n(?=[^CcPpRrSsUu#\\/-])|-(?=[^-])|/(?=[^*])|:(?=[^/\\&])"
)


@dataclass(frozen=True, slots=True)
class Literal:
    body: re.Pattern[bytes]
    """The content between the quotes."""
    form: Form
    hindrance: str | None = None
    """Why no link in it can be replaced."""


@dataclass(frozen=True, slots=True)
class SqlDialect:
    calm: re.Pattern[bytes]
    """Code without faults, and literals without a link and without faults."""
    literals: Mapping[bytes, Literal]
    """By kind of quote."""


def _dialect(escape: bytes, code: bytes, forms: Mapping[bytes, Form | None]) -> SqlDialect:
    """The form `None` means that the content of these quotes is a name."""
    literals = {}
    calm = [_CODE, code]
    for quote, form in forms.items():
        body = rb"[^%b\\]++|%b|%b" % (quote, escape, quote * 2)
        pattern = re.compile(rb"(?:%b)*+" % body, re.DOTALL)
        literals[quote] = Literal(pattern, form or PLAIN, None if form else NAME)
        calm_body = rb"[^%b\\:]++|%b|%b|:(?![/\\&])" % (quote, escape, quote * 2)
        end = rb"(?=[,;)]|\s*+[,;)]|::)" if form else rb"(?=[^%b])" % quote
        calm.append(rb"%b(?:%b)*+%b%b" % (quote, calm_body, quote, end))
    return SqlDialect(re.compile(rb"(?:%b)*+" % b"|".join(calm), re.DOTALL), literals)


MYSQL = _dialect(rb"\\.", rb"\$", {b"'": SQL, b'"': SQL_DOUBLE, b"`": None})
STANDARD = _dialect(rb"\\", rb"\$(?=[^$A-Za-z_\x80-\xff])", {b"'": SQL_STANDARD, b'"': None, b"`": None})
"""All other dialects."""


def q_end(delimiter: bytes) -> bytes:
    """The end of `q'[…]'`, by its delimiter."""
    return _Q_ENDS.get(delimiter, delimiter) + b"'"


def begins_other(line: bytes, dialect: SqlDialect) -> bool:
    """Whether a dump of the other dialect begins with this line of code."""
    begins = _STANDARD_BEGINS if dialect is MYSQL else _MYSQL_BEGINS
    return begins.match(line) is not None


def likely_first(start: bytes) -> tuple[SqlDialect, SqlDialect]:
    """The likely dialect of a dump that starts like this, and the other one."""
    if _MYSQL_BEGINS.match(start):
        return MYSQL, STANDARD
    own = next((start[: found.start()] for found in _LATER_MYSQL.finditer(start)), start)
    return (
        (STANDARD, MYSQL)
        if _STANDARD_BEGINS.match(own) or _STANDARD_HEADER.search(own)
        else (MYSQL, STANDARD)
    )


_LATER_MYSQL = re.compile(rb"\n(?:%b)" % _MYSQL_BEGINS.pattern, re.IGNORECASE)

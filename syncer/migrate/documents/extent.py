"""Where the characters of a link end: marks, entities and tags that are not a part of it. Pure."""

from __future__ import annotations

import re

from syncer.migrate.documents.escapes import AMP, ENTITY, LONGEST_ENTITY, entity_text, is_in_urls

SLASHES = rb"(?::|\\{1,8}u003[aA])(?:\\{0,8}/|\\{1,8}u002[fF]|%b(?:#0{0,4}47|#[xX]0{0,4}2[fF]|sol);){2}" % AMP
_BODY = re.compile(
    rb"(?:[!#$&-;=?-\[\]_a-z~\x80-\xff]++|%[0-9A-Fa-f]{2}"
    rb"|\\[_*~]|\\{1,8}(?:/|u(?!00(?:[01][0-9a-fA-F]|2[027]|25(?![0-9A-Fa-f]{2})|3[cCeE]|5[cCeE]|60|7[b-fB-F]))[0-9a-fA-F]{4}))++"
)
"""Characters of a URL, also invalid ones that people use: all but `"<>\\^{|}`, a backtick and white space,
plain or escaped. `%` needs two hexadecimal digits. Markdown writes a backslash before marks of emphasis."""
_CUT = re.compile(
    rb"(?P<entity>%b)|\[\\{0,8}/"
    # Another link, unless it is a value of a parameter or a part of the path.
    rb"|(?<![=/])(?<!u003[dD])(?<!u002[fF])(?<!#61;)(?<!#47;)(?<!#x3[dD];)(?<!#x2[fF];)(?<!equals;)(?<!sol;)"
    rb"(?=(?i:https?)%b)|'(?![A-Za-z0-9])"
    # No-break and zero-width space, marks of direction, quotes, ellipsis, line separators.
    rb"|\xc2\xa0|\xc2[\xab\xbb]|\xe2\x80[\x8b\x8e\x8f\x98-\x9f\xa6\xa8-\xae]|\xe2\x81[\xa0\xa6-\xa9]"
    # A byte order mark; East Asian stops and brackets, also full-width.
    rb"|\xef\xbb\xbf|\xe3\x80[\x80-\x82\x88-\x91\x94-\x9b]|\xef\xbc[\x81\x88\x89\x8c\x9a\x9b\x9e\x9f]"
    % (ENTITY, SLASHES)
)
_ODD = re.compile(rb"[:,;'()\[\]\x80-\xff]|u003[aA]")
"""Everything that ends a link contains one of these, except white space and the like."""
_ENTITY = re.compile(rb"%b\Z" % ENTITY)
_PUNCTUATION = frozenset(".:!?*([")
"""What ends a sentence, as an entity."""


def extent(text: bytes, after: int, most: int, before: bytes) -> tuple[int, int]:
    """Where the link is cut, and the end of the characters of a URL that were read.

    It reads a little at a time: there may be megabytes of links without a space between them.
    """
    reach = _FIRST_REACH
    while True:
        limit = min(after + reach, most)
        body = _BODY.match(text, after, limit)
        stop = body.end() if body else after
        cut = _cut(text, after, stop, before)
        if cut < stop - _LONGEST_MARK or stop < limit - _LONGEST_MARK or limit == most:
            return _before_tag(text, after, cut, before), stop
        reach *= 4


def _before_tag(text: bytes, after: int, end: int, before: bytes) -> int:
    """The end without what closes a tag or a comment: `-->`, `/>`, `-%}`, `--}}`. `<…>` encloses a link as
    it is.
    """
    if before == b"<":
        return end
    closed = b"-/?!" if _TAG_END.match(text, end) else b"-" if _BLOCK_END.match(text, end) else b""
    while end > after and text[end - 1] in closed:
        end -= 1
    return end


_TAG_END = re.compile(rb"%%?(?:>|%b(?:gt|GT|#0{0,4}62|#[xX]0{0,4}3[eE]);|\\{1,8}u003[eE])" % AMP)
_BLOCK_END = re.compile(rb"%(?:\}|\\{1,8}u007[dD])|(?:\}|\\{1,8}u007[dD]){2}|\]\]")
"""The end of a tag or comment of a template."""
_FIRST_REACH = 512
_LONGEST_MARK = LONGEST_ENTITY
"""Bytes of the longest escape or mark that cuts a link: nearer to the limit, more text could change it."""


def _cut(text: bytes, after: int, stop: int, before: bytes) -> int:
    if not _ODD.search(text, after, stop):
        return stop
    end = next((cut.start() for cut in _CUT.finditer(text, after, stop) if _ends(text, cut)), stop)
    if before == b"'":
        quote = text.find(b"'", after, end)
        end = end if quote < 0 else quote
    return _balanced(text, after, end)


def _ends(text: bytes, cut: re.Match[bytes]) -> bool:
    """Whether it ends a link: of the entities, all but those of URLs and unknown ones."""
    meant = entity_text(cut["entity"]) if cut["entity"] else ""
    if meant is None:
        return False
    return not is_in_urls(meant) or (meant == "%" and not _DIGITS.match(text, cut.end()))


_DIGITS = re.compile(rb"[0-9A-Fa-f]{2}")


def _balanced(text: bytes, after: int, end: int) -> int:
    """The position of the first bracket that closes but does not open in the link."""
    depth = {b")": 0, b"]": 0}
    for found in _BRACKET.finditer(text, after, end):
        closes = _CLOSES.get(found[0])
        if closes:
            depth[closes] += 1
        elif not depth[found[0]]:
            return found.start()
        else:
            depth[found[0]] -= 1
    return end


_BRACKET = re.compile(rb"[()\[\]]")
_CLOSES = {b"(": b")", b"[": b"]"}


def trim(text: bytes, after: int, end: int, marks: bytes) -> int:
    """The end of the link without the punctuation of the sentence and the marks that end an emphasis."""
    while end > after and (text[end - 1] in b".,;:!?'*([" or text[end - 1] in marks):
        entity = text[end - 1] == ord(";") and _ENTITY.search(text, max(after, end - _LONGEST_MARK), end)
        if entity and entity_text(entity[0]) not in _PUNCTUATION:
            break
        end = entity.start() if entity else end - 1
    return end

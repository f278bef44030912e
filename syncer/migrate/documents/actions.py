"""Whether opening a link may do something (unsubscribe, cancel, delete, confirm), by the words in it. Pure.

| words                              | in a folder              | in the file's name       | in the query |
| ---------------------------------- | ------------------------ | ------------------------ | ------------ |
| unsubscribe, opt out, preferences  | yes                      | without other words¹     | yes          |
| delete, cancel, verify, confirm, … | without other words²     | no³                      | yes          |

¹ or with a query, or of a picture. ² or with a query. ³ `candidates` reads names with a query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import combining, normalize
from urllib.parse import unquote_to_bytes, urlsplit

from syncer.migrate.documents.languages import FILLERS, LEAVING, TOPICS, VERBS

LONGEST = 80
"""Letters of the longest folder name that can be only an action: it limits the search."""
_ENCODINGS = ("utf-8", "cp1252", "cp1251")
"""Encodings of old mailers."""
_UNDECOMPOSED = str.maketrans(
    {"\N{LATIN SMALL LETTER DOTLESS I}": "i", "đ": "d", "ł": "l", "ø": "o", "æ": "ae"}
)
"""Letters that `normalize` does not decompose."""


def may_act(path: str, query: list[tuple[str, str]], *, asks: bool, picture: bool) -> bool:
    """Whether a GET of this path and query may do something. `path` is still percent-encoded; `asks`: the
    query has more than parameters of the delivery.
    """
    *folders, name = path.split("/")
    stem = name.rpartition(".")[0] or name
    if any(_is_action(folder, alone=not asks) for folder in folders):
        return True
    if any(_leaves(text, alone=not (asks or picture)) for text in _plain(stem)):
        return True
    return any(_is_asked(name, value) for name, value in query)


def host_acts(url: str) -> bool:
    """Whether the host itself is for unsubscribing: `unsubscribe.shop.example`."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    return any(_leaves(text, alone=True) for label in host.split(".") for text in _plain(label))


def speaks_of_action(text: str) -> bool:
    """Whether one of its words is an action of links in mails."""
    return any(_leaves(each) or _VERB.search(each) or _TOPIC.search(each) for each in _plain(text))


def _is_action(folder: str, *, alone: bool) -> bool:
    """Whether a folder's name is an action. With `alone`, a verb counts only without other words."""
    if not alone:
        return speaks_of_action(folder)
    return any(_leaves(text) or _is_verb(text) for text in _plain(folder))


def _is_asked(name: str, value: str) -> bool:
    """`action=delete`, `confirm=1`, `u=/unsubscribe/5`; not `file=delete-scene.mp4`."""
    if _SIGNED.fullmatch(f"{name}={value}"):
        return False
    named = any(_leaves(text) or _VERB.search(text) for text in _plain(name))
    return named or any(_leaves(text) or _is_verb(text) for text in _plain(value))


def _leaves(text: str, *, alone: bool = False) -> bool:
    """Whether it is about unsubscribing; with `alone`, only without other words."""
    if not _LEAVING.search(text):
        return False
    return not alone or all(_FILLER.fullmatch(word) for word in _words(_LEAVING.sub("-", text)))


def _is_verb(text: str) -> bool:
    """`delete`, `reset-password`, `deletevideo`, `delete-77`; not `delete-scene`."""
    joined = "".join(_words(text))
    return len(joined) <= LONGEST and _ONLY_VERBS.fullmatch(joined) is not None


def _words(text: str) -> Iterator[str]:
    """The words, without numbers and ids."""
    return (word for word in re.findall(r"[^\W_]+", text) if word.isalpha())


def _plain(text: str) -> Iterator[str]:
    """The text in lower case, decoded, without accents, with a hyphen between words of `camelCase`."""
    raw = unquote_to_bytes(text.encode("utf-8", "surrogatepass"))
    for encoding in _ENCODINGS if not raw.isascii() else _ENCODINGS[:1]:
        parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", _bare(raw.decode(encoding, "replace")))
        yield parted.casefold().translate(_UNDECOMPOSED)


def _bare(text: str) -> str:
    return "".join(char for char in normalize("NFKD", text) if not combining(char))


def _any(words: str) -> str:
    """The words of `languages` as one pattern."""
    spelt = {"-": r"[\W_]*", "$": _END, r"\w*": r"[^\W\d_]*"}
    return "|".join(
        re.sub(r"-|\$|\\w\*", lambda found: spelt[found[0]], word) for word in _bare(words).split()
    )


_START, _END = r"(?<![^\W\d_])", r"(?![^\W\d_])"
"""Start and end of a word: no letter is there."""
_SIGNED = re.compile(r"verify=\d{10}-[\w+/=%-]{20,}")
"""Time and signature of a signed link in Cloudflare's examples."""
_LEAVING = re.compile(rf"(?:unsubscri|optout|{_START}(?:{_any(LEAVING)}))[^\W\d_]*")
_VERB = re.compile(rf"{_START}(?:{_any(VERBS)}){_END}")
_TOPIC = re.compile(rf"{_START}(?:{_any(TOPICS)})")
_FILLER = re.compile(_any(FILLERS))
_ONLY_VERBS = re.compile(rf"(?:{_any(FILLERS)})*(?:{_any(VERBS)})(?:{_any(FILLERS + VERBS)})*")

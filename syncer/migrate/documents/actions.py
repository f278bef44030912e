"""Whether opening a link may do something (unsubscribe, cancel, delete, confirm), by the words in it. Pure.

| words                              | in a folder              | in the file's name       | in the query |
| ---------------------------------- | ------------------------ | ------------------------ | ------------ |
| unsubscribe, opt out, preferences  | yes                      | if there are no others¹  | yes          |
| delete, cancel, verify, confirm, … | if there are no others²  | no³                      | yes          |
| trash, kill, vote, refund, …       | if there are no others   | no³                      | alone        |
| send, publish, add, drop, …        | so, and with a query⁴    | no³                      | as its name  |

¹ or with a query, or of a picture. ² or with a query. ³ `candidates` reads names with a query. ⁴ or behind
what is acted on: `/cart/add/`. A query that says what to do (`op`, `cmd`, `action`) acts, whatever it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import combining, normalize
from urllib.parse import unquote_to_bytes, urlsplit

from syncer.migrate.documents.languages import (
    BARE,
    FILLERS,
    LEAVING,
    OBJECTS,
    TOPICS,
    TRACKERS,
    UNSPACED,
    VERBS,
    WEAK,
)

LONGEST = 80
"""Letters of a folder's name that may be an action alone: this bounds the search."""
_ENCODINGS = ("utf-8", "cp1252", "cp1251")
"""How old mailers wrote the letters of their languages."""
_UNDECOMPOSED = str.maketrans(
    {"\N{LATIN SMALL LETTER DOTLESS I}": "i", "đ": "d", "ł": "l", "ø": "o", "æ": "ae"}
)
"""Letters that `normalize` does not take apart."""


def may_act(path: str, query: list[tuple[str, str]], *, asks: bool, picture: bool) -> bool:
    """`path` is as it stands in the URL. `asks` says whether the query says more than how a file is
    delivered.
    """
    *folders, name = path.split("/")
    stem = name.rpartition(".")[0] or name
    if any(_is_action(folder, alone=not asks) for folder in folders):
        return True
    if _is_bare_action(folders, asks=asks, picture=picture):
        return True
    if any(_leaves(text, alone=not (asks or picture)) for text in _plain(stem)):
        return True
    return any(_is_asked(name, value) for name, value in query)


def is_bare_verb(stem: str) -> bool:
    """Whether a file's name is a verb and nothing else: `trash.jpg`, `send-5.jpg`."""
    return any(_is_only(_BARE, text) or _is_only(_WEAK, text) for text in _plain(stem))


def host_acts(url: str) -> bool:
    """Whether the host itself is there to unsubscribe: `unsubscribe.shop.example`."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    return any(_leaves(text, alone=True) for label in host.split(".") for text in _plain(label))


def speaks_of_action(text: str) -> bool:
    """Whether one of its words is what links in mails do."""
    return any(
        _leaves(each) or any(words.search(each) for words in (_VERB, _UNSPACED, _TOPIC))
        for each in _plain(text)
    )


def _is_action(folder: str, *, alone: bool) -> bool:
    """Whether a folder's name is an action; with `alone`, only if it has no other words, or unsubscribes."""
    if not alone:
        return speaks_of_action(folder)
    return any(_leaves(text) or _is_verb(text) for text in _plain(folder))


def _is_bare_action(folders: list[str], *, asks: bool, picture: bool) -> bool:
    """Whether one of them is a verb and nothing else: `/trash/`, `/cart/add/`, `/e/open/`."""
    behind = False
    for folder in folders:
        for text in _plain(folder):
            if _is_only(_BARE, text) or ((asks or behind) and _is_only(_WEAK, text)):
                return True
            if (asks or picture) and _is_only(_TRACKERS, text):
                return True
            if joined := "".join(_words(text)):  # what is no number
                behind = _OBJECT.fullmatch(joined[:LONGEST]) is not None
    return False


def _is_asked(name: str, value: str) -> bool:
    """`action=delete`, `confirm=1`, `u=/unsubscribe/5`; not `file=delete-scene.mp4`."""
    if _SIGNED.fullmatch(f"{name}={value}"):
        return False
    if _COMMAND.fullmatch(name):
        return not _DELIVERS.fullmatch(value)
    if any(_leaves(text) or _VERB.search(text) or _UNSPACED.search(text) for text in _plain(name)):
        return True
    if is_bare_verb(name):
        return True
    return any(_leaves(text) or _is_verb(text) or _is_only(_BARE, text) for text in _plain(value))


def _leaves(text: str, *, alone: bool = False) -> bool:
    """Whether it unsubscribes; with `alone`, only if it has no other words."""
    if not _LEAVING.search(text):
        return False
    return not alone or all(_FILLER.fullmatch(word) for word in _words(_LEAVING.sub("-", text)))


def _is_verb(text: str) -> bool:
    """`delete`, `reset-password`, `deletevideo`, `delete-77`; not `delete-scene`."""
    return _is_only(_ONLY_VERBS, text)


def _is_only(verbs: re.Pattern[str], text: str) -> bool:
    """Whether it says nothing else."""
    joined = "".join(_words(text))
    return len(joined) <= LONGEST and verbs.fullmatch(joined) is not None


def _words(text: str) -> Iterator[str]:
    """Without numbers and ids."""
    return (word for word in re.findall(r"[^\W_]+", text) if word.isalpha())


def _plain(text: str) -> Iterator[str]:
    """In lower case, without accents and percent signs, with a hyphen between words of `camelCase`."""
    raw = unquote_to_bytes(text.encode("utf-8", "surrogatepass"))
    for encoding in _ENCODINGS if not raw.isascii() else _ENCODINGS[:1]:
        parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", _bare(raw.decode(encoding, "replace")))
        yield parted.casefold().translate(_UNDECOMPOSED)


def _bare(text: str) -> str:
    return "".join(char for char in normalize("NFKD", text) if not combining(char))


def _any(words: str) -> str:
    """The spelling of `languages`, as a pattern."""
    spelt = {"-": r"[\W_]*", "$": _END, r"\w*": r"[^\W\d_]*"}
    return "|".join(
        re.sub(r"-|\$|\\w\*", lambda found: spelt[found[0]], word) for word in _bare(words).split()
    )


_START, _END = r"(?<![^\W\d_])", r"(?![^\W\d_])"
"""Of a word: no letter stands there."""
_SIGNED = re.compile(r"verify=\d{10}-[\w+/=%-]{20,}")
"""How Cloudflare's examples of a signed link call the time and the signature."""
_LEAVING = re.compile(rf"(?:unsubscri|optout|{_START}(?:{_any(LEAVING)}))[^\W\d_]*")
_VERB = re.compile(rf"{_START}(?:{_any(VERBS)}){_END}")
_TOPIC = re.compile(rf"{_START}(?:{_any(TOPICS)})")
_FILLER = re.compile(_any(FILLERS))
_UNSPACED = re.compile(_any(UNSPACED))


def _only(verbs: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{_any(FILLERS)})*(?:{_any(verbs)})(?:{_any(FILLERS + verbs)})*")


_ONLY_VERBS = _only(VERBS)
_BARE, _WEAK, _TRACKERS = map(_only, (BARE, WEAK, TRACKERS))
_OBJECT = re.compile(rf"(?:{_any(OBJECTS)})+")
_COMMAND = re.compile(
    r"_?(?:action|act|op|oper|operation|cmd|command|task|do|method|verb|func)(?:[-_]?(?:name|type|id))?",
    re.IGNORECASE,
)
"""Names of parameters that say what is to be done."""
_DELIVERS = re.compile(
    r"download|dl|get|raw|inline|attachment|stream|preview|thumb(?:nail)?|image|resize|crop|cover|contain|fill|fit"
    r"|scale|",
    re.IGNORECASE,
)
"""What a server of files does by itself."""

"""Path templates: the public path of an asset."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from syncer.model import Asset
from syncer.settings.spelling import did_you_mean

HASH_LENGTHS = range(8, 65)
FIELDS = ("source", "key", "stem", "ext", "slug", "sha256")

_HOLE = re.compile(r"\{([^{}]*)\}")
_SHORT_HASH = re.compile(r"sha256:(\d{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """A public path with fields, such as `clips/{slug}-{sha256:12}.{ext}`.

    | field       | of the asset `clips` / `2024/Été 1.MP4`                               |
    | ----------- | --------------------------------------------------------------------- |
    | `source`    | `clips`                                                               |
    | `key`       | `2024/Été 1.MP4`                                                      |
    | `stem`      | `Été 1`: the name without its extension                               |
    | `ext`       | `MP4`; if there is none, a dot before the field goes too              |
    | `slug`      | `2024-ete-1`: the key without its extension, in a-z, 0-9 and `-` only; |
    |             | if that drops letters (`Łódź`), with a hash: `odz-9b2d…`              |
    | `sha256`    | the hash of the bytes, 64 hex digits                                  |
    | `sha256:12` | its first 12 (8 to 64)                                                |
    """

    text: str
    _parts: tuple[str, ...]
    """Literals and fields by turns; the first and the last are literals and may be empty."""

    @classmethod
    def parse(cls, text: str) -> PathTemplate:
        """Raises `ValueError` with the reason."""
        parts = tuple(_HOLE.split(text))
        if any("{" in literal or "}" in literal for literal in parts[::2]):
            raise ValueError("has an unmatched brace; braces are only for fields, such as {key}")
        for field in parts[1::2]:
            _check(field)
        return cls(text, parts)

    @classmethod
    def below(cls, folder: str) -> PathTemplate:
        """The template for keys below a folder (with its slash), which may contain any characters."""
        return cls(folder, (folder, "key", ""))

    @property
    def ends_as_key(self) -> bool:
        """Whether a path has the ending of its key."""
        before, field, after = self._parts[-3:] if "{" in self.text else ("", "", "")
        return not after and (field == "key" or (field == "ext" and before.endswith(".")))

    @property
    def needs_bytes(self) -> bool:
        """Whether the path is unknown until the bytes are read."""
        return any(field.startswith("sha256") for field in self._parts[1::2])

    def head(self, source: str) -> str:
        """The start that all paths of this source share. It ends before characters that a key may change: an
        accent at the start of a key joins the letter before it, and the dot before an extension may go.
        """
        head, _, rest = self.text.replace("{source}", source).partition("{")
        dotless = head.removesuffix(".") if rest.startswith("ext}") else head
        return unicodedata.normalize("NFC", re.sub("[^/._ 0-9-]*$", "", dotless))

    def folder(self, source: str) -> str:
        """The folder of all paths of this source, without a slash at its end; empty for the root."""
        return self.head(source).rpartition("/")[0]

    def may_lead_deeper(self, source: str) -> bool:
        """Whether a path of this source may lie in a subfolder of `folder`."""
        rest = self.text.replace("{source}", source).removeprefix(self.folder(source)).removeprefix("/")
        return "{key}" in rest or "/" in rest

    def may_lead_into(self, folder: str, source: str) -> bool:
        """Whether a path of this source may lie in `folder` (with its slash; empty for the root)."""
        head = self.head(source)
        if head.startswith(folder):
            return True
        deep_enough = "{key}" in self.text or self.text.count("/") >= folder.count("/")
        return folder.startswith(head) and deep_enough

    def pattern(self, source: str) -> str:
        """A regular expression for whole paths of this source, valid in Python, PCRE and RE2.

        It does not match a path in which normalisation joined the end of a literal and the start of a field.
        """
        pattern = ""
        for literal, field in zip(self._parts[::2], self._parts[1::2], strict=False):
            dotted = field == "ext" and literal.endswith(".")
            pattern += literally(literal.removesuffix(".") if dotted else literal)
            pattern += r"(?:\.[^/.]+)?" if dotted else _shape(field, source)
        return pattern + literally(self._parts[-1])

    def render(self, asset: Asset, sha256: str | None = None) -> str:
        """The public path, in Unicode normal form C. Every key has one; `destinations.keys.check_path` says
        whether it may be published. Raises `ValueError` if `sha256` (hex) is needed and missing.
        """
        if self.needs_bytes and sha256 is None:
            raise ValueError(f"{self.text} needs the sha256 of the bytes")
        path = ""
        for literal, field in zip(self._parts[::2], self._parts[1::2], strict=False):
            value = _value(field, asset, sha256 or "")
            dotless = field == "ext" and not value
            path += (literal.removesuffix(".") if dotless else literal) + value
        return unicodedata.normalize("NFC", path + self._parts[-1])


def _check(field: str) -> None:
    if field in FIELDS:
        return
    length = _SHORT_HASH.fullmatch(field)
    if length and int(length[1]) in HASH_LENGTHS:
        return
    if field.startswith("sha256:"):
        raise ValueError(
            f"has {{{field}}}, but a part of the hash is 8 to 64 digits long, as in {{sha256:12}}"
        )
    meant = did_you_mean(field, FIELDS)
    known = ", ".join(f"{{{name}}}" for name in FIELDS)
    wish = f'did you mean "{{{meant}}}"?' if meant else f"the fields are {known} and {{sha256:12}}"
    raise ValueError(f"has an unknown field {{{field}}}; {wish}")


def _value(field: str, asset: Asset, sha256: str) -> str:
    match field:
        case "source":
            return asset.source
        case "key":
            return asset.key
        case "stem":
            return _split(asset.key.rpartition("/")[2])[0]
        case "ext":
            return _split(asset.key)[1]
        case "slug":
            return _slug(asset.key, plain=asset.plain_slug)
        case _:
            return sha256[: int(field.partition(":")[2] or 64)]


def _shape(field: str, source: str) -> str:
    match field:
        case "source":
            return literally(source)
        case "key":
            return ".+"
        case "stem":
            return "[^/]*"
        case "ext":
            return "[^/.]*"
        case "slug":
            return "[a-z0-9-]+"
        case _:
            return f"[0-9a-f]{{{field.partition(':')[2] or 64}}}"


def lies_in(places: Iterable[str], path: str) -> bool:
    """Whether the path lies in one of the places: folders with a slash at their end; empty is the root."""
    return any(path.startswith(place) for place in places)


def literally(text: str) -> str:
    """A pattern that matches exactly this text. `re.escape` escapes more than web servers allow."""
    return re.sub(r"[\\^$.|?*+()\[\]{}]", r"\\\g<0>", unicodedata.normalize("NFC", text))


def _split(name: str) -> tuple[str, str]:
    """The name without its extension, and the extension without its dot; `.profile` and `a.` have none."""
    head, slash, last = name.rpartition("/")
    stem, _, extension = last.rpartition(".")
    if not stem.strip(".") or not extension:
        return name, ""
    return head + slash + stem, extension


def _slug(key: str, *, plain: bool = False) -> str:
    """Never empty. If letters are lost that ASCII lacks, a hash of the key is added, so that different names
    have different slugs; `plain` leaves it out if at least one word is left.
    """
    stem, _ = _split(key)
    letters = unicodedata.normalize("NFKD", stem.casefold())
    words = re.findall(r"[a-z0-9]+", letters.encode("ascii", "ignore").decode().lower())
    if not words or (not plain and any(map(_is_dropped, letters))):
        words.append(hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:12])
    return "-".join(words)


def _is_dropped(char: str) -> bool:
    """Whether a slug loses this character: a letter, digit or symbol outside ASCII, no accent, no space."""
    return not char.isascii() and unicodedata.category(char)[0] in "LNS"

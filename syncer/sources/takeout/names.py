"""Names of members: from the name in the archive to the key. No name leaves the archive."""

from __future__ import annotations

import re
import unicodedata

from syncer.sources.takeout.sidecars import ENDING, Match, Sidecar, split

TOP = "takeout/"
"""The top folder of an export; a download from Drive has none."""

NOT_MEDIA = (ENDING, ".html", ".htm", ".csv")
"""Endings of files that describe the export."""

CUT = 47
"""The fewest characters of a name that Takeout has cut."""

TRASH = frozenset(
    name.casefold()
    for name in (
        *("Trash", "Bin", "Papierkorb", "Corbeille", "Papelera", "Paperera", "Cestino", "Lixeira", "Lixo"),
        *(
            "Prullenbak",
            "Papirkurv",
            "Papperskorg",
            "Papperskorgen",
            "Roskakori",
            "Kosz",
            "Koš",
            "Kôš",
            "Lomtár",
        ),
        *(
            "Coș de gunoi",
            "Корзина",
            "Кошик",
            "Кошче",
            "Κάδος",
            "Çöp Kutusu",
            "Çöp kutusu",
            "Thùng rác",
            "Sampah",
        ),
        *("ゴミ箱", "回收站", "垃圾桶", "휴지통", "ถังขยะ", "אשפה", "المهملات"),
    )
)
"""The names of the trash of Google Photos, in the known languages."""

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DRIVE = re.compile(r"[A-Za-z]:[/\\]")


def decoded(name: bytes, *, utf8: bool) -> tuple[str, str | None]:
    """The name and its flaw. Some programs write UTF-8 without the flag for it, old ones code page 437."""
    try:
        return name.decode("utf-8"), None
    except UnicodeDecodeError:
        if utf8:
            return name.decode("utf-8", "backslashreplace"), "its name is not UTF-8"
        return name.decode("cp437"), None


def name_flaw(name: str) -> str | None:
    """Why a member with this name is refused; `None` if it is not."""
    if "\0" in name:
        return "its name has a NUL character"
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        return "its name is an absolute path"
    if ".." in re.split(r"[/\\]", name):
        return "its name leads out of the archive by .."
    return None


def below_top(name: str) -> tuple[str, str]:
    """Folder (with a final slash, or empty) and name, below `Takeout/`, in normal form C."""
    name = unicodedata.normalize("NFC", name.replace("\0", "\\x00"))
    if name[: len(TOP)].casefold() == TOP:
        name = name[len(TOP) :]
    folder, slash, base = name.rpartition("/")
    return folder + slash, base


def is_media_name(base: str) -> bool:
    """Whether it may be media: its ending is not one of files that describe the export."""
    return not base.casefold().endswith(NOT_MEDIA)


def is_year(folder: str) -> bool:
    """Whether it is a folder such as `Photos from 2023/`, in any language."""
    return len(_YEAR.findall(folder.rstrip("/").rpartition("/")[2])) == 1


def is_trash(folder: str) -> bool:
    """Whether it has the name of the trash of Google Photos, in a known language."""
    return folder.rstrip("/").rpartition("/")[2].casefold() in TRASH


def original(base: str, said: Sidecar | None, match: Match | None) -> tuple[str, str]:
    """The original name from the sidecar, and the same with the number that Takeout added."""
    if said is None or match is None or not _is_name(said.title):
        return base, base
    stem, ending = split(base)
    title = unicodedata.normalize("NFC", said.title.replace("/", "_"))
    number = f"({match.number})" if match.number else ""
    ending = ending.removesuffix(number)
    if split(title)[1].casefold() == ending.casefold():
        title, ending = split(title)
    elif not stem.startswith(title):  # the other half of a live photo, or converted by Google
        title = split(title)[0]
        if ending and title.casefold().endswith(ending.casefold()):
            title, ending = split(title)  # the film of a photo called X.MP.jpg is X.MP
    title += match.suffix
    plain, numbered = f"{title}{ending}", f"{title}{number}{ending}"
    if base in (plain, numbered) and not number:
        return base, base  # the same object, to save memory
    # A number between names that differ only in the cut part does not belong to the original name.
    cut = len(base) - len(number) >= CUT and base != numbered
    return (plain if cut else numbered), numbered


def _is_name(title: str) -> bool:
    """Whether a file can have this name."""
    printable = all(unicodedata.category(sign) not in ("Cc", "Cs") for sign in title)
    return printable and title.strip(" .") != "" and len(title.encode()) <= 255  # noqa: PLR2004 - as file systems have it

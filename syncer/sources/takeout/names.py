"""Names of members: what they are called in an archive, and what key that makes. None leads anywhere else."""

from __future__ import annotations

import re
import unicodedata

from syncer.sources.takeout.sidecars import ENDING, Match, Sidecar, split

TOP = "takeout/"
"""The folder that everything in an export lies in; a download from Drive has none."""

NOT_MEDIA = (ENDING, ".html", ".htm", ".csv")
"""What describes an export instead of being in it."""

CUT = 47
"""Characters that a name in an archive has at least if Takeout has cut it."""

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
"""What Google Photos calls its trash, in the languages that are known here."""

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DRIVE = re.compile(r"[A-Za-z]:[/\\]")


def decoded(name: bytes, *, utf8: bool) -> tuple[str, str | None]:
    """The name and its flaw. Some programs write UTF-8 without saying so, old ones code page 437."""
    try:
        return name.decode("utf-8"), None
    except UnicodeDecodeError:
        if utf8:
            return name.decode("utf-8", "backslashreplace"), "its name is not UTF-8"
        return name.decode("cp437"), None


def name_flaw(name: str) -> str | None:
    """Why nothing may be taken under that name."""
    if "\0" in name:
        return "there is a NUL in its name"
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        return "its name is an absolute path"
    if ".." in re.split(r"[/\\]", name):
        return "its name leads out of the archive, by .."
    return None


def below_top(name: str) -> tuple[str, str]:
    """Folder (with a slash at the end, or empty) and name, below `Takeout/`, in normal form C."""
    name = unicodedata.normalize("NFC", name.replace("\0", "\\x00"))
    if name[: len(TOP)].casefold() == TOP:
        name = name[len(TOP) :]
    folder, slash, base = name.rpartition("/")
    return folder + slash, base


def is_media_name(base: str) -> bool:
    """By the ending: whatever does not describe the export may be what it is about."""
    return not base.casefold().endswith(NOT_MEDIA)


def is_year(folder: str) -> bool:
    """`Photos from 2023/`, in any language."""
    return len(_YEAR.findall(folder.rstrip("/").rpartition("/")[2])) == 1


def is_trash(folder: str) -> bool:
    """Whether the folder is called as Google Photos calls its trash, in any language that is known here."""
    return folder.rstrip("/").rpartition("/")[2].casefold() in TRASH


def original(base: str, said: Sidecar | None, match: Match | None) -> tuple[str, str]:
    """What a member is called by its sidecar, and that with the number which Takeout gave it."""
    if said is None or match is None or not _is_name(said.title):
        return base, base
    stem, ending = split(base)
    title = unicodedata.normalize("NFC", said.title.replace("/", "_"))
    number = f"({match.number})" if match.number else ""
    ending = ending.removesuffix(number)
    if split(title)[1].casefold() == ending.casefold():
        title, ending = split(title)
    elif not stem.startswith(title):  # another half of a live photo, or Google has converted it
        title = split(title)[0]
        if ending and title.casefold().endswith(ending.casefold()):
            title, ending = split(title)  # the film of a photo called X.MP.jpg is X.MP
    title += match.suffix
    plain, numbered = f"{title}{ending}", f"{title}{number}{ending}"
    if base in (plain, numbered) and not number:
        return base, base  # the same, and not once more in memory
    # A number that tells names apart which were only cut alike is not part of them.
    cut = len(base) - len(number) >= CUT and base != numbered
    return (plain if cut else numbered), numbered


def _is_name(title: str) -> bool:
    """Whether a file can be called so."""
    printable = all(unicodedata.category(sign) not in ("Cc", "Cs") for sign in title)
    return printable and title.strip(" .") != "" and len(title.encode()) <= 255  # noqa: PLR2004 - as file systems have it

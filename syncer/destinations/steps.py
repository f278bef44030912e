"""The steps of an upload or a delete in words, with a hint if the server refuses one."""

from __future__ import annotations

from syncer.connect.refusal import Doing
from syncer.destinations.keys import printable


def create_folder(folder: str) -> Doing:
    name = printable(folder)
    hint = (
        f"create {name} there by hand, such as in the hosting panel, or let this user create folders;"
        " a `path` without folders, such as {slug}-{sha256:12}.{ext}, needs none"
    )
    return f"create the folder {name}", hint


def create_file(folder: str) -> Doing:
    return (
        f"create files in {_named(folder)}",
        "let this user write in that folder, names with a leading dot included",
    )


def list_folder(folder: str) -> Doing:
    return f"list {_named(folder)}", "let this user list folders there"


def rename_file(folder: str) -> Doing:
    return (
        f"rename files in {_named(folder)}",
        "let this user rename files there: an upload gets its public name at its end",
    )


def delete_file(file: str) -> Doing:
    return f"delete {printable(file)}", "let this user delete files there, or delete it by hand"


def _named(folder: str) -> str:
    return f"the folder {printable(folder)}" if folder else "its root"

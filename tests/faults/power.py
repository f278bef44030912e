"""The content of a disk after a power cut: a model of written and flushed bytes.

A file's bytes are safe after an fsync of the file, a name after an fsync of its folder. Others are lost or
kept, independently for names and bytes of each folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

Tree = dict[str, bytes]
"""Bytes by absolute path."""


@dataclass(eq=False)
class File:
    """`now` has the bytes that any process reads, `safe` those on the disk."""

    now: bytearray = field(default_factory=bytearray)
    safe: bytes = b""


@dataclass(frozen=True)
class Op:
    """One line of the shim's log."""

    name: str
    inode: int
    offset: int
    path: str
    other: str
    data: bytes = b""


def read(log: Path) -> Iterator[Op]:
    """The operations, in order."""
    rest = log.read_bytes()
    while rest:
        line, _, rest = rest.partition(b"\n")
        _number, name, _result, inode, offset, size, path, other = line.decode().split("\t")
        data, rest = (rest[: int(size)], rest[int(size) :]) if name == "write" else (b"", rest)
        yield Op(name, int(inode), int(offset), path.removesuffix(" (deleted)"), other, data)


class Disk:
    """At the start all files in `folders` are safe."""

    def __init__(self, folders: list[Path]) -> None:
        self.now: dict[str, File] = {}
        self.safe: dict[str, File] = {}
        self._by_inode: dict[int, File] = {}
        for folder in folders:
            for path in folder.rglob("*"):
                if path.is_file():
                    content = path.read_bytes()
                    self.now[str(path)] = self._by_inode[path.stat().st_ino] = File(
                        bytearray(content), content
                    )
        self.safe.update(self.now)

    def apply(self, op: Op) -> None:
        match op.name:
            case "create":
                self.now[op.path] = self._by_inode[op.inode] = File()
            case "write":
                file = self._file(op)
                file.now.extend(bytes(max(0, op.offset - len(file.now))))
                file.now[op.offset : op.offset + len(op.data)] = op.data
            case "truncate":
                file = self._file(op)
                file.now.extend(bytes(max(0, op.offset - len(file.now))))
                del file.now[op.offset :]
            case "fsync":
                self._flush(op)
            case "rename":
                self.now[op.other] = self.now.pop(op.path)
            case "unlink":
                self.now.pop(op.path, None)

    def _file(self, op: Op) -> File:
        return self._by_inode[op.inode]

    def _flush(self, op: Op) -> None:
        if op.path in self.now:
            self.now[op.path].safe = bytes(self.now[op.path].now)
            return
        inside = {path for path in {*self.now, *self.safe} if _folder(path) == op.path}
        for path in inside:
            if path in self.now:
                self.safe[path] = self.now[path]
            else:
                del self.safe[path]

    def after(self, kept_names: frozenset[str], *, kept_bytes: bool) -> Tree:
        """The files when the power is back; folders in `kept_names` keep the latest names."""
        paths = {*self.now, *self.safe}
        found: Tree = {}
        for path in paths:
            kept = any(path.startswith(f"{folder}/") for folder in kept_names)
            file = (self.now if kept else self.safe).get(path)
            if file is not None:
                found[path] = bytes(file.now) if kept_bytes else file.safe
        return found


def _folder(path: str) -> str:
    return str(PurePosixPath(path).parent)

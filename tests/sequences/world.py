"""The model: a user's sources and web root, and what a visitor may find there."""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.home import Home, Ran
from tests.media import PNG
from tests.probe.bytesmith import frame, jpeg, segment

SOURCES = ("a", "b")
TEMPLATES = ("{source}/{key}", "x/{key}", "{sha256:12}.{ext}")
"""The second gives two sources the same paths, the third two assets with the same bytes."""
ROOTS = ("one", "two")

Name = tuple[str, str]
"""Source and key."""


@dataclass(frozen=True)
class Version:
    data: bytes = field(repr=False)
    time: int
    """Of modification, in ns: the same again only with the same bytes."""

    @property
    def accepted(self) -> bool:
        return not self.data.startswith(PNG[:8])


def photo(number: int, size: int) -> bytes:
    """A valid file, with different bytes from the first kilobyte to the last."""
    comment = segment(0xFE, b"%08d" % number * 8)
    scan = b"\1" + hashlib.shake_128(b"%d" % number).digest(size - 1)  # no end marker is its beginning
    return jpeg(frame(720, 720), comment, scan=scan)


def graphic(number: int) -> bytes:
    """A file that the platform would refuse."""
    return PNG + b"%08d" % number


def path_of(template: str, name: Name, version: Version) -> str:
    source, key = name
    sha256 = hashlib.sha256(version.data).hexdigest()
    fields = {"{source}": source, "{key}": key, "{sha256:12}": sha256[:12], "{ext}": "jpg"}
    for each, value in fields.items():
        template = template.replace(each, value)
    return template


@dataclass
class World:
    home: Home
    signature: str
    """Its path."""
    now: dict[Name, Version] = field(default_factory=dict)
    """The sources' files."""
    ever: dict[Name, list[Version]] = field(default_factory=lambda: defaultdict(list))
    templates: dict[str, str] = field(default_factory=lambda: dict.fromkeys(SOURCES, TEMPLATES[0]))
    may: dict[str, set[tuple[Name, bytes]]] = field(default_factory=lambda: defaultdict(set))
    """The assets whose bytes may ever be public at a path."""
    foreign: dict[Path, bytes] = field(default_factory=dict)
    """Files of others in a web root."""
    left: dict[Path, set[str]] = field(default_factory=dict)
    """The public files of a web root at the time when the config left it."""
    numbers: int = 0
    brought: set[Name] = field(default_factory=set)
    """Files that a source got during a run, maybe after it was listed."""

    # What the user does

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def put(self, name: Name, version: Version) -> None:
        file = self.file(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(version.data)
        os.utime(file, ns=(version.time, version.time))
        self.now[name] = version
        if version not in self.ever[name]:
            self.ever[name].append(version)
        self._allow(name, version, self.templates[name[0]])

    def new(self, data: bytes) -> Version:
        return Version(data, 1_600_000_000_000_000_000 + self.number() * 1_000_000_000)

    def delete(self, name: Name) -> None:
        self.file(name).unlink()
        del self.now[name]

    def rename(self, name: Name, to: Name) -> None:
        version = self.now[name]
        self.delete(name)
        self.put(to, version)

    def use_template(self, source: str, template: str) -> None:
        self.templates[source] = template
        self.home.config["sources"][source]["path"] = template
        for name, versions in self.ever.items():
            for version in versions if name[0] == source else ():
                self._allow(name, version, template)

    def keep_foreign(self, path: str, data: bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        self.foreign[file] = data

    def file(self, name: Name) -> Path:
        return self.folder(name[0]) / name[1]

    def folder(self, source: str) -> Path:
        return self.home.folder / "media" / source

    def _allow(self, name: Name, version: Version, template: str) -> None:
        self.may[path_of(template, name, version)].add((name, version.data))

    # What there is

    @property
    def root(self) -> Path:
        """The web root, which the web server reaches by a link."""
        return self.home.site.root.resolve()

    def move_root(self) -> None:
        """The server and the config switch to another folder."""
        self.left[self.root] = set(self.public())
        link = self.home.site.root
        to = link.with_name(next(name for name in ROOTS if name != self.root.name))
        link.unlink()
        link.symlink_to(to.name)
        self.home.config["origin"]["destination"]["root"] = str(to)

    def public(self) -> dict[str, bytes]:
        """Every file under a final name. Only a killed run may leave the small file of its check, until the
        next run: see `check_no_probe`.
        """
        files = (file for file in self.root.rglob("*") if file.is_file())
        return {
            str(file.relative_to(self.root)): file.read_bytes()
            for file in files
            if not file.name.startswith((".syncer-", "syncer-doctor-"))
        }

    def manifest(self) -> list[dict[str, Any]]:
        try:
            items: list[dict[str, Any]] = json.loads((self.home.folder / "urls.json").read_text())["items"]
        except FileNotFoundError:
            return []
        return items

    def listed(self) -> set[tuple[str, str]]:
        """Path and hash of each file in the manifest."""
        return {(item["path"], item["sha256"]) for item in self.manifest()}

    def possible(self) -> set[tuple[str, str]]:
        """The same for each file that may be public."""
        return {
            (path, hashlib.sha256(data).hexdigest()) for path, whose in self.may.items() for _, data in whose
        }

    def owners(self) -> dict[str, Name]:
        """The owners of the paths in the manifest."""
        return {item["path"]: (item["source"], item["key"]) for item in self.manifest()}

    # The laws

    def check_public(self, before: dict[str, bytes]) -> None:
        """No foreign or partial file is public, and files of others do not change."""
        found = self.public()
        for file, data in self.foreign.items():
            found.pop(str(file.relative_to(self.root)) if file.is_relative_to(self.root) else "", None)
            assert file.read_bytes() == data, f"{file} is not ours, and was changed"
        if self.signature in before:
            assert found.pop(self.signature, None) == before[self.signature], "the signature file was changed"
        for path, data in found.items():
            assert data in {each for _, each in self.may[path]}, (
                f"{path} is foreign or partial: {data[:40]!r}"
            )

    def check_no_probe(self) -> None:
        left = [file.name for file in self.root.rglob("syncer-doctor-*")]
        assert not left, f"{left} are still public"

    def check_kept(self, before: dict[str, bytes], owners: dict[str, Name], *, deletes: bool) -> None:
        """A file that is still wanted is never deleted; without `delete`, no file is."""
        after, claims = self.public(), self.claims()
        # An asset whose path depends on its bytes may have left it and come back; a refused one has no path.
        wanted = {
            path
            for path, names in claims.items()
            if any(self.now[name].accepted and "sha256" not in self.templates[name[0]] for name in names)
        } | (owners.keys() & claims.keys())
        for path in before.keys() - after.keys():
            assert deletes, f"{path} was deleted, though nothing was to be"
            if path in wanted and (self._held(path, before[path], owners) & claims[path]) - self.brought:
                raise AssertionError(f"{path} was deleted, though its source holds it")

    def _held(self, path: str, data: bytes, owners: dict[str, Name]) -> set[Name]:
        """The owner of the file: an asset may wait for a path, and get it after its owner has left."""
        if path in owners:
            return {owners[path]}
        return {name for name, each in self.may[path] if each == data}

    def check_manifest(self, *, exact: bool) -> None:
        """Each URL serves bytes of its own asset; with `exact`, those in its record."""
        paths = set()
        for item in self.manifest():
            name, path = (item["source"], item["key"]), item["path"]
            assert path not in paths, f"{path} is listed twice"
            paths.add(path)
            answer = self.home.site.get(path)
            assert answer.status_code == 200, f"{path} is listed, and answers {answer.status_code}"
            assert (name, answer.content) in self.may[path], f"{path} serves what is not {name}'s"
            if exact:
                served = hashlib.sha256(answer.content).hexdigest()
                assert served == item["sha256"], f"{path} is listed with other bytes than it serves"

    def check_owners(self, before: dict[str, Name]) -> None:
        """The owner of a path keeps it, as long as the source has that asset."""
        claims = self.claims()
        for path, name in self.owners().items():
            had = before.get(path, name)
            assert name == had or had not in claims[path], f"{path} went from {had} to {name}"

    def claims(self) -> dict[str, set[Name]]:
        """The assets for each path; if there are several, only the first gets it."""
        claims: dict[str, set[Name]] = defaultdict(set)
        for name, version in self.now.items():
            claims[path_of(self.templates[name[0]], name, version)].add(name)
        return claims

    def differs(self) -> str:
        """The differences of web root and manifest from the sources; empty if there are none."""
        claims, found = self.claims(), self.public()
        refused = {name for name, version in self.now.items() if not version.accepted}
        listed = {item["path"]: (item["source"], item["key"]) for item in self.manifest()}
        rivals = self._rivals(claims, listed)
        missing = {path for path, names in claims.items() if not names & refused} - listed.keys()
        if missing:  # if one of two assets for a path is refused, it may be the first of them
            return f"the manifest lacks {sorted(missing)}"
        for path, name in listed.items():
            if name in rivals and name not in claims.get(path, set()):
                continue  # it did not get its new path, and keeps the one that it had
            if name not in claims.get(path, set()) - refused:
                return f"{path} is listed as {name}'s, and is that of {claims.get(path)}"
            if found.get(path) != self.now[name].data:
                return f"{path} has other bytes than {name}"
        stay = refused | rivals
        kept = {path for path, whose in self.may.items() if stay & {name for name, _ in whose}}
        foreign = {str(file.relative_to(self.root)) for file in self.foreign if self.root in file.parents}
        kept |= foreign | self.left.get(self.root, set()) | {self.signature}
        over = found.keys() - claims.keys() - kept
        return f"{sorted(over)} are still public" if over else ""

    def _rivals(self, claims: dict[str, set[Name]], listed: dict[str, Name]) -> set[Name]:
        """The assets that want one path, and those that wait for the path that one of them keeps."""
        rivals = {name for names in claims.values() if len(names) > 1 for name in names}
        while True:
            kept = {
                path for path, name in listed.items() if name in rivals and name not in claims.get(path, ())
            }
            waiting = {name for path in kept for name in claims.get(path, ())} - rivals
            if not waiting:
                return rivals
            rivals |= waiting

    def disputed(self) -> bool:
        """Whether two assets want one path. A refused asset has none if its path depends on its bytes."""
        return any(len([*filter(self._has_path, names)]) > 1 for names in self.claims().values())

    def _has_path(self, name: Name) -> bool:
        return self.now[name].accepted or "sha256" not in self.templates[name[0]]


def said(ran: Ran) -> str:
    return f"exit {ran.code}: {ran.out[-1500:]} {ran.err[-1500:]}"

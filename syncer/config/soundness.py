"""Checks of a well-formed config: files, folders, secrets, and public paths."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncer.config import claimed, places
from syncer.config.complaints import Problem, problem, shown_value
from syncer.config.yamlfile import Loc, YamlDocument
from syncer.destinations import Store
from syncer.destinations.keys import path_below_root
from syncer.errors import ConfigError, DestinationError
from syncer.model import Asset
from syncer.origin.paths import PathTemplate
from syncer.settings.fields import Settings
from syncer.settings.masked import has_login, masked
from syncer.settings.secret import Reference, odd_for_a_key, reveal
from syncer.sources import Listing, is_in_place
from syncer.urls import safe_names

if TYPE_CHECKING:
    from syncer.config import Config, Origin


SERVED_CA = Path("ca/ca.pem")
"""The private CA that `syncer serve` makes, beside the config file."""


def soundness_flaws(config: Config, document: YamlDocument, *, serves: bool = False) -> Iterator[Problem]:
    """Well-formed values that can't work: a missing file, a path that may not be public."""
    given = document.data.get("sources") or {}
    found = (
        _origin_flaws(config.origin),
        _ca_flaws(config, serves=serves),
        _file_flaws(config),
        _pipe_flaws(config),
        _root_flaws(config),
        _endpoint_flaws(config),
        _template_flaws(config),
        places.place_flaws(config, given),
    )
    for loc, sentence in chain(*found):
        yield problem(document, loc, sentence)


def _origin_flaws(origin: Origin) -> Iterator[tuple[Loc, str]]:
    by_domain = "://" not in origin.property
    if origin.signature_files and by_domain:
        yield (
            ("origin", "signature_files"),
            (
                f"a DNS TXT record proves the domain {origin.property}, not a file: remove this line,"
                f" or verify a URL prefix such as {origin.url} and make that the property"
            ),
        )
    if origin.txt_record and not by_domain:
        yield (
            ("origin", "txt_record"),
            (
                f"a signature file proves the URL prefix {origin.property}, not a DNS record: remove this"
                " line, or verify a domain and make that the property"
            ),
        )
    taken: set[str] = set()
    for index, file in enumerate(origin.signature_files):
        if not _is(Path.is_file, file):
            yield ("origin", "signature_files", index), f"there is no file {shown_value(str(file))}"
        if file.name in taken:
            yield (
                ("origin", "signature_files", index),
                f"two signature files are named {shown_value(file.name)}",
            )
        taken.add(file.name)


def _ca_flaws(config: Config, *, serves: bool) -> Iterator[tuple[Loc, str]]:
    ca = config.origin.ca
    if ca is None or _is(Path.is_file, ca):
        return
    told = f"there is no file {shown_value(str(ca))}"
    if claimed.is_same(ca, config.file.parent / SERVED_CA):
        if serves and not _is(os.path.lexists, ca):
            return
        told += "; `syncer serve` makes it at its first start: run that first"
    yield ("origin", "ca"), told


def _file_flaws(config: Config) -> Iterator[tuple[Loc, str]]:
    written: list[tuple[Loc, Path]] = [(("catalogue",), claimed.catalogue_file(config))]
    written += [(("manifest", index), file) for index, file in enumerate(config.manifest)]
    for loc, file in written:
        if not _is(Path.is_dir, file.parent):
            yield loc, f"there is no folder {shown_value(str(file.parent))}; create it"
        elif _is(Path.is_dir, file):
            yield loc, f"{shown_value(str(file))} is a folder; name a file"
        elif _is(os.path.exists, file) and not _is(Path.is_file, file):
            yield loc, f"{shown_value(str(file))} is a device or a pipe; name a file"
        elif claim := _other_claim(config, loc, file):
            yield loc, f"{shown_value(str(file))} is {claim} and would be overwritten"


def _pipe_flaws(config: Config) -> Iterator[tuple[Loc, str]]:
    for loc, file in claimed.named_files(config):
        if loc[-1] in _READ_AGAIN and _is(Path.is_fifo, file):
            yield loc, f"{shown_value(str(file))} is a pipe, and each connection reads it; name a file"


_READ_AGAIN = ("ca", "key", "known_hosts")


def _other_claim(config: Config, loc: Loc, file: Path) -> str | None:
    """The other role of the file in the config. Of two equal manifests, the second has the flaw."""
    others = [("the config", config.file)]
    if loc[0] == "manifest":
        others += claimed.catalogue_files(config)
    for other, path in claimed.named_files(config):
        if other[0] != "manifest":
            others.append((claimed.name_of(other), path))
        elif loc[0] == "manifest" and int(other[1]) < int(loc[1]):
            others.append(("listed twice", path))
    return next((what for what, other in others if claimed.is_same(file, other)), None)


def _root_flaws(config: Config) -> Iterator[tuple[Loc, str]]:
    """A folder with `*` in its name may exist; if it does not, the user meant a glob."""
    for loc, part in _parts(config):
        root = getattr(part, "root", None)
        if isinstance(root, Path) and loc[0] == "origin" and _may_be_secret(root):
            yield (
                (*loc, "root"),
                "the folder does not exist, and is not made, because its name may be a secret",
            )
        if (
            root is None
            or not re.search(r"[*?\[]", str(root))
            or (isinstance(root, Path) and _is(Path.exists, root))
        ):
            continue
        if isinstance(root, Path) or "*" in root:
            folder, glob = _apart(str(root))
            only = f" and include: [{shown_value(glob)}]" if loc[0] == "sources" and glob.strip("*/") else ""
            told = (
                f"{shown_value(str(root))} is not a folder, and a root can't be a glob;"
                f" write root: {shown_value(folder)}{only}"
            )
            yield (*loc, "root"), told


def _may_be_secret(root: Path) -> bool:
    return masked(root.name) != root.name and not _is(Path.exists, root)


def _endpoint_flaws(config: Config) -> Iterator[tuple[Loc, str]]:
    for loc, part in _parts(config):
        if isinstance(part, Listing | Store) and part.kind == "s3":
            yield from _s3_endpoint_flaws(loc, part)


def _s3_endpoint_flaws(loc: Loc, part: Any) -> Iterator[tuple[Loc, str]]:
    from syncer.connect.s3.endpoints import endpoint_misfit

    if part.endpoint and (flaw := endpoint_misfit(part.endpoint, part.bucket, part.region)):
        yield (*loc, "endpoint"), f"{flaw}; found {shown_value(part.endpoint)}"


def _parts(config: Config) -> Iterator[tuple[Loc, Settings]]:
    """The settings of the destination and the sources, and of the sources that hold archives."""
    yield ("origin", "destination"), config.origin.destination
    for name, source in config.sources.items():
        yield ("sources", name), source
        holder = getattr(source, "source", None)
        if isinstance(holder, Settings):
            yield ("sources", name, "source"), holder


def _apart(root: str) -> tuple[str, str]:
    """The folders before the first glob, and the rest."""
    before = root[: re.search(r"[*?\[]", root).start()]  # type: ignore[union-attr] # it has one
    cut = before.rfind("/") + 1
    return root[:cut] or ".", root[cut:]


def _template_flaws(config: Config) -> Iterator[tuple[Loc, str]]:
    paths: list[tuple[Loc, str]] = [
        (("sources", name), each.path) for name, each in config.sources.items() if not is_in_place(each)
    ]
    for loc, path in [*paths, (("migrate",), config.migrate.path)]:
        if has_login(path):
            yield (*loc, "path"), "must be a folder and name below the origin's URL, not a URL or a login"
            continue
        harmless = Asset(source=str(loc[-1]), key="name.mp4", locator="")
        try:
            public = path_below_root(PathTemplate.parse(path).render(harmless, "0" * 64))
        except ValueError as error:
            yield (*loc, "path"), f"{shown_value(path)} {error}"
        except DestinationError as error:
            yield (*loc, "path"), f"{shown_value(path)} won't do: {error.message}"
        else:
            if found := safe_names.obeyed(public):
                yield (*loc, "path"), f"{shown_value(path)} won't do: {found}; choose another name"


def unset(config: Config, document: YamlDocument) -> Iterator[Problem]:
    for loc, reference in references(config):
        try:
            secret = reveal(reference)
        except ConfigError as error:
            yield problem(document, loc, str(error))
            continue
        if loc[-1] in _KEYS and (odd := odd_for_a_key(secret)):
            yield problem(document, loc, f"the value of {reference} can't be right: {odd}")


def learn_secrets(config: Config) -> None:
    """Reads each secret that can be read, so that no message repeats one, even if this command needs none:
    a server may know the secret of another one.
    """
    for _, reference in _references((), config):
        kind, _, name = reference.partition(":")
        if kind == "env" or _is(Path.is_file, Path(name)):  # a pipe would be empty for who needs it
            with suppress(ConfigError):
                reveal(reference)


_KEYS = ("access_key", "secret_key", "api_key", "access_token")
"""Settings whose secrets come from a service, so that their characters are known."""


def references(config: Config) -> Iterator[tuple[Loc, Reference]]:
    """The secrets of the destination and the sources, each with its place in the config."""
    parts: list[tuple[Loc, Settings]] = [(("origin", "destination"), config.origin.destination)]
    parts += [(("sources", name), source) for name, source in config.sources.items()]
    parts.append((("migrate",), config.migrate))
    return (found for part in parts for found in _references(*part))


def _references(loc: Loc, value: object) -> Iterator[tuple[Loc, Reference]]:
    if isinstance(value, Reference):
        yield loc, value
    elif isinstance(value, Settings):
        for name, part in value:
            yield from _references((*loc, name), part)
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _references((*loc, name), part)
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from _references((*loc, index), part)


def _is(test: Callable[[Path], bool], path: Path) -> bool:
    """`pathlib`'s tests; a folder that may not be entered, or a name that is too long, is a no."""
    try:
        return test(path)
    except OSError:
        return False

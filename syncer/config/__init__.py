"""The config file: YAML becomes frozen models. Every error has the place, the value seen, and what to do.

One file describes one verified origin. Relative paths are relative to its folder, secrets are references.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)

from syncer import destinations, sources
from syncer.config import pasting, soundness, yamlfile
from syncer.config.complaints import config_error, problems
from syncer.config.deletes import Delete, DeleteLimit, MaxDelete
from syncer.config.schema import readable_schema
from syncer.config.tiktok import Tiktok
from syncer.config.txt_record import portal_record
from syncer.config.waits import Retry, Timeouts, patience
from syncer.destinations import Store
from syncer.protocols.patience import Patience
from syncer.settings import fields
from syncer.settings.fields import FilePath, FilePaths, Settings
from syncer.settings.one_of import OneOf
from syncer.settings.quantities import Duration, Rate
from syncer.sources import Listing
from syncer.sources.link_settings import MIGRATED, LinkSettings
from syncer.sources.listing import DEFAULT_PATH
from syncer.urls import weburl

MANIFEST_ENDINGS = (".json", ".jsonl", ".csv", ".txt")

AnySource = Annotated[Listing, OneOf(sources.KINDS)]
AnyDestination = Annotated[Store, OneOf(destinations.KINDS)]


def _manifest(path: Path) -> Path:
    if path.suffix not in MANIFEST_ENDINGS:
        raise ValueError(f"must end in {', '.join(MANIFEST_ENDINGS[:-1])} or {MANIFEST_ENDINGS[-1]}")
    return path


def _source_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        raise ValueError(
            "the name must be 1 to 64 letters, digits, - and _, and begin with a letter or digit"
        )
    if name == MIGRATED:
        raise ValueError("`syncer migrate` uses this name for its copies; choose another one")
    return name


def _catalogue(value: object, info: ValidationInfo) -> str:
    """`sqlite:///` and an absolute path."""
    scheme, _, rest = value.partition("://") if isinstance(value, str) else ("", "", "")
    if scheme.startswith("postgres"):
        raise ValueError("must be sqlite:///PATH: a catalogue in PostgreSQL is not in this release yet")
    if scheme != "sqlite" or rest in ("", "/", "/:memory:") or not rest.startswith("/") or "?" in rest:
        raise ValueError(
            "must be sqlite:///syncer.db for a file beside this one, or sqlite:////var/lib/syncer.db"
        )
    return f"sqlite:///{fields.path(rest[1:], info)}"


def _recheck(value: Any) -> Any:
    """`never` as for `delete`."""
    return None if value == "never" else value


def _or_never(schema: dict[str, Any]) -> None:
    schema["default"] = "7d"
    schema["anyOf"].append({"enum": ["never"]})


_MANIFESTS = {"type": "string", "pattern": r"\.(json|jsonl|csv|txt)$"}


class Origin(Settings):
    """The public side: where media is stored, and the URL that serves it."""

    url: Annotated[str, AfterValidator(weburl.prefix)] = Field(
        description="Public URL of the destination's root: https, a DNS name, a slash at the end.",
        examples=["https://media.example.com/"],
        json_schema_extra={"pattern": "^[Hh][Tt][Tt][Pp][Ss]://[^/?#@]+/([^?#]*/)?$"},
    )
    property: Annotated[str, AfterValidator(weburl.ownership)] = Field(
        description="What you verify at TikTok: a URL prefix with a slash at the end, or a bare domain.",
        examples=["https://media.example.com/", "example.com"],
    )
    signature_files: FilePaths = Field(
        default=(),
        description="Signature files from TikTok's portal; for a URL prefix, not for a domain.",
        examples=[["tiktokAbCdEf.txt"]],
    )
    txt_record: Annotated[str, AfterValidator(portal_record)] | None = Field(
        default=None,
        description="The DNS TXT record that TikTok's portal shows; for a domain, not for a URL prefix.",
        examples=["tiktok-developers-site-verification=AbCdEf"],
    )
    ca: FilePath | None = Field(
        default=None,
        description="CA file to trust besides the public ones, for a private test origin; `syncer serve`"
        " makes ca/ca.pem.",
    )
    connect_to: Annotated[str, AfterValidator(weburl.target)] | None = Field(
        default=None,
        description="host:port to connect to instead of the URL's, as with curl --connect-to.",
        examples=["127.0.0.1:8443"],
    )
    dns: Annotated[str, AfterValidator(weburl.name_server)] | None = Field(
        default=None,
        description="address:port of a DNS server to use instead of the system's, for a private test origin.",
        examples=["127.0.0.1:5353"],
    )
    destination: AnyDestination = Field(description="Where the media is stored, for the web server to serve.")


class Check(Settings):
    """The checks before and after media is published."""

    profile: Literal["tiktok"] = Field(default="tiktok", description="The platform whose limits apply.")
    rejected: Literal["skip", "publish"] = Field(
        default="skip",
        description="What to do with media that the platform would refuse: skip it, or publish it and exit"
        " with code 4. Files other than media are never published.",
    )
    verify: Literal["head", "full"] = Field(
        default="head",
        description="The check of a new public URL: its start, or (full) the whole file with its sha256.",
    )
    recheck: Annotated[Duration | None, BeforeValidator(_recheck)] = Field(
        default=timedelta(days=7),
        description="How often each published URL is checked again, spread over runs; or never.",
        json_schema_extra=_or_never,
    )


class Migrate(LinkSettings):
    """How `syncer migrate` follows the links that it finds, and where their files go."""

    path: str = Field(
        default=DEFAULT_PATH,
        description="Public path below the origin's URL, as for a source; {source} is migrated.",
        examples=["clips/{slug}-{sha256:12}.{ext}"],
    )


class Config(Settings):
    """A config file."""

    origin: Origin = Field(description="The verified origin: its public URL and the storage behind it.")
    sources: dict[Annotated[str, AfterValidator(_source_name)], AnySource] = Field(
        default_factory=dict,
        description="Where media comes from, by name. The name is part of an asset's identity.",
        json_schema_extra={"propertyNames": {"pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"}},
    )
    catalogue: Annotated[
        str,
        BeforeValidator(_catalogue),
        WithJsonSchema({"type": "string", "pattern": "^sqlite:///[^?]+$"}),
    ] = Field(
        default="sqlite:///syncer.db",
        validate_default=True,
        description="The file with syncer's memory: sqlite:///relative or sqlite:////absolute.",
    )
    catalogue_copies: int = Field(
        default=7, ge=0, le=366, description="How many daily copies of the catalogue to keep; 0 makes none."
    )
    manifest: Annotated[
        tuple[Annotated[FilePath, AfterValidator(_manifest)], ...],
        BeforeValidator(fields.one_or_many),
        WithJsonSchema({"anyOf": [_MANIFESTS, {"type": "array", "items": _MANIFESTS}]}),
    ] = Field(
        default=(Path("urls.json"),),
        validate_default=True,
        description="Files that list the stable URLs; the ending is the format: .json .jsonl .csv .txt.",
        examples=[["urls.json", "urls.csv"]],
    )
    check: Check = Field(default=Check(), description="The checks before and after publishing.")
    delete: Delete = Field(
        default=None,
        description="When to delete files that left their source: never, mirror (next run) or {after: 30d}.",
        json_schema_extra={"default": "never"},
    )
    """How long after a file left its source; `None` is never, `AT_ONCE` the next run."""
    max_delete: MaxDelete = Field(
        default=DeleteLimit(),
        description="The largest share of the published files that one run may delete, or three files if that"
        " is more.",
        json_schema_extra={"default": "10%"},
    )
    workers: int = Field(default=8, ge=1, le=64, description="How many files to transfer at the same time.")
    bandwidth: Rate | None = Field(
        default=None, description="The most that all workers together transfer per second; null is no limit."
    )
    timeouts: Timeouts = Field(default=Timeouts(), description="How long syncer waits for servers.")
    retry: Retry = Field(default=Retry(), description="How often temporary failures are retried.")
    migrate: Migrate = Field(
        default=Migrate(), description="What `syncer migrate` does with the links that it finds."
    )
    tiktok: Tiktok = Field(default=Tiktok(), description="Access to TikTok's API, for sending drafts.")
    _file: Path = PrivateAttr()
    _property_place: str = PrivateAttr(default="")

    @property
    def patience(self) -> Patience:
        return patience(self.timeouts, self.retry)

    def listing(self, links: Iterable[str]) -> Listing:
        """The source that lists these links, with the settings of `migrate`."""
        from syncer.sources.links import LinksSource

        terms = {name: getattr(self.migrate, name) for name in Migrate.model_fields}
        return LinksSource.Config(kind="links", urls=tuple(links), **terms)

    def model_post_init(self, context: Any, /) -> None:
        said = (context or {}).get("file")
        self._file = said or Path.cwd() / "config.yaml"
        self._property_place = (context or {}).get("property") or str(self._file)

    @property
    def file(self) -> Path:
        """The config file, as an absolute path."""
        return self._file

    @property
    def property_place(self) -> str:
        """For messages: file, line and column of `origin.property`."""
        return self._property_place


def load(path: Path, *, secrets: bool = True, serves: bool = False) -> Config:
    """The config in `path`. Raises `ConfigError` with a line for each of the first ten problems.

    All secrets that can be read are known from now on, so that no message repeats one. With `secrets`, those
    of the destination and the sources must be readable. With `serves`, `origin.ca` may be the file that
    `syncer serve` makes at its first start.
    """
    document = yamlfile.read_yaml(path)
    file = path.absolute()
    if copied := [*pasting.pasting_flaws(document)]:
        raise config_error(document, copied)
    line, column = document.value(("origin", "property"))
    context = {"file": file, "folder": file.parent, "property": f"{document.name}:{line}:{column}"}
    try:
        config = Config.model_validate(document.data, context=context)
    except ValidationError as error:
        raise config_error(document, problems(error, document, _schema())) from None
    soundness.learn_secrets(config)
    if flaws := [*soundness.soundness_flaws(config, document, serves=serves)]:
        raise config_error(document, flaws)
    if secrets and (unset := [*soundness.unset(config, document)]):
        raise config_error(document, unset, "config.secret")
    return config


def secrets(config: Config) -> dict[str, str]:
    """The references to secrets of the destination and the sources, by key: `sources.clips.secret_key`."""
    return {".".join(map(str, loc)): reference for loc, reference in soundness.references(config)}


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the config file, for editors. It checks the form, not files and secrets."""
    return deepcopy(_schema())


@cache
def _schema() -> dict[str, Any]:
    """Made once, because it is the slowest part of refusing a config."""
    return readable_schema(Config.model_json_schema())

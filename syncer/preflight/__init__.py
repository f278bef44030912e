"""Would the platform accept it? `media` and `url` judge; this module reads their limits."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from syncer.errors import ConfigError
from syncer.preflight.limit import Limit, Limits
from syncer.preflight.media import judge_media
from syncer.preflight.refusals import refusals

__all__ = ["Limit", "Limits", "judge_media", "load_limits", "profiles", "refusals"]


def profiles() -> list[str]:
    """Names of the platforms with known limits."""
    found = (entry.name for entry in files(__name__).joinpath("limits").iterdir())
    return sorted(name.removesuffix(".yaml") for name in found if name.endswith(".yaml"))


@cache
def load_limits(profile: str) -> Limits:
    """Read once. Raises `ConfigError` with the code `config.profile` for an unknown profile."""
    import yaml

    if profile not in profiles():
        raise ConfigError(
            f"there is no profile {profile!r}", code="config.profile", hint=f"known: {', '.join(profiles())}"
        )
    text = files(__name__).joinpath("limits", f"{profile}.yaml").read_text(encoding="utf-8")
    table: dict[str, Any] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    platform = table.pop("platform")
    return Limits(platform, **{name: _limit(**row) for name, row in table.items()})


def _limit(value: Any, source: str, checked: str, certainty: str) -> Limit[Any]:
    return Limit(tuple(value) if isinstance(value, list) else value, source, str(checked), certainty)

"""syncer publishes media at stable URLs of your own verified HTTPS origin.

`Mirror` is the Python API: docs/python.md. Importing this package loads no SDK. The values are in
`syncer.model`, the contracts in `syncer.protocols`.
"""

TYPE_CHECKING = False  # type checkers know this name; importing `typing` is slower than all the rest
if TYPE_CHECKING:
    from syncer.errors import ConfigError, Locked, SyncerError
    from syncer.mirror import Mirror

__all__ = ["ConfigError", "Locked", "Mirror", "SyncerError", "__version__"]

__version__ = "0.1.0"

_HOMES = {
    "Mirror": "syncer.mirror",
    "ConfigError": "syncer.errors",
    "Locked": "syncer.errors",
    "SyncerError": "syncer.errors",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(_HOMES[name]), name)
    return found

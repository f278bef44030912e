"""From a config to the parts of a run. The one place where they are put together."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import FrameType

from syncer import manifest
from syncer.addresses import OriginAddresses
from syncer.catalogue import open_catalogue
from syncer.config import Config
from syncer.destinations import open_destination
from syncer.manifest import timestamp
from syncer.model import Asset, Entry, Finding, State
from syncer.origin import Origin
from syncer.ownership.file import SignatureFile, is_signature
from syncer.paths import PathTemplate
from syncer.plan import Terms
from syncer.preflight import load_limits
from syncer.preflight.rules import judge
from syncer.run import Conductor, Orders, Tell
from syncer.runners import Serial, SharedPace, Threads
from syncer.seams import Catalogue, Runner, Source
from syncer.sources import open_source
from syncer.survey import Survey
from syncer.transfer import Rules
from syncer.worker import Worker


def heading(config: Config, count: int) -> dict[str, object]:
    """What a JSON manifest says of itself."""
    return {
        "origin": config.origin.url,
        "property": config.origin.property,
        "generated_at": timestamp(datetime.now(UTC)),
        "count": count,
    }

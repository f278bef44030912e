"""The settings for timeouts and retries."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from syncer.protocols.patience import Patience, Policy
from syncer.settings.fields import Settings
from syncer.settings.quantities import Rate, Wait


class Timeouts(Settings):
    """How long syncer waits for servers: bucket, SSH server, web server, link, API."""

    connect: Wait = Field(
        default=timedelta(seconds=10),
        description="The longest wait for a connection: the name, TCP, and the TLS or SSH handshake, each.",
        json_schema_extra={"default": "10s"},
    )
    answer: Wait = Field(
        default=timedelta(seconds=30),
        description="The longest silence: before the first byte of an answer, and before each further one.",
        json_schema_extra={"default": "30s"},
    )
    rate: Rate = Field(
        default=1000,
        description="The lowest rate of a transfer, measured over `window`; a slower one is given up.",
        json_schema_extra={"default": "1KB/s"},
    )
    window: Wait = Field(
        default=timedelta(seconds=30),
        description="The time over which the rate is measured.",
        json_schema_extra={"default": "30s"},
    )
    give_up: Wait = Field(
        default=timedelta(minutes=1),
        description="If a server only fails for this long, the run does not contact it again.",
        json_schema_extra={"default": "1m"},
    )


class Retry(Settings):
    """How often a call is tried after temporary failures."""

    attempts: int = Field(default=4, ge=1, le=100, description="The attempts, including the first.")
    wait: Wait = Field(
        default=timedelta(milliseconds=500),
        description="The longest wait before the second attempt; it doubles with each further one.",
        json_schema_extra={"default": "500ms"},
    )


def patience(waits: Timeouts, retry: Retry) -> Patience:
    """The limits in the form that every wire takes."""
    give_up = waits.give_up.total_seconds()
    return Patience(
        connect=waits.connect.total_seconds(),
        answer=waits.answer.total_seconds(),
        rate=waits.rate,
        window=waits.window.total_seconds(),
        give_up=give_up,
        retry=Policy(retry.attempts, retry.wait.total_seconds(), longest_asked=give_up),
    )

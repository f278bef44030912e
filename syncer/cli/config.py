"""`syncer config`: commands for the config file."""

from __future__ import annotations

import click

from syncer.cli.console import print_json


@click.group("config")
def command() -> None:
    """Print the JSON Schema of the config file."""


@command.command()
def schema() -> None:
    """Print the JSON Schema of the config, for editors."""
    from syncer.config import json_schema

    print_json(json_schema())

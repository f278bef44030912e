"""The documents agree with the program."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from syncer import cli
from syncer.config import load
from syncer.errors import Exit
from syncer.sources import is_in_place
from tests.home import Home

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "SECURITY.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
CODE = re.compile(
    r'"((?:source|destination|origin|ownership|catalogue|config|plan|serve|media|doctor|push|url)\.[a-z_]+)"'
    r'|code="(manifest|disk|locked)"|Failed\("(internal)"'
)


def block(language: str, page: str, number: int = 0) -> str:
    found: list[str] = re.findall(rf"^ *```{language}\n(.*?)^ *```", page, re.DOTALL | re.MULTILINE)
    return found[number]


def test_the_readme_names_every_command_and_every_exit_code() -> None:
    commands = re.findall(r"^\| `syncer (\w+)", README, re.MULTILINE)
    assert sorted(commands) == sorted(cli.COMMANDS)
    codes = re.findall(r"^\| (\d+) \|", README, re.MULTILINE)
    assert [int(code) for code in codes] == sorted(Exit)


def test_the_readmes_config_loads(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("\n".join(line[3:] for line in block("yaml", README).splitlines()))
    signature = yaml.safe_load(file.read_text())["origin"]["signature_files"][0]
    (tmp_path / signature).write_text("x")
    assert load(file).sources["clips"].path == "{source}/{key}"
    file.write_text("\n".join(line[3:] for line in block("yaml", README, 1).splitlines()))
    assert is_in_place(load(file).sources["uploads"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_docs_can_be_called(page: Path) -> None:
    text = page.read_text()
    spoken = re.findall(r"`syncer (\w+)([^`\n]*)`", text) + [
        found
        for code in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        for found in re.findall(r"^ *syncer (\w+)([^#\n]*)", code, re.MULTILINE)
    ]
    for command, rest in spoken:
        usage = Home.syncer_alone(command, "--help")
        assert usage.code == 0, command
        for option in re.findall(r"--[a-z-]+", rest):
            assert option in usage.out, f"{command} {option}"


def test_every_promise_names_a_test_that_exists() -> None:
    page = (ROOT / "docs/promises.md").read_text()
    rows = [line for line in page.splitlines() if len(re.split(r"(?<!\\)\|", line)) == 6]
    promises = [row for row in rows if not row.startswith(("| promise", "| ---"))]
    assert len(promises) > 20
    for row in promises:
        tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert tests, row
        for file, name in tests:
            assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.MULTILINE), (file, name)


def test_every_code_is_explained() -> None:
    explained = set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)?)`", (ROOT / "docs/troubles.md").read_text()))
    used = set()
    for file in (ROOT / "syncer").rglob("*.py"):
        used |= {next(filter(None, found)) for found in CODE.findall(file.read_text())}
    assert len(used) > 40
    assert used - {"config.yaml", "origin.destination"} <= explained


def test_every_field_of_the_manifest_is_explained() -> None:
    from syncer.manifest import FIELDS

    page = (ROOT / "docs/manifest.md").read_text()
    assert set(FIELDS) <= set(re.findall(r"`(\w+)`", page))


@pytest.mark.parametrize(("kind", "language"), [("nginx", "nginx"), ("caddy", "caddyfile")])
def test_the_docs_show_the_printed_web_server_configurations(
    kind: str, language: str, tmp_path: Path
) -> None:
    """`test_webservers` shows that these configurations serve what platforms need."""
    page = (ROOT / "docs/origins.md").read_text()
    file = tmp_path / "config.yaml"
    file.write_text(block("yaml", page))
    assert block(language, page) == Home.syncer_alone("origin", kind, "-c", str(file)).out


def test_the_readme_shows_the_demos_output(tmp_path: Path) -> None:
    """Except for times, port, sizes, the user's folder and the order in which workers finish."""
    shown = re.search(r"<!-- output: make demo -->\n```text\n(.*?)```", README, re.DOTALL)
    assert shown
    demo = [sys.executable, "-m", "syncer", "demo", "demo"]
    ran = subprocess.run(
        demo, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True, cwd=tmp_path
    )
    said = {normal(line, tmp_path) for line in ran.stdout.splitlines()}
    command, *lines = shown[1].splitlines()
    assert command == ".venv/bin/syncer demo demo"
    assert {normal(line, tmp_path) for line in lines} == said


def normal(line: str, folder: Path) -> str:
    line = re.sub(
        r"^  (?:python -m )?\S+ (serve|sync) -c",
        r"  syncer \1 -c",
        line.replace(str(folder), "/home/you/syncer"),
    )
    return re.sub(r"\d{4}-\d\d-\d\d(T[\d:]+Z)?|:\d{4,5}\b|\d+\.\d+ [kM]B", "…", line).rstrip()

"""The package: what it loads, what it contains, and that it installs and runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from syncer.cli import COMMANDS
from syncer.serving import samples

ROOT = Path(__file__).parents[2]
SDKS = {
    *(
        "av",
        "boto3",
        "botocore",
        "dns",
        "paramiko",
        "httpx",
        "idna",
        "pydantic",
        "rich",
        "sqlalchemy",
        "sqlite3",
        "yaml",
    ),
    *("starlette", "uvicorn", "trustme", "cryptography"),
}
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))


def loaded(program: str) -> set[str]:
    """Modules that a fresh interpreter, not measured for coverage, has after the program."""
    program += "\nimport json, sys\nprint(json.dumps([*sys.modules]))"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=plain, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_it_loads_no_sdk() -> None:
    modules = loaded("import syncer")
    assert "syncer" in modules
    assert not modules & SDKS


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)])
def test_asking_for_help_loads_no_sdk(arguments: list[str]) -> None:
    modules = loaded(
        "from syncer.cli import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit as end: assert not end.code, end.code\n"
    )
    assert "click" in modules
    assert not modules & SDKS


@pytest.mark.parametrize("command", ["urls", "status"])
def test_what_reads_the_catalogue_alone_loads_no_run(tmp_path: Path, command: str) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "origin: {url: https://m.example.test/, property: https://m.example.test/,"
        f" destination: {{kind: local, root: {tmp_path}}}}}\nsources: {{}}\n"
    )
    url = f"sqlite:///{tmp_path}/syncer.db"
    modules = loaded(
        f"from syncer.catalogue import open_catalogue\nopen_catalogue({url!r}).close()\n"
        "from syncer.cli import main\n"
        f"try: main([{command!r}, '-c', {str(config)!r}])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
    )
    assert "syncer.mirror.known" in modules
    assert not modules & (SDKS - {"pydantic", "yaml", "sqlite3"})
    assert not modules & {"syncer.mirror.run", "syncer.migrate", "syncer.origin.http", "syncer.probe.videos"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built like an installer does, without downloads."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (built,) = folder.glob("syncer-*-py3-none-any.whl")
    return built


def test_the_wheel_has_exactly_the_files_of_the_package(wheel: Path) -> None:
    tracked = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "syncer").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == tracked
    assert {"syncer/py.typed", "syncer/catalogue/schema.sql", "syncer/preflight/limits/tiktok.yaml"} <= held
    assert {f"syncer/serving/samples/{name}" for name in (*samples.NAMES, "NOTE.md")} <= held


def test_the_wheel_has_the_licence_and_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        about = {name.partition(".dist-info/")[2]: name for name in archive.namelist()}
        metadata = archive.read(about["METADATA"]).decode()
        assert "syncer = syncer.__main__:main" in archive.read(about["entry_points.txt"]).decode()
    assert "licenses/LICENSE" in about
    assert "License-Expression: Apache-2.0" in metadata
    assert "Provides-Extra: serve" in metadata


@pytest.mark.scale
def test_the_wheel_installs_and_runs(wheel: Path, tmp_path: Path) -> None:
    """In a fresh environment that uses only the dependencies of this one."""
    venv.create(tmp_path / "venv", with_pip=True, symlinks=True)
    binaries = tmp_path / "venv" / "bin"
    install = ["install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    subprocess.run([binaries / "python", "-m", "pip", *install], check=True)
    here = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}

    def run(*command: str | Path) -> str:
        done = subprocess.run(command, cwd=tmp_path, env=here, capture_output=True, text=True, check=True)
        return done.stdout

    where = run(binaries / "python", "-c", "import syncer; print(syncer.__file__)")
    assert Path(where.strip()).is_relative_to(tmp_path / "venv")
    assert "Usage: syncer [OPTIONS] COMMAND" in run(binaries / "syncer", "--help")
    assert run(binaries / "syncer", "--version") == run(binaries / "python", "-m", "syncer", "--version")


def test_there_are_requirements_to_run_and_to_develop() -> None:
    assert [path.name for path in REQUIREMENTS] == ["dev.txt", "run.txt"]


def pins(path: Path) -> dict[str, list[str]]:
    """Requirement (`name==version ; marker`) → its hashes."""
    joined = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]
    split = (re.split(r"\s+--hash=", line.strip()) for line in lines)
    return {requirement.strip(): hashes for requirement, *hashes in split}


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_requirement_is_pinned_with_hashes_and_no_index_is_named(path: Path) -> None:
    for requirement, hashes in pins(path).items():
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][^ ]*( ; .+)?", requirement)
        assert hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes)
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"://|^-|--(?!hash=)|index|find-links", text, re.MULTILINE)


def test_runtime_requirements_have_the_same_pins_for_development() -> None:
    run, dev = (pins(ROOT / "requirements" / name) for name in ("run.txt", "dev.txt"))
    assert run.items() <= dev.items()


def test_every_declared_dependency_is_pinned() -> None:
    """Otherwise somebody changed pyproject.toml without `make requirements`."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, groups = declared["project"], declared["dependency-groups"]

    def names(*requirements: object) -> set[str]:
        plain = (requirement for requirement in requirements if isinstance(requirement, str))
        return {re.split(r"[\[<>=~! ]", requirement)[0].lower().replace("_", "-") for requirement in plain}

    run, dev = (
        {requirement.partition("==")[0] for requirement in pins(ROOT / "requirements" / name)}
        for name in ("run.txt", "dev.txt")
    )
    needed = names(*project["dependencies"], *project["optional-dependencies"]["serve"], *groups["build"])
    assert needed <= run
    assert needed | names(*groups["dev"]) <= dev


def test_the_ci_runs_what_a_developer_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").rstrip().endswith("make test")

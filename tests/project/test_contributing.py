"""CONTRIBUTING.md agrees with the project's files."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def recipe(target: str) -> list[str]:
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert found, target
    return [line.removeprefix("\t").replace("$(BIN)", ".venv/bin") for line in found[1].splitlines()]


def test_every_make_target_of_the_page_exists() -> None:
    targets = set(re.findall(r"`?make ([a-z-]+)", PAGE))
    assert {"check", "test", "release-check"} <= targets
    for target in targets:
        assert recipe(target)


def test_every_phony_target_has_a_recipe() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony
    for target in phony[1].split():
        assert recipe(target)


def test_every_path_of_the_page_exists() -> None:
    named = re.findall(r"`((?:syncer/|tests/|setup/|docs/|requirements/|\.ci/)[\w./-]*)`", PAGE)
    assert len(named) > 5
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_a_commit_is_checked_by_what_make_lint_runs() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    entries = [
        " ".join(word for word in shlex.split(hook["entry"]) if word != "--force-exclude") for hook in hooks
    ]
    assert entries == recipe("lint")


def test_the_workflow_runs_what_the_project_calls_ci() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    runs = [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]
    assert runs[-1] == ".ci/run"
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111

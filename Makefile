# make demo   the whole job on this machine alone, from nothing: sets up, mirrors sample media, prints their URLs
# make check  lint, types, architecture, and the tests that need no server: a minute
# make test   all checks, against real servers: sets up, lint, types, architecture, tests with coverage
# make faults the fault suite alone, twice as thorough; it ends with a table of its cases by wire and kind
#
# They do all the set-up, once. Another Python: make PYTHON=python3.12 …

PYTHON ?= python3
BIN := .venv/bin
UV ?= uv
MINUTES ?= 10
SEED ?=

# Every process compiles its modules again without it, and pytest rewrites all tests.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo check test faults mutants bench bench-resume soak audit servers lint release-check requirements samples clean

help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

demo: .venv/run
	$(BIN)/syncer demo demo

# With `-n auto` the number of workers follows the number of cores: tests/faults/spread.py.
SPREAD := -n auto --dist loadscope --no-loadscope-reorder

check: lint
	$(BIN)/python -m pytest -q $(SPREAD) --no-server -o tmp_path_retention_policy=failed

test: servers lint
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m compileall -q syncer tests
	$(BIN)/python -m coverage run -m pytest $(SPREAD)
	@$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

# One operation after another fails; `make test` tries half as many.
faults: servers .venv/dev
	$(BIN)/python -m pytest $(SPREAD) --thorough tests/faults

# Which small changes of the modules that decide would no test notice? Needs no server; minutes.
mutants: .venv/dev
	$(BIN)/python -m tests.mutants

# Beside rclone, on the same work; minutes, and only its ratios mean much.
bench: servers .venv/dev
	$(BIN)/python -m pytest -q benchmarks/bench_mirror.py -p tests.servers.certificates -p tests.servers.nginx \
		-p tests.servers.rgw -p tests.servers.sshd -p tests.home
	$(BIN)/python -m benchmarks.million 100000

# 4 GB to SFTP and to S3, cut and killed ten times each; some ten minutes and 13 GB of disk and memory.
bench-resume: servers .venv/dev
	$(BIN)/python -m pytest -q benchmarks/bench_resume.py -p tests.servers.certificates -p tests.servers.nginx \
		-p tests.servers.rgw -p tests.servers.sshd -p tests.home
# Any sequence of changes, faults and runs, against the laws of a run, for MINUTES; another one each time. SEED=… replays one.
soak: servers .venv/dev
	MINUTES=$(MINUTES) SEED=$(SEED) $(BIN)/python -m pytest -q -s -p no:cacheprovider tests/sequences/soak.py

# Known holes of what is installed. It asks osv.dev, so it is no part of `make test`.
audit:
	@command -v $(UV) >/dev/null || { echo "make audit needs uv: pip install uv" >&2; exit 1; }
	$(UV) tool run pip-audit --progress-spinner off --vulnerability-service osv --disable-pip -r requirements/run.txt

lint: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-logo

# Builds the wheel and tries it in a fresh environment; CONTRIBUTING.md has the whole recipe.
release-check: .venv/dev
	@sh setup/release.sh

servers:
	@sh setup/servers.sh

.venv/run .venv/dev: .venv/%: requirements/%.txt pyproject.toml setup/venv.sh
	@PYTHON="$(PYTHON)" sh setup/venv.sh $*
	@touch $@

# Keeps the versions that still fit; UPGRADE=--upgrade takes the newest. Only the public index counts.
COMPILE = env -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
	$(UV) pip compile --no-config --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make requirements" $(UPGRADE) pyproject.toml --extra serve

requirements:
	@command -v $(UV) >/dev/null || { echo "make requirements needs uv: pip install uv" >&2; exit 1; }
	$(COMPILE) --group dev --output-file requirements/dev.txt
	$(COMPILE) --group build --constraint requirements/dev.txt --no-annotate --output-file requirements/run.txt

samples:
	cd syncer/serving/samples && sed -n '/^```sh$$/,/^```$$/{/^```/d;p;}' NOTE.md | sh -eu

clean:
	rm -rf .venv .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist

#!/bin/sh
# Usage: setup/release.sh
# Builds dist/*.whl and *.tar.gz of this version, installs the wheel in a fresh environment with the packages of
# requirements/run.txt, and runs the demo there. Publishes nothing.
set -eu

fail() {
    echo "$*" >&2
    exit 1
}

python=$PWD/.venv/bin/python
version=$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
heading=$(sed -n '/^## /{s/^## //p;q;}' CHANGELOG.md)
[ "${heading%%,*}" = "$version" ] ||
    fail "pyproject.toml has the version $version, the first heading of CHANGELOG.md is \"$heading\": make them equal"
[ -z "$(git status --porcelain)" ] || fail "There are changes that are not committed: commit them first"

rm -rf dist
mkdir dist
"$python" -c 'from hatchling.build import build_sdist, build_wheel; print(build_sdist("dist"), build_wheel("dist"))'

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
"$python" -m venv "$fresh/venv"
"$fresh/venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
"$fresh/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "dist/syncer-$version-py3-none-any.whl"
cd "$fresh"
said=$(HOME="$fresh" venv/bin/syncer --version)
[ "${said##* }" = "$version" ] || fail "the installed program says \"$said\", not \"syncer $version\""
HOME="$fresh" venv/bin/syncer demo demo
case $heading in
*"not released"*) echo "CHANGELOG.md says \"$heading\": write the date there, commit, and run this again" ;;
*) echo "dist/ holds syncer $version: tag this commit v$version, and publish both files" ;;
esac

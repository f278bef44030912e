#!/bin/sh
# Usage: setup/venv.sh run|dev
# Makes .venv, with the packages pinned in requirements/ and with syncer itself. Twice is fine.
set -eu

kind=$1
python=${PYTHON:-python3}

fail() {
    echo "$*" >&2
    exit 1
}

command -v "$python" >/dev/null ||
    fail "There is no $python here; syncer needs Python 3.11 or newer (on Debian: apt-get install python3)."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$python is $("$python" --version 2>&1); syncer needs Python 3.11 or newer: make PYTHON=python3.11 …"

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        # Debian keeps half of the module venv in a package of its own, one for each version of Python.
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        sh setup/packages.sh "$package"
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            fail "$python still can't make a virtual environment; it lacks the modules ensurepip and venv."
    fi
    echo "Making the virtual environment .venv with $("$python" --version)"
    "$python" -m venv .venv
fi

pip() {
    .venv/bin/python -m pip --disable-pip-version-check --quiet --no-input "$@"
}

echo "Installing the packages of requirements/$kind.txt, by their hashes"
pip install --require-hashes --requirement "requirements/$kind.txt"
pip install --no-deps --no-build-isolation --editable .

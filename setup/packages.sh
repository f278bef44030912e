#!/bin/sh
# Usage: setup/packages.sh PACKAGE…
# Installs Debian packages when root, and says in one sentence which are missing when not. Starts no service.
set -eu

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "These Debian packages are missing: $*. As root: apt-get install --no-install-recommends $*" >&2
    exit 1
fi

log=$(mktemp)
policy=/usr/sbin/policy-rc.d
placed=
trap 'rm -f "$log" $placed' EXIT
trap 'exit 130' INT TERM

# The tests start servers of their own: the packages' services stay off.
if [ ! -e "$policy" ]; then
    placed=$policy
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

echo "Installing the Debian packages $*"
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get --quiet update && apt-get --quiet --yes --no-install-recommends install "$@"; } \
    >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    echo "The Debian packages $* could not be installed; what apt-get said stands above." >&2
    exit 1
fi

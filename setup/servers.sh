#!/bin/sh
# Sees to it that the real servers of the tests are there, the programs that look at what they serve, and a C
# compiler: the fault suite builds a small library that makes calls to the operating system fail.
set -eu

PATH=$PATH:/usr/sbin:/sbin
missing=
while read -r program package; do
    command -v "$program" >/dev/null || missing="$missing $package"
done <<END
ceph-mon ceph-mon
ceph-osd ceph-osd
radosgw radosgw
ceph-authtool ceph-common
sshd openssh-server
nginx nginx-light
caddy caddy
apache2 apache2-bin
proftpd proftpd-core proftpd-mod-crypto
knotd knot
ffmpeg ffmpeg
curl curl
gcc gcc libc6-dev
END

# shellcheck disable=SC2086 # one word for each package
[ -z "$missing" ] || sh setup/packages.sh $missing

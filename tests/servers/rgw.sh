#!/bin/bash
# One-node Ceph (mon, memstore osd, radosgw) on the loopback device: no systemd, no mgr, nothing on disk but logs.
#   rgw.sh start DIR PORT MONPORT PEM TLSPORT    the mon takes MONPORT and the next one; keys AKTEST, SKTESTSECRET
#   rgw.sh stop DIR
set -eu
command=$1 dir=$2 conf=$2/ceph.conf

ended() { ! readlink "/proc/$1/exe" >/dev/null 2>&1; }  # gone, or a zombie that nobody waits for

if [ "$command" = stop ]; then
  for name in client.rgw osd.0 mon.a; do  # in this order: a radosgw whose mon is gone hangs
    [ -f "$dir/$name.pid" ] || continue
    pid=$(cat "$dir/$name.pid")
    kill "$pid" 2>/dev/null || continue
    for _ in $(seq 50); do ended "$pid" && break; sleep 0.1; done
    ended "$pid" || kill -9 "$pid"
  done
  exit 0
fi

port=$3 mon=$4 pem=$5 tls=$6
mkdir -p "$dir/mon" "$dir/osd" "$dir/log" "$dir/rgw"
fsid=$(cat /proc/sys/kernel/random/uuid)
cat > "$conf" <<C
[global]
fsid = $fsid
mon host = v2:127.0.0.1:$mon/0,v1:127.0.0.1:$((mon + 1))/0
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = $dir/keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
osd objectstore = memstore
memstore device bytes = 6442450944
paxos propose interval = 0.02
paxos min wait = 0.01
mon tick interval = 1
run dir = $dir
log file = $dir/log/\$name.log
admin socket = $dir/\$name.asok
pid file = $dir/\$name.pid
debug rgw = 0
mon data = $dir/mon
osd data = $dir/osd
rgw data = $dir/rgw
# without tcp_nodelay a request costs 44 ms
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1 ssl_endpoint=127.0.0.1:$tls ssl_certificate=$pem
C

admin() { timeout -s KILL 20 radosgw-admin -c "$conf" "$@"; }

{
  key="ceph-authtool $dir/keyring --gen-key"
  ceph-authtool -C "$dir/keyring" --gen-key -n mon. --cap mon 'allow *'
  $key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  $key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
  $key -n client.rgw --cap mon 'allow rwx' --cap osd 'allow rwx'
  monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon,v1:127.0.0.1:$((mon + 1))]" "$dir/monmap"
  ceph-mon -c "$conf" -i a --mkfs --monmap "$dir/monmap" --keyring "$dir/keyring"
  ceph-mon -c "$conf" -i a
  osd=$(cat /proc/sys/kernel/random/uuid)
  for _ in $(seq 50); do timeout 5 ceph -c "$conf" osd new "$osd" && break; sleep 0.1; done
  timeout 20 ceph -c "$conf" auth import -i "$dir/keyring"
  cp "$dir/keyring" "$dir/osd/keyring"
  ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$osd"
  timeout 20 ceph -c "$conf" osd crush add osd.0 1.0 root=default host=h
  ceph-osd -c "$conf" -i 0
  for _ in $(seq 100); do timeout 5 ceph -c "$conf" osd stat | grep -q '1 up' && break; sleep 0.05; done
  for _ in 1 2 3; do
    admin user create --uid=test --display-name=test --access-key=AKTEST --secret-key=SKTESTSECRET && break
  done
  admin zonegroup placement add --rgw-zonegroup default --placement-id default-placement --storage-class GLACIER
  admin zone placement add --rgw-zone default --placement-id default-placement --storage-class GLACIER \
    --data-pool default.rgw.glacier.data
  timeout 30 radosgw -c "$conf" -n client.rgw
} > "$dir/start.log" 2>&1
for _ in $(seq 200); do curl -s -o /dev/null "http://127.0.0.1:$port/" && exit 0; sleep 0.05; done
echo "radosgw does not answer on port $port" >> "$dir/start.log"
exit 1

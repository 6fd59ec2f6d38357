# Addresses. A cluster with index I has 10.99.I.0/24 for its machines (.1 is this one, .2 the node),
# 10.100.I.0/24 for Services and 10.101.I.0/24 for Pods: clusters side by side never overlap.

set_addresses() { # INDEX
  id=portcullis$1
  address=10.99.$1.1
  node_address=10.99.$1.2
  loopback=127.99.$1.1
  service_range=10.100.$1.0/24
  service_first=10.100.$1.1
  pod_range=10.101.$1.0/24
  port=$(cat "$d/port" 2>/dev/null || true)
}

in_use() { # INDEX
  [ ! -e "/sys/class/net/portcullis$1" ] || return 0
  ip -4 route show table all | grep -qE "(^| )10\.(99|100|101)\.$1\.[0-9]"
}

# claim_addresses [INDEX] takes the first free index, or that one. The bridge is the claim: it exists once per
# machine, whoever runs this from whichever directory. Its address stays although nothing is plugged in.
claim_addresses() {
  local index
  exec {machine_lock}>/run/lock/portcullis-cluster
  flock -w 30 "$machine_lock" || die "another hack/cluster has been choosing addresses for 30 s"
  for index in ${1:-$(seq 250)}; do
    if in_use "$index"; then continue; fi
    echo "$index" >"$d/index"
    set_addresses "$index"
    ip link add name "$id" address "$(printf '02:70:6f:72:74:%02x' "$index")" type bridge
    ip link set "$id" alias "$d"
    ip address add "$address/24" dev "$id"
    ip link set "$id" up
    choose_ports
    exec {machine_lock}>&-
    return
  done
  if [ -n "$1" ]; then die "the index $1 is taken: portcullis$1 or a route into 10.99.$1.0/24, 10.100.$1.0/24 or 10.101.$1.0/24 exists"; fi
  die "all 250 indexes are taken; hack/cluster status"
}

# Every cluster has addresses of its own, so only programs that listen on all addresses are in the way.
choose_ports() {
  local taken
  taken=$(ss -Hltn | awk '{print $4}' | sed -nE 's/^(0\.0\.0\.0|\*|\[::\]):([0-9]+)$/\2/p')
  for port in $(seq 16443 10 17443); do
    if ! grep -qxE "$port|$((port + 1))|$((port + 2))|$((port + 3))|$((port + 4))" <<<"$taken"; then
      echo "$port" >"$d/port"
      return
    fi
  done
  die "no five free ports from 16443 to 17447"
}

# find_bridge sets id from the bridge that carries the cluster's directory, for a cluster that lost its files.
find_bridge() {
  local link
  for link in /sys/class/net/portcullis*[0-9]; do
    [ -z "${id-}" ] && [ -f "$link/ifalias" ] && [ "$(cat "$link/ifalias")" = "$d" ] || continue
    id=$(basename "$link")
  done
}

remove_network() {
  [ -n "${id-}" ] && [ -e "/sys/class/net/$id" ] || return 0
  local owner
  owner=$(cat "/sys/class/net/$id/ifalias")
  [ -z "$owner" ] || [ "$owner" = "$d" ] || return 0 # someone else's by now
  ip link delete "${id}n" 2>/dev/null || true
  ip link delete "$id"
}

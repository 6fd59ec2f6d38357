# What people and tests ask about clusters.

print_facts() {
  cat <<FACTS
KUBECONFIG=$d/admin.kubeconfig
KUBECTL=$bin/kubectl
SERVER=https://$address:$port
ADDRESS=$address
CA=$d/pki/ca.crt
DIRECTORY=$d
SERVICE_RANGE=$service_range
POD_RANGE=$pod_range
FACTS
  [ ! -f "$d/run/node.argv" ] || cat <<FACTS
NODE=$name-node
NODE_ADDRESS=$node_address
CONTAINERD=$d/node/containerd.sock
FACTS
}

status() {
  local directory file component found=''
  for directory in "$state"/clusters/*/; do
    [ -d "$directory" ] || continue
    select_cluster "$(basename "$directory")"
    found=1
    if [ ! -f "$d/ready" ]; then
      echo "$name: coming up, or left by an \`up\` that was killed (hack/cluster down $name)"
      continue
    fi
    echo "$name: https://$address:$port, $(api_get /readyz 2>/dev/null | grep -qx ok && echo ready || echo "not ready"), since $(date -r "$d/ready" '+%F %T')"
    for file in "$d"/run/*.argv; do
      component=$(basename "$file" .argv)
      printf '  %-20s %s\n' "$component" "$(pid_of "$component" || echo "does not run")"
    done
  done
  [ -n "$found" ] || echo "no clusters in $state/clusters"
  local link owner
  for link in /sys/class/net/portcullis*[0-9]; do
    [ -f "$link/ifalias" ] || continue
    owner=$(cat "$link/ifalias")
    if [ "${owner%/*}" != "$state/clusters" ]; then
      echo "$(basename "$link"): of a cluster in another directory: $owner"
    elif [ ! -e "$owner" ]; then
      echo "$(basename "$link"): its files $owner are gone; hack/cluster down --all removes it"
    fi
  done
}

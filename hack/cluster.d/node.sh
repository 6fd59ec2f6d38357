# A node: containerd, kubelet and kube-proxy in a network, mount and process namespace of their own. Whatever they
# and the Pods make (links, iptables rules, mounts, processes) is in there and ends with its process 1.
# Two nodes on one machine would otherwise fight over iptables chains and each other's Pods.

write_node_files() { # SYNC FREQUENCY
  cat >"$d/containerd.toml" <<TOML
version = 2
root = "$d/node/containerd"
state = "/run/containerd/state"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "$d/node/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$d/node/opt"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "docker.io/portcullis/pause:1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$d/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
TOML
  # Routed links instead of a bridge: Pods of one node reach each other by Service without br_netfilter.
  cat >"$d/cni/10-pods.conflist" <<CNI
{"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "ptp", "ipMasq": false, "ipam": {"type": "host-local",
 "dataDir": "$d/node/addresses", "ranges": [[{"subnet": "$pod_range"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
CNI
  cat >"$d/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $d/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $d/pki/kubelet.crt
tlsPrivateKeyFile: $d/pki/kubelet.key
address: $node_address
containerRuntimeEndpoint: unix://$d/node/containerd.sock
podLogsDir: $d/log/pods
cgroupDriver: cgroupfs
cgroupRoot: /$id
failCgroupV1: false
failSwapOn: false
enforceNodeAllocatable: []
resolvConf: ""
syncFrequency: $1
# A full disk of a workstation must not evict the tests' Pods, nor a garbage collector take images nobody can pull again.
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
YAML
  cat >"$d/proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clientConnection: {kubeconfig: $d/proxy.kubeconfig}
clusterCIDR: $pod_range
hostnameOverride: $name-node
healthzBindAddress: 0.0.0.0:10256
metricsBindAddress: 127.0.0.1:10249
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
YAML
}

start_node() { # SYNC FREQUENCY
  mkdir -p "$d/node/kubelet" "$d/cni" "$d/log/pods"
  write_node_files "$1"
  boot_node
}

boot_node() {
  make_cgroups
  define node unshare --net --mount --propagation slave --pid --fork --kill-child --mount-proc "$pause/pause"
  launch node
  await 10 node "the node's namespaces" node_init
  plug_in
  in_node bash -c "$node_setup" setup "$d" || die "the node's mounts cannot be made"
  define_in_node containerd
  launch containerd
}

# Process 1 of the node, once it is the pause program.
node_init() {
  local parent child
  parent=$(pid_of node) || return 1
  child=$(pgrep -P "$parent" -x pause) && echo "$child"
}

in_node() {
  nsenter --target "$(node_init)" --mount --net --pid -- env PATH="$clean_path" "$@"
}

plug_in() {
  local init
  init=$(node_init)
  ip link add name "${id}n" type veth peer name eth0 netns "$init"
  ip link set "${id}n" master "$id" up
  in_node bash -c "
    set -e
    ip link set lo up
    ip address add $node_address/24 dev eth0
    ip link set eth0 up
    ip route add default via $address
    echo 1 >/proc/sys/net/ipv4/ip_forward
    # Addresses that belong to no Service: refuse them here, else they would travel in circles.
    iptables -A FORWARD -d $service_range -j REJECT
  "
  ip route replace "$service_range" via "$node_address" dev "$id"
  ip route replace "$pod_range" via "$node_address" dev "$id"
}

# /run, /var/lib and /var/log of the node are its own: programs have fixed paths there. The kubelet finds the
# kernel settings that it wants in files of the node, so that it does not change those of this machine.
# shellcheck disable=SC2016
node_setup='
  set -e
  for place in lib log; do
    mkdir -p "$1/node/var-$place/upper" "$1/node/var-$place/work"
    mount -t overlay -o "lowerdir=/var/$place,upperdir=$1/node/var-$place/upper,workdir=$1/node/var-$place/work" overlay "/var/$place"
  done
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/lock /run/netns /run/containerd /run/settings
  for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
    file=${setting%=*}
    echo "${setting#*=}" >"/run/settings/${file##*/}"
    [ ! -e "/proc/sys/$file" ] || mount --bind "/run/settings/${file##*/}" "/proc/sys/$file"
  done
'

define_in_node() { # COMPONENT
  local argv=()
  case $1 in
    containerd) argv=(containerd --config "$d/containerd.toml") ;;
    kubelet)
      argv=("$bin/kubelet" --config="$d/kubelet.yaml" --kubeconfig="$d/kubelet.kubeconfig" --hostname-override="$name-node"
        --root-dir="$d/node/kubelet" --node-ip="$node_address" --cert-dir="$d/pki")
      ;;
    proxy) argv=("$bin/kube-proxy" --config="$d/proxy.yaml") ;;
  esac
  define "$1" nsenter --target "$(node_init)" --mount --net --pid -- "${argv[@]}"
}

await_node() { # IMAGES...
  define_in_node kubelet
  define_in_node proxy
  launch proxy
  await_component containerd
  load_images "$pause/pause.tar" "$@"
  launch kubelet
  await 60 kubelet "the node $name-node to be ready" node_is_ready
  await_component proxy
}

node_is_ready() {
  local node
  node=$(api_get "/api/v1/nodes/$name-node") || {
    echo "$node"
    return 1
  }
  jq -e '([.status.conditions[]? | select(.type == "Ready" and .status == "True")] | length == 1) and (.spec.taints == null)' <<<"$node" >/dev/null || {
    jq -c '{conditions: [.status.conditions[]? | {type, status, message}], taints: .spec.taints}' <<<"$node"
    return 1
  }
}

load_images() { # FILES...
  local image
  for image in "$@"; do
    in_node timeout 120 ctr --address "$d/node/containerd.sock" --namespace k8s.io images import "$(realpath "$image")" >"$d/log/load.log" 2>&1 || {
      cat "$d/log/load.log" >&2
      die "$image cannot be loaded into $name"
    }
  done
}

# As when the machine loses power: nothing of it runs on.
stop_node() {
  kill_all "$(pid_of node)"
  within 10 node_is_gone || die "processes of the node of $name cannot be killed: $(tasks_in_cgroups | tr '\n' ' ')"
  rm -f "$d"/run/{node,containerd,kubelet,proxy}.pid
}

node_is_gone() {
  ! runs node && ! runs containerd && ! runs kubelet && ! runs proxy && [ ! -e "/sys/class/net/${id}n" ] && [ -z "$(tasks_in_cgroups)" ]
}

restart_node() {
  remove_cgroups
  boot_node
  await_node
}

# The Pods' cgroups are below one of the cluster's own: a kubelet kills what it does not know in its root.
make_cgroups() {
  local root controller
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir -p "/sys/fs/cgroup/$id"
    for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
      echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || true
      echo "+$controller" >"/sys/fs/cgroup/$id/cgroup.subtree_control" 2>/dev/null || true
    done
    return
  fi
  for root in /sys/fs/cgroup/*/; do
    [ ! -L "${root%/}" ] && [ -f "${root}cgroup.procs" ] || continue
    mkdir -p "$root$id"
    if [ -f "$root$id/cpuset.cpus" ]; then
      cat "${root}cpuset.cpus" >"$root$id/cpuset.cpus"
      cat "${root}cpuset.mems" >"$root$id/cpuset.mems"
    fi
  done
}

cgroups_of() {
  [ -z "${id-}" ] || find /sys/fs/cgroup -depth -type d \( -path "*/$id" -o -path "*/$id/*" \) 2>/dev/null
}

tasks_in_cgroups() {
  local group
  cgroups_of | while read -r group; do cat "$group/cgroup.procs" 2>/dev/null || true; done | sort -un
}

try_to_remove_cgroups() {
  local group left=0
  while read -r group; do
    rmdir "$group" 2>/dev/null || left=1
  done < <(cgroups_of)
  return $left
}

remove_cgroups() {
  within 5 try_to_remove_cgroups || true
}

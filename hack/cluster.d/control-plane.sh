# etcd, kube-apiserver, kube-controller-manager and kube-scheduler on this machine.

# What a virtual garden runs; Secrets with tokens of ServiceAccounts are not made.
target_controllers=namespace-controller,garbage-collector-controller,serviceaccount-controller,certificatesigningrequest-signing-controller,root-ca-certificate-publisher-controller,clusterrole-aggregation-controller

start_control_plane() { # TARGET? AUDIT? FSYNC? APISERVER FLAGS...
  local target=$1 audit=$2 fsync=$3
  shift 3
  local etcd=$loopback:$((port + 3)) peer=$loopback:$((port + 4))
  define etcd etcd --data-dir "$d/etcd" --listen-client-urls "http://$etcd" --advertise-client-urls "http://$etcd" \
    --listen-peer-urls "http://$peer" --initial-advertise-peer-urls "http://$peer" --initial-cluster "default=http://$peer" \
    --log-level warn --unsafe-no-fsync="$([ -n "$fsync" ] && echo false || echo true)"
  launch etcd
  local audit_flags=()
  if [ -n "$audit" ]; then
    write_audit_policy
    # Blocking mode: an event is in the log before the answer is sent, so that tests need not wait for it.
    audit_flags=(--audit-policy-file="$d/audit-policy.yaml" --audit-log-path="$d/log/audit.log" --audit-log-mode=blocking
      --audit-log-format=json --audit-log-maxsize=100 --audit-log-maxbackup=10)
  fi
  define apiserver "$bin/kube-apiserver" --etcd-servers="http://$etcd" --bind-address="$address" --advertise-address="$address" --secure-port="$port" \
    --service-cluster-ip-range="$service_range" --tls-cert-file="$d/pki/apiserver.crt" --tls-private-key-file="$d/pki/apiserver.key" --client-ca-file="$d/pki/ca.crt" \
    --service-account-key-file="$d/pki/sa.pub" --service-account-signing-key-file="$d/pki/sa.key" --service-account-issuer="https://$name.portcullis.test" \
    --authorization-mode=Node,RBAC --allow-privileged=true --enable-aggregator-routing=true --endpoint-reconciler-type=lease --profiling=false \
    --kubelet-client-certificate="$d/pki/admin.crt" --kubelet-client-key="$d/pki/admin.key" --kubelet-preferred-address-types=InternalIP \
    "${audit_flags[@]}" "$@"
  launch apiserver

  define_client controller-manager $((port + 1)) --service-account-private-key-file="$d/pki/sa.key" --root-ca-file="$d/pki/ca.crt" \
    --cluster-signing-cert-file="$d/pki/ca.crt" --cluster-signing-key-file="$d/pki/ca.key" --use-service-account-credentials=true \
    --kube-api-qps=100 --kube-api-burst=200 ${target:+--controllers="$target_controllers"}
  [ -n "$target" ] || define_client scheduler $((port + 2))
}

define_client() { # COMPONENT PORT FLAGS...
  local component=$1 own_port=$2 access=$d/$1.kubeconfig
  shift 2
  define "$component" "$bin/kube-$component" --kubeconfig="$access" --authentication-kubeconfig="$access" --authorization-kubeconfig="$access" \
    --leader-elect=false --bind-address="$loopback" --secure-port="$own_port" "$@"
}

write_audit_policy() {
  cat >"$d/audit-policy.yaml" <<'POLICY'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: None, verbs: [get, list, watch]}
- {level: None, nonResourceURLs: ["*"]}
- {level: Metadata, verbs: [create, update, patch, delete, deletecollection]}
POLICY
}

await_control_plane() {
  await_component apiserver
  local component
  for component in controller-manager scheduler; do
    [ ! -f "$d/run/$component.argv" ] || launch "$component"
  done
  # Pods and TokenRequests need it, so a cluster without it is not ready.
  await 60 controller-manager "the default ServiceAccount" api_get /api/v1/namespaces/default/serviceaccounts/default
}

# api_get PATH prints the answer; any other code than 2xx is an error with the answer's text.
api_get() {
  local answer
  answer=$(curl --silent --show-error --noproxy '*' --max-time 10 --cacert "$d/pki/ca.crt" --cert "$d/pki/admin.crt" --key "$d/pki/admin.key" \
    --write-out '\n%{http_code}' "https://$address:$port$1") || {
    echo "$answer"
    return 1
  }
  echo "${answer%$'\n'*}"
  [[ ${answer##*$'\n'} == 2* ]]
}

http_get() { # URL
  curl --silent --show-error --noproxy '*' --insecure --fail --max-time 3 "$1"
}

await_component() {
  case $1 in
    etcd) await 30 etcd "etcd" http_get "http://$loopback:$((port + 3))/health" ;;
    apiserver) await 120 apiserver "the API server" api_get /readyz ;;
    controller-manager) await 30 "$1" "the controller manager" http_get "https://$loopback:$((port + 1))/healthz" ;;
    scheduler) await 30 "$1" "the scheduler" http_get "https://$loopback:$((port + 2))/healthz" ;;
    containerd) await 30 containerd "containerd" in_node ctr -a "$d/node/containerd.sock" version ;;
    kubelet) await 60 kubelet "the kubelet" in_node curl --silent --show-error --fail --max-time 3 http://127.0.0.1:10248/healthz ;;
    proxy) await 30 proxy "kube-proxy" http_get "http://$node_address:10256/healthz" ;;
  esac
}

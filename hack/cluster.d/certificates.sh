# Each cluster has its own CA, ServiceAccount key and users.

make_certificates() { # NODE?
  local user
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=$name-ca" \
    -addext keyUsage=critical,keyCertSign,cRLSign -keyout "$d/pki/ca.key" -out "$d/pki/ca.crt" 2>/dev/null
  openssl genrsa -out "$d/pki/sa.key" 2048 2>/dev/null
  openssl rsa -in "$d/pki/sa.key" -pubout -out "$d/pki/sa.pub" 2>/dev/null
  certificate apiserver /CN=kube-apiserver "IP:$address,IP:127.0.0.1,IP:$service_first,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
  certificate admin /O=system:masters/CN=admin
  certificate controller-manager /CN=system:kube-controller-manager
  certificate scheduler /CN=system:kube-scheduler
  if [ -n "$1" ]; then
    certificate kubelet "/O=system:nodes/CN=system:node:$name-node" "IP:$node_address,DNS:$name-node"
    certificate proxy /CN=system:kube-proxy
  fi
  for user in admin controller-manager scheduler ${1:+kubelet proxy}; do
    write_kubeconfig "$user"
  done
  chmod -R go= "$d/pki" "$d"/*.kubeconfig
}

certificate() { # FILE SUBJECT [SAN]
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "$2" \
    -CA "$d/pki/ca.crt" -CAkey "$d/pki/ca.key" -keyout "$d/pki/$1.key" -out "$d/pki/$1.crt" \
    -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=serverAuth,clientAuth \
    ${3:+-addext subjectAltName="$3"} 2>/dev/null || die "openssl cannot make the certificate $1"
}

write_kubeconfig() { # USER
  cat >"$d/$1.kubeconfig" <<KUBECONFIG
apiVersion: v1
kind: Config
current-context: $name
clusters:
- name: $name
  cluster:
    server: https://$address:$port
    certificate-authority-data: $(base64 -w0 "$d/pki/ca.crt")
users:
- name: $1
  user:
    client-certificate-data: $(base64 -w0 "$d/pki/$1.crt")
    client-key-data: $(base64 -w0 "$d/pki/$1.key")
contexts:
- name: $name
  context: {cluster: $name, user: $1}
KUBECONFIG
}

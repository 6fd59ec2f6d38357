#pragma once

#include <string>

#include "operator/desired/item.hpp"

namespace desired {

/// The target's API server as replicas reach it.
struct Endpoint {
  std::string server, ca_pem, tls_server_name;
};

/// The kubeconfig that replicas mount: it names the files beside it, of a token or of a certificate
/// and its key, and holds no secret.
std::string kubeconfig(const Inputs& inputs, const Endpoint& target, bool by_certificate = false);

/// That kubeconfig for replicas whose token the kubelet projects beside it. It is of no use without
/// a token.
Item access(const Inputs& inputs, const Endpoint& target);

}  // namespace desired

#pragma once

#include <memory>
#include <string>

#include "operator/reconcile/observe.hpp"

// Credentials that others keep in a Secret: a kubeconfig (Provided), or a kubernetes.io/tls Secret.
namespace reconcile {

/// What such a Secret holds, whole and checked; files that it names are read from its other keys.
struct Source {
  kube::ClientConfig credential;  ///< who: token, or certificate and key, and where it is valid
  desired::Endpoint server;       ///< as replicas are to reach it
  std::string hash;               ///< of all of it
};
/// Error.reason CredentialSecretMissing or CredentialSecretInvalid where it is of no use; its text
/// names the Secret.
kube::Task<base::Result<Source>> read_source(kube::Api& runtime,
                                             std::shared_ptr<const plan::Snapshot> seen);

/// The Secret to deliver, once the API server has shown that it takes the credential.
kube::Task<base::Result<kube::Object>> copy_source(kube::Api& runtime, Connection& connection,
                                                   std::shared_ptr<const Observation> seen,
                                                   credentials::Copy copy);

}  // namespace reconcile

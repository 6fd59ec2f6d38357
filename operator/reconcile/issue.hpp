#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/secret.hpp"
#include "crypto/certificate.hpp"
#include "operator/reconcile/observe.hpp"

// Making credentials: the workload's token in the target, and what the replicas serve with.
namespace reconcile {

/// A generation: its anchor Secret, a TokenRequest bound to it, and the proof that the target takes
/// the token for the account it was asked for. The token is not delivered here.
kube::Task<base::Result<base::Secret>> issue_token(Target& target,
                                                   std::shared_ptr<const Observation> seen,
                                                   credentials::Issue issue);

/// The CA there is, for signing and for the bundle.
struct ServingCa {
  std::string ca_pem, bundle_pem;
  std::string cross_pem;  ///< part of every chain until the next CA: a target that still has the
                          ///< old bundle only verifies through it
  base::Secret key_pem;
};
kube::Task<base::Result<std::optional<ServingCa>>> read_serving_ca(
    kube::Api& api, std::shared_ptr<const Observation> seen);

struct ServingSecrets {
  std::optional<kube::Object> ca, leaf;
};
/// A leaf by the CA there is, or by a new one. A new CA comes into the bundle beside the old one,
/// and the chain carries it signed by the old one: replicas that serve it verify under the bundle
/// that the target still has (measured: under old, new and joint bundle).
/// Where the CA was lost with its key, the CAs that replicas serve under stay in the new one's
/// bundle, and the leaf stays as it is: it verifies until the cluster has the bundle, and is
/// renewed in its time.
base::Result<ServingSecrets> make_serving_secrets(const plan::Snapshot& snapshot,
                                                  std::optional<ServingCa> current, bool with_ca,
                                                  crypto::KeySource& keys);

}  // namespace reconcile

#pragma once

#include <optional>
#include <string>

#include "operator/desired/webhook_configurations.hpp"
#include "operator/plan/snapshot.hpp"

// What is in the Secrets that the operator writes itself: made and read here, so that both agree.
namespace reconcile {

/// data[key], decoded; nullopt where there is none or it is no base64.
std::optional<std::string> data_of(const kube::Object& secret, std::string_view key);

/// A number in an annotation; 0 where there is none.
std::int64_t number_of(const std::optional<std::string>& text);

/// A Secret of ours without content.
kube::Object secret_of(const plan::Snapshot& snapshot, desired::Cluster cluster,
                       const std::string& name, std::string_view type = "Opaque");

/// What replicas are given: a token, or a certificate with its key.
struct CredentialContent {
  std::int64_t generation = 0;
  std::string inputs, rotation, user;
  std::optional<base::TimePoint> granted_at = {};  ///< by the target's clock, where the certificate
                                                   ///< itself says another time
  std::string_view token = {}, certificate_pem = {}, key_pem = {};
};
/// The Secret that replicas mount: kubeconfig, ca.crt, and token or tls.crt and tls.key. What it
/// replaces is remembered in its annotations as far as it lives on.
kube::Object credential_secret(const plan::Snapshot& snapshot, const CredentialContent& content);
/// The same for another API server than the target's.
kube::Object credential_secret(const plan::Snapshot& snapshot, const desired::Endpoint& server,
                               const CredentialContent& content);
/// Its content, if whole: a token or a certificate, and the kubeconfig is the one that we wrote for
/// these inputs. `may_be_endless`: a token need not say when it ends.
std::optional<credentials::Delivered> read_delivered_secret(const kube::Object& secret,
                                                            bool may_be_endless = false);

/// The Secret in the target that a generation's token is bound to. Empty: its UID is what matters.
kube::Object anchor_secret(const plan::Snapshot& snapshot, std::int64_t generation);
/// nullopt: another Secret of ours. Its name says the generation: labels and annotations can be
/// edited.
std::optional<credentials::Anchor> anchor_of(const kube::Object& secret);

struct ServingMaterial {
  std::string ca_pem, bundle_pem, chain_pem;
  std::string cross_pem;  ///< the CA, signed by the one before it; "" for a first CA
  std::string_view ca_key_pem, leaf_key_pem;
};
kube::Object serving_ca_secret(const plan::Snapshot& snapshot, const ServingMaterial& material);
kube::Object serving_secret(const plan::Snapshot& snapshot, const ServingMaterial& material);
/// CA certificates of the chain in the serving Secret that are valid at `now`, where its key fits;
/// else empty.
std::string served_cas(const std::optional<kube::Object>& leaf, base::TimePoint now);
/// What both Secrets are good for at `now`: keys that fit, a chain that verifies under the bundle
/// for every name wanted.
credentials::ServingObserved read_serving_secrets(const std::optional<kube::Object>& ca,
                                                  const std::optional<kube::Object>& leaf,
                                                  const desired::Address& wanted,
                                                  base::TimePoint now);

}  // namespace reconcile

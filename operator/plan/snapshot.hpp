#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "operator/credentials/certificate.hpp"
#include "operator/credentials/copied.hpp"
#include "operator/credentials/serving.hpp"
#include "operator/credentials/token.hpp"
#include "operator/desired/kubeconfig.hpp"
#include "operator/rollout/rollout.hpp"

namespace plan {

/// One object in one of the two clusters.
struct Key {
  desired::Cluster cluster;
  kube::ObjectRef ref;
  auto operator<=>(const Key&) const = default;
};
Key key_of(const desired::Item& item);

/// What the caches show of a resource's objects: metadata at least.
using World = std::map<Key, kube::Object>;

/// How replicas reach the target, from the way in or from the resource.
using TargetFacts = desired::Endpoint;

/// How the token that is mounted into a Pod by itself (InCluster) was made: bound to the Pod and
/// expiring, or a Secret's that lives for ever.
enum class Automount { bound, endless };

/// From when until when a credential is good, by its own words.
struct Term {
  base::TimePoint since, end;
};

/// Everything a plan is made from: one moment's view, plain values.
struct Snapshot {
  api::AdmissionDeployment resource;
  base::TimePoint now;
  std::string runtime_cluster_uid;
  std::string operator_namespace{};
  World world;
  std::size_t pods = 0;  ///< of this resource, terminating ones included
  std::optional<base::Error>
      target_error;  ///< why nothing can be said of the target, or done in it
  std::optional<std::string>
      terminating;  ///< a namespace that is being deleted: "target" or "runtime" and its name
  TargetFacts target;
  std::vector<kube::Object> named;   ///< Secrets of others that the resource names: metadata
  std::vector<kube::Object> unused;  ///< such Secrets that are held and that none names any more
  credentials::Observed token;
  credentials::CertificateObserved certificate;
  credentials::CopiedObserved copied;
  credentials::ServingObserved serving;
  std::optional<Automount> automount;  ///< of the replicas, where they use one
  std::optional<Term> access;          ///< of the operator's own way into the target
  std::optional<std::chrono::milliseconds> runtime_skew,
      target_skew;  ///< the API server's clock against ours, positive where it is ahead
  std::map<kube::ObjectRef, kube::ResourceVersion>
      secrets;  ///< those of the runtime cluster whose contents were read: what was decided upon
  std::string ca_bundle_pem;
  std::string
      served_ca_pem;       ///< the CAs in the chain that replicas serve, also without a CA Secret
  std::string cluster_ip;  ///< of the Service, empty before there is one
  std::vector<rollout::Seen> revisions;
  bool is_crowded = false;                ///< the target is asked for many credentials now
  bool target_namespace_is_ours = false;  ///< made by an operator, and nothing foreign in it

  std::chrono::milliseconds min_issue_interval = std::chrono::minutes(1);

  /// What replicas were given, where the operator gives it.
  std::optional<credentials::Delivered> delivered() const;
  desired::Inputs inputs() const;
};

/// Whether a Secret of others is kept while resources name it.
bool is_held(const kube::Object& secret);

/// The word of the annotation rotate: `<nonce>` or `credentials:<nonce>`; "" where there is none
/// for credentials.
std::string asked_rotation(const Snapshot& snapshot);

/// When the delivered credential is to be renewed: in a range that ends at what the resource says,
/// so that those made in one moment are not renewed in one.
base::TimePoint renewal_of(const Snapshot& snapshot, const credentials::Delivered& held);

/// Hash of everything the delivered kubeconfig depends on.
std::string credential_inputs(const Snapshot& snapshot);

}  // namespace plan

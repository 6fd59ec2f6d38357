#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kube/config/kubeconfig.hpp"
#include "operator/api/admission_deployment.hpp"
#include "operator/plan/snapshot.hpp"
#include "operator/reconcile/cluster_view.hpp"

namespace reconcile {

/// A way to one API server. Implemented over HTTPS in operator/app, in memory by tests.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual kube::Api& api() = 0;
  /// Another credential for the same server, without dropping watches.
  virtual base::Result<> use(kube::ClientConfig config) = 0;
  /// The same server with another credential, and nothing else of `credential`. Where the
  /// connection is the operator's own to the runtime cluster: the server that the credential names.
  virtual base::Result<std::unique_ptr<kube::Api>> as(kube::ClientConfig credential) = 0;
  /// Its clock against ours, as the last answer said; nullopt before one.
  virtual std::optional<std::chrono::milliseconds> clock_skew() const = 0;
  /// All kinds that this server keeps in namespaces. An error if one of its groups does not answer.
  virtual kube::Task<base::Result<std::vector<kube::Resource>>> namespaced_kinds() = 0;
};
class Connector {
 public:
  virtual ~Connector() = default;
  /// `cluster`: how its caches are named.
  virtual base::Result<std::unique_ptr<Connection>> connect(const std::string& cluster,
                                                            kube::ClientConfig config) = 0;
  /// The runtime cluster itself, for resources whose target is Runtime.
  virtual std::unique_ptr<Connection> runtime() = 0;
};

/// One target: connection, caches, and how its server is named.
struct Target {
  std::unique_ptr<Connection> connection;
  std::unique_ptr<ClusterView> view;
  plan::TargetFacts facts;
  std::vector<base::BootTime> issues;  ///< when its server was asked for credentials, lately
  std::optional<plan::Term> term;      ///< of the credential that it is entered with
  std::string fingerprint;             ///< hash of the kubeconfig that it was made from
};

/// `error` of a call to a target with the reason that a condition shows: Unauthorized, Forbidden,
/// CertificateNotTrusted or Unreachable.
base::Error unreachable(base::Error error);

/// Targets in use, one for each access Secret; resources that name the same Secret share one. One
/// loop, one thread.
class Targets {
 public:
  Targets(ClusterView& runtime, Connector& connector, ClusterView::Parts parts,
          plan::TargetFacts local, std::function<void(const std::string& id)> on_access_change);

  /// The target of a resource with its caches filled, or why there is none now: Error.reason is the
  /// condition's reason, its text names the Secret and what is wrong with it. Waits a few seconds
  /// at most.
  kube::Task<base::Result<std::shared_ptr<Target>>> reach(api::AdmissionDeployment resource,
                                                          std::chrono::milliseconds patience);
  /// The resource of this key (<namespace>/<name>) is gone: ends what it alone used.
  kube::Task<> release(std::string key);
  kube::Task<> close();

  /// Which target a resource uses: <namespace>/<secret>/<key>, or "" for the runtime cluster.
  static std::string id_of(const api::AdmissionDeployment& resource);
  /// Names of the Secrets of others that a resource uses: its ways into the target, and what its
  /// credential is a copy of.
  static std::set<std::string> secrets_of(const api::AdmissionDeployment& resource);

  /// Of the credential that a resource's target is entered with, reachable or not; nullopt where it
  /// says of itself no end.
  std::optional<plan::Term> term_of(const api::AdmissionDeployment& resource) const;
  /// Whether a target was asked for so many credentials within the last minute that those which can
  /// wait should: twenty, or one for each twenty of its resources.
  bool is_crowded(Target& target) const;
  /// For a resource without a target: asks any API server whom it takes a credential for.
  kube::Task<Connection*> anywhere(api::AdmissionDeployment resource);

 private:
  kube::Task<base::Result<std::shared_ptr<Target>>> open(std::string id, std::string namespace_name,
                                                         api::Access access);
  kube::Task<base::Result<std::string>> read(std::string namespace_name, api::SecretKeyRef ref);
  std::shared_ptr<Target> make(std::unique_ptr<Connection> connection, const std::string& id,
                               plan::TargetFacts facts, std::string fingerprint);
  /// What a resource stands on: a target, the caches there, and Secrets of others here.
  struct Use {
    std::string id;
    std::set<Watched> target, runtime;
    bool operator==(const Use&) const = default;
  };
  kube::Task<Use> take_up(api::AdmissionDeployment resource);
  static Use use_of(const api::AdmissionDeployment& resource);
  kube::Task<> set_use(std::string key, std::optional<Use> use);
  std::set<Watched> unused(const Use& old, std::set<Watched> Use::* where) const;

  ClusterView& runtime_;
  Connector& connector_;
  ClusterView::Parts parts_;
  plan::TargetFacts local_;
  std::function<void(const std::string&)> on_access_change_;
  std::map<std::string, std::shared_ptr<Target>> targets_;
  std::map<std::string, Use> uses_;  ///< by the resource's key
  std::unique_ptr<Connection> anywhere_;
};

}  // namespace reconcile

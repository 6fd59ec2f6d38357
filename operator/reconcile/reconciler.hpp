#pragma once

#include <functional>
#include <set>
#include <string>

#include "kube/runtime/controller.hpp"
#include "kube/runtime/events.hpp"
#include "kube/watch/store.hpp"
#include "operator/reconcile/perform.hpp"

namespace reconcile {

/// What the runtime cluster's view has to hold of a namespace before a resource in it is worked on.
std::set<Watched> runtime_caches(const std::string& namespace_name);

/// observe -> plan -> perform -> report, for one key <namespace>/<name> at a time each.
class Reconciler {
 public:
  struct Parts {
    ClusterView& runtime;
    Targets& targets;
    const kube::watch::Store& resources;  ///< AdmissionDeployments of all namespaces
    std::set<std::string> namespaces;     ///< in which the operator may work; empty: in all
    const base::Clock& clock;
    crypto::KeySource& keys;
    kube::EventRecorder& events;
    base::Log log;
    const std::string& cluster_uid;  ///< of the runtime cluster; known before the first reconcile
    std::chrono::milliseconds min_issue_interval = std::chrono::minutes(1);
    std::string operator_namespace{};  ///< where the operator itself runs
    /// The runtime API server's clock against ours, as its last answer said.
    std::function<std::optional<std::chrono::milliseconds>()> runtime_skew{};
  };
  explicit Reconciler(Parts parts);

  kube::Task<base::Result<kube::Done>> reconcile(std::string key);

 private:
  kube::Task<base::Result<kube::Done>> work(api::AdmissionDeployment resource);
  kube::Task<base::Result<>> look_at_uses(std::shared_ptr<Observation> seen);
  kube::Task<base::Result<>> forget(std::string key);
  kube::Task<base::Result<>> add_finalizer(kube::Object object);
  kube::Task<base::Result<>> write_status(kube::Object object, json::Value status);
  kube::Task<> tell(kube::Object object, json::Value before, json::Value status);
  kube::Task<> warn_of_annotations(kube::Object object);
  json::Value status_of(const kube::Object& object) const;
  std::vector<base::Problem> not_granted(const kube::Object& object) const;

  Parts parts_;
  Performer performer_;
  struct Status {
    kube::ResourceVersion version;
    json::Value content;
  };
  std::map<std::string, std::int64_t>
      uses_seen_;  ///< by key: the generation for which no Secret was found to be let go
  std::map<std::string, std::vector<std::string>> warned_of_;  ///< annotations, by key
  std::map<std::string, Status> status_written_;  ///< by key: the cache may not show it yet
};

}  // namespace reconcile

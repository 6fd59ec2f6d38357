#pragma once

// For tests: two clusters in memory, an operator between them that can be ended and begun again,
// and just enough of the controllers that belong to a cluster.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kube/testing/in_memory_api.hpp"
#include "operator/reconcile/reconciler.hpp"

namespace reconcile::testing {

inline constexpr auto kClusterUid = "aaaaabbb-0000-4000-8000-000000000000";
inline constexpr auto kTargetSpace = "extension-admission-alicloud";

/// What a test may do to a request on its way. `number` counts the operator's writes in both
/// clusters, from 1; 0 for what is no write.
struct Call {
  desired::Cluster cluster;
  const kube::Request& request;
  int number;
};
using Fault = std::function<kube::testing::FaultyApi::Verdict(const Call&)>;

class World {
 public:
  World();
  ~World();
  World(World&&) = delete;

  base::ManualClock clock;
  kube::testing::InMemoryApi runtime, target;
  Fault fault;                                                         ///< unset: nothing fails
  std::optional<std::chrono::milliseconds> runtime_skew, target_skew;  ///< of the servers' clocks
  bool pods_become_ready = true;
  /// What the target puts before the names of the runtime cluster's tokens; "": it trusts none.
  std::string trusted_prefix;
  std::string last_access_token;               ///< that the operator entered the target with
  bool signs_requests = true;                  ///< the target, those that are approved
  std::set<std::string> namespaces{"garden"};  ///< granted, from the next start
  int writes = 0;                              ///< the operator's, Events and status included
  int requests = 0;                            ///< the operator's, reads included
  std::vector<std::string> log_of_writes;
  void forget_the_past() {
    writes = requests = 0;
    log_of_writes.clear();
  }

  /// What is said of a resource below is said of this one from now on; at first it is the example.
  void turn_to(const std::string& namespace_name, const std::string& name);
  /// The access Secret and the resource (a merge patch on the example).
  void create(std::string_view patch = "{}");
  void create_local(std::string_view patch = "{}");
  void edit(std::string_view patch);  ///< of the resource
  void remove();                      ///< of the resource
  void write_access_secret(std::string_view server = "https://target.example:443");

  /// One reconcile, with the caches in step before and after. Then the clusters' controllers act.
  base::Result<kube::Done> reconcile();
  /// Reconciles until a round writes nothing and the next look is far away, or the resource is
  /// gone; time passes as the operator asks. Whether it came to rest within `rounds`.
  bool settle(int rounds = 80);
  /// Reconciles and lets time pass for at least `time`: as the operator asks while it writes, in
  /// growing steps of half an hour at most while nothing happens.
  void run_for(std::chrono::milliseconds time);
  /// The operator ends, another begins and knows nothing.
  void restart();
  /// The caches see what there is.
  void pump();
  void play_controllers();

  /// A pair that the target takes for a user, and the CA that its server is trusted by.
  static base::Secret client_key();
  std::string client_certificate(const std::string& user, std::string_view key,
                                 std::chrono::milliseconds lifetime = std::chrono::hours(24)) const;
  static std::string target_ca();

  std::optional<kube::Object> resource() const;
  /// Of the resource's status; null where there is none.
  json::Value condition(const std::string& type) const;
  std::string reason(const std::string& type) const;
  std::string message(const std::string& type) const;
  bool is_ready() const;
  /// Everything with our mark, Pods and Events left out.
  std::vector<std::pair<desired::Cluster, kube::ObjectRef>> owned() const;
  /// The same as "<cluster> <Kind> <namespace>/<name>", sorted.
  std::vector<std::string> owned_objects() const;
  std::vector<std::string> anchors() const;
  std::optional<kube::Object> find(desired::Cluster cluster, const kube::Resource& kind,
                                   const std::string& space, const std::string& name) const;
  kube::testing::InMemoryApi& at(desired::Cluster cluster);
  /// As somebody else; the test fails where the server refuses.
  void do_as(const std::string& manager, desired::Cluster cluster, kube::Object object,
             bool replace = false);
  void erase(desired::Cluster cluster, const kube::ObjectRef& ref);
  std::string log() const { return log_; }

 private:
  class Operator;
  class Route;
  void play_replica_set(const kube::Object& set);
  void collect_pods();
  void collect_namespaces(kube::testing::InMemoryApi& cluster);
  void sign_requests();
  kube::testing::FaultyApi::Verdict on_call(desired::Cluster cluster, const kube::Request& request);

  std::string log_;
  kube::ObjectRef resource_{kube::kinds::kAdmissionDeployment, "garden", "admission-alicloud"};
  net_io::Loop loop_;
  kube::testing::FaultyApi runtime_api_, target_api_;
  std::unique_ptr<Operator> operator_;
};

}  // namespace reconcile::testing

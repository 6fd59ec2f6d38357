#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace prometheus {
class Registry;
}

namespace kube {

/// Whose figures they are: the labels `cluster` and `name`. The name tells clusters of one role
/// apart.
struct ClusterName {
  std::string role;
  std::string name{};
};

/// Prometheus metrics of the runtime library. Names are documented in metrics.cpp's table. Cheap to
/// call; one thread.
class RuntimeMetrics {
 public:
  explicit RuntimeMetrics(std::shared_ptr<prometheus::Registry> registry);
  ~RuntimeMetrics();

  void request(const ClusterName& cluster, std::string_view verb, std::string_view resource,
               int code, double seconds);
  void reconcile(std::string_view controller, std::string_view result,
                 double seconds);  ///< result: success, requeue, error
  /// Keys that wait for a worker; that wait for their time; and for how long the longest reconcile
  /// under way has run.
  void queue(std::string_view controller, std::size_t due, std::size_t later, double longest);
  void queue_take(std::string_view controller, double waited);  ///< seconds since it was due
  void queue_add(std::string_view controller);
  void queue_retry(std::string_view controller);
  void event_failed();
  /// `in`: the namespace, or "" for all.
  void reflector_synced(const ClusterName& cluster, std::string_view in, std::string_view resource,
                        bool synced);
  /// It is nobody's any more: what was said of it is not said again.
  void reflector_gone(const ClusterName& cluster, std::string_view in, std::string_view resource);
  void reflector_event(const ClusterName& cluster, std::string_view resource,
                       std::string_view type);
  void leader(bool is_leader);
  /// How long a write of the lease took, and whether it was taken; a candidate's, too.
  void lease_write(bool is_taken, double seconds);
  void lease_transition();  ///< another holder than before was seen, or became

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kube

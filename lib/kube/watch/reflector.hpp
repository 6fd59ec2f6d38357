#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/log.hpp"
#include "base/random.hpp"
#include "kube/watch/store.hpp"

namespace kube::watch {

struct ReflectorOptions {
  Resource resource;
  std::string namespace_name, label_selector, field_selector;
  bool metadata_only = false;
  std::chrono::milliseconds idle_margin{5'000};  ///< a watch silent for its timeout plus this is dead
  base::Backoff backoff;
  int page = 500;
  std::function<json::Value(json::Value)> trim;  ///< optional: drop what nobody reads before it is stored (managedFields...)
};

struct ReflectorHealth {
  bool synced = false;
  int failures = 0;                 ///< in a row
  std::optional<base::Error> last_error;
  std::uint64_t lists = 0, watches = 0, events = 0;
};

/// Keeps a Store like the cluster until its task is cancelled. One bad object is logged and passed over.
class Reflector {
 public:
  Reflector(Api& api, ReflectorOptions options, base::Log log, base::Random& random);
  Store& store() { return store_; }
  const Store& store() const { return store_; }
  const ReflectorHealth& health() const { return health_; }
  void on_health(std::function<void(const ReflectorHealth&)> listener);  ///< at each change of synced or error
  Task<> run();
  /// true when synced; false at the deadline.
  Task<bool> wait_synced(Deadline deadline);

 private:
  struct Run;
  Api& api_;
  ReflectorOptions options_;
  base::Log log_;
  base::Random& random_;
  Store store_;
  ReflectorHealth health_;
  std::vector<std::function<void(const ReflectorHealth&)>> listeners_;
};

}  // namespace kube::watch

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/random.hpp"
#include "kube/watch/store.hpp"

namespace kube::watch {

struct ReflectorOptions {
  Resource resource;
  std::string namespace_name, label_selector, field_selector;
  bool metadata_only = false;
  std::chrono::seconds watch_timeout{290};  ///< asked of the server, less up to a tenth
  std::chrono::milliseconds idle_margin{
      5'000};  ///< a watch that outlives its timeout by this is dead
  std::chrono::milliseconds too_soon{
      1'000};  ///< a watch that ends before it without an event has failed
  base::Backoff backoff;
  std::chrono::milliseconds backoff_reset{
      120'000};  ///< this long without a failure: the next one counts as the first
  int page = 500;
  std::function<void(std::string_view type)>
      on_event;  ///< optional, for metrics: ADDED, MODIFIED, DELETED, BOOKMARK; LIST and WATCH
                 ///< as they begin; FAILURE
  std::function<json::Value(json::Value)>
      trim;  ///< optional: drop what nobody reads before it is stored (managedFields...)
};

struct ReflectorHealth {
  bool synced = false;
  int failures =
      0;  ///< in a row; 1 as soon as a watch is taken again, 0 when it has told something
  std::optional<base::Error> last_error;
  std::uint64_t lists = 0, watches = 0, events = 0;
};

/// Keeps a Store like the cluster until its task is cancelled. One bad object is logged and passed
/// over. Time is the steady clock's: only differences matter. Run it once.
class Reflector {
 public:
  Reflector(Api& api, ReflectorOptions options, base::Log log, base::Random& random);
  Store& store() { return store_; }
  const Store& store() const { return store_; }
  const ReflectorHealth& health() const { return health_; }
  const ReflectorOptions& options() const { return options_; }
  void on_health(
      std::function<void(const ReflectorHealth&)> listener);  ///< at each change of synced or error
  Task<> run();
  /// true when synced; false at the deadline.
  Task<bool> wait_synced(Deadline deadline);

 private:
  class Run;
  Api& api_;
  ReflectorOptions options_;
  base::Log log_;
  base::Random& random_;
  Store store_;
  ReflectorHealth health_;
  std::vector<std::function<void(const ReflectorHealth&)>> listeners_;
  std::vector<std::shared_ptr<net_io::Event>> waiting_;  ///< for the first list
};

}  // namespace kube::watch

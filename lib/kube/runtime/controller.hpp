#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "kube/runtime/metrics.hpp"
#include "kube/runtime/work_queue.hpp"
#include "net/task.hpp"

namespace kube {

/// What a reconcile says of itself. An error is the other way to come back: with the key's own
/// back-off.
struct Done {
  std::optional<std::chrono::milliseconds> again_after;
};
using Reconcile = std::function<net_io::Task<base::Result<Done>>(std::string key)>;

/// Level-triggered: the request is a key, never an event. Up to `workers` keys at once, never the
/// same key twice at once.
/// An error that is `transient`, `conflict`, `cancelled`... is tried again after the key's
/// back-off, or later where the server wished so. Run it once.
class Controller {
 public:
  Controller(std::string name, net_io::Executor executor, Reconcile reconcile,
             const base::Clock& clock, base::Random& random, base::Log log, RuntimeMetrics* metrics,
             std::size_t workers = 4);
  void enqueue(const std::string& key, std::chrono::milliseconds after = {});
  /// Works until cancelled; then finishes what is under way.
  net_io::Task<> run();
  std::size_t waiting() const;  ///< keys in the queue, also those that are not due yet
  base::BootTime last_progress()
      const;  ///< for the watchdog: when a worker last took or finished a key, or found none

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kube

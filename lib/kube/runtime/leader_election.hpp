#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "kube/api.hpp"
#include "kube/runtime/metrics.hpp"

namespace kube {

struct LeaseOptions {
  ObjectRef lease;  ///< kinds::kLease
  std::string identity;
  std::chrono::milliseconds duration{15'000}, renew_deadline{10'000}, retry{2'000};
  std::chrono::milliseconds patience{
      5'000};           ///< with one call; a leader's ends with its right, too
  double jitter = 1.2;  ///< a candidate waits between `retry` and this many times it
};

/// What is known of the lease, by local observation times only (client-go's rule: clocks may
/// differ, rates may not).
struct LeaseView {
  std::string holder;
  std::string record;  ///< whole spec as text: a change means that the holder lives
  std::chrono::milliseconds duration{};
  base::BootTime observed{};  ///< when `record` was first seen
};
struct TryAcquire {};
struct Renew {};
struct WaitFor {
  std::chrono::milliseconds time;
};
struct StepDown {};
using LeaderAction = std::variant<TryAcquire, Renew, WaitFor, StepDown>;
/// Pure: the next action. `last_renewed` is set while leading; `seen` is unset where there is no
/// lease. A candidate looks at the lease again after each WaitFor.
LeaderAction decide(const LeaseOptions& options, const std::optional<LeaseView>& seen,
                    std::optional<base::BootTime> last_renewed, base::BootTime now,
                    double unit_random);

/// Runs for the lease until cancelled. While leading, may_write() is true only until renew_deadline
/// after the last successful renewal was *sent* (CLOCK_BOOTTIME): to be asked before each write is
/// sent (HttpApi::fence). On loss run() returns: the process should end, not resume. On
/// cancellation the lease is released after `stopped` says that work has ended.
class LeaderElection {
 public:
  LeaderElection(Api& api, LeaseOptions options, const base::Clock& clock, base::Random& random,
                 base::Log log, RuntimeMetrics* metrics = nullptr);
  struct Callbacks {
    // Each may be empty.
    std::function<void()> on_acquired;
    std::function<void()> on_lost;
    std::function<Task<>()> before_release;  ///< stop work, wait for what is in flight
    std::function<bool()> is_alive;          ///< watchdog: renew only while this is true
  };
  Task<> run(Callbacks callbacks);
  bool may_write() const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace kube

#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/backoff.hpp"
#include "base/clock.hpp"

namespace kube {

/// Keys to work on: each at most once, the earliest wish wins, a key being worked on is held until
/// done() and not lost when it is added meanwhile. Pure: time is an argument; the Controller drives
/// it.
class WorkQueue {
 public:
  using Time = base::BootTime;
  explicit WorkQueue(base::Backoff per_item = {.first = base::Millis{5},
                                               .factor = 2,
                                               .most = base::Millis{300'000},
                                               .jitter = 0.1});

  void add(const std::string& key, Time due);
  /// The key due first, if one is due; it is then being worked on.
  std::optional<std::string> take(Time now);
  void done(const std::string& key);
  /// After a failure, before done(): counts it and adds the key again after its back-off, or after
  /// `at_least` (the server's wish) where that is longer. An earlier wish that came meanwhile still
  /// wins.
  void failed(const std::string& key, Time now, base::Millis at_least, double unit_random);
  void forget(const std::string& key);   ///< success: its failures are forgotten
  std::optional<Time> next_due() const;  ///< of keys not being worked on
  int failures(const std::string& key) const;
  std::size_t depth() const;        ///< keys waiting, also those that are not due yet
  std::size_t due(Time now) const;  ///< keys that only wait for somebody to take them
  bool is_idle() const { return due_.empty() && working_.empty(); }

 private:
  base::Backoff policy_;
  std::map<std::string, Time> due_;
  std::set<std::pair<Time, std::string>> ready_;  ///< of due_, what is not being worked on
  std::set<std::string> working_;
  std::map<std::string, int> failures_;
};

}  // namespace kube

#pragma once

#include <optional>

#include "base/result.hpp"
#include "kube/api.hpp"
#include "kube/testing/selector.hpp"
#include "kube/testing/store.hpp"

namespace kube::testing {

/// One watch's way through the log of writes. Pure: next() gives what there is.
class Cursor {
 public:
  /// Begins after `resource_version`; without one (or at 0) with the objects there are, as added.
  static base::Result<Cursor> open(const Store& store, const Watch& watch);
  /// nullopt: nothing new. `gone` where the log was compacted away below it.
  base::Result<std::optional<WatchEvent>> next(const Store& store);
  WatchEvent bookmark(const Store& store) const;

 private:
  Cursor(Watch watch, Selector selector)
      : watch_(std::move(watch)), selector_(std::move(selector)) {}
  std::optional<WatchEvent> seen(const Event& event) const;
  WatchEvent make(WatchEvent::Type type, const Object& object) const;
  bool matches(const Stored& object) const;

  Watch watch_;
  Selector selector_;
  std::deque<Stored> initial_;
  std::size_t position_ = 0;
};

}  // namespace kube::testing

#pragma once

#include <chrono>

namespace net_io {

/// A point on the steady clock by which something must be over. Every outward call takes one.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;
  /// Times beyond a year are cut to a year.
  static Deadline in(std::chrono::milliseconds time);
  static Deadline never() { return Deadline(Clock::time_point::max()); }
  static Deadline at(Clock::time_point time) { return Deadline(time); }
  Clock::time_point at() const { return at_; }
  bool is_over() const { return Clock::now() >= at_; }
  std::chrono::milliseconds left() const;  ///< never negative, at most a year
  Deadline or_earlier(Deadline other) const { return other.at_ < at_ ? other : *this; }

 private:
  explicit Deadline(Clock::time_point at) : at_(at) {}
  Clock::time_point at_;
};

}  // namespace net_io

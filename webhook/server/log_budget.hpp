#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace webhook {

/// So many lines a second, with a burst; the rest is counted. For one loop.
class LogBudget {
 public:
  using Time = std::chrono::steady_clock::time_point;
  LogBudget(double per_second, double burst)
      : per_second_(per_second), burst_(burst), left_(burst) {}

  /// nullopt: keep silent. Else how many lines were kept back since the last one that was not.
  std::optional<std::uint64_t> take(Time now) {
    const double passed = std::chrono::duration<double>(now - last_.value_or(now)).count();
    left_ = std::min(burst_, left_ + passed * per_second_);
    last_ = now;
    if (left_ < 1) {
      ++kept_back_;
      return std::nullopt;
    }
    left_ -= 1;
    return std::exchange(kept_back_, 0);
  }

 private:
  double per_second_;
  double burst_;
  double left_;
  std::optional<Time> last_;
  std::uint64_t kept_back_ = 0;
};

}  // namespace webhook

#include "net/deadline.hpp"

#include <algorithm>

namespace net_io {
namespace {

/// Far enough for any wait, near enough for every clock's arithmetic.
constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 365);

}  // namespace

Deadline Deadline::in(std::chrono::milliseconds time) {
  return Deadline(Clock::now() + std::min(time, kLongest));
}

std::chrono::milliseconds Deadline::left() const {
  auto now = Clock::now();
  if (at_ <= now) return {};
  if (at_ == Clock::time_point::max()) return kLongest;
  return std::chrono::ceil<std::chrono::milliseconds>(at_ - now);
}

}  // namespace net_io

#include "base/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace base {

Millis next_delay(const Backoff& policy, int failures, double unit_random) {
  if (failures <= 0) return Millis{0};
  const double exponent = std::min(failures - 1, 60);
  const double plain =
      std::min(static_cast<double>(policy.first.count()) * std::pow(policy.factor, exponent),
               static_cast<double>(policy.most.count()));
  return Millis{std::llround(plain * (1 + policy.jitter * unit_random))};
}

}  // namespace base

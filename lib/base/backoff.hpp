#pragma once

#include "base/error.hpp"

namespace base {

/// Exponential back-off as a value. Defaults: client-go's for watches, 0.8 s doubling to 30 s.
struct Backoff {
  Millis first{800};
  double factor = 2;
  Millis most{30'000};
  double jitter = 1;  ///< the delay is spread over [d, d * (1 + jitter))
};

/// Delay before attempt number `failures` + 1; zero when nothing failed. `unit_random` in [0, 1).
Millis next_delay(const Backoff& policy, int failures, double unit_random);

}  // namespace base

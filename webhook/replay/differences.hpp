#pragma once

#include "webhook/replay/compare.hpp"

namespace replay {

/// `expected` as the intended differences (webhook/alicloud/DIFFERENCES.md) make it. Every
/// difference is a rule about what a case says, never about which case it is.
Expectation with_intended_differences(const Case& one, Expectation expected);

}  // namespace replay

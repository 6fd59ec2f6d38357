#pragma once

#include <algorithm>
#include <iterator>

namespace kube::testing {

template <class Range, class T>
bool is_one_of(const Range& range, const T& value) {
  return std::ranges::find(range, value) != std::ranges::end(range);
}

}  // namespace kube::testing

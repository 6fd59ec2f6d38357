#pragma once

#include <compare>
#include <string>

namespace base {

/// A string that is one thing and no other.
template <class Tag>
struct Id {
  std::string value;
  bool empty() const { return value.empty(); }
  auto operator<=>(const Id&) const = default;
};

}  // namespace base

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "kube/object/object.hpp"

namespace cli {

/// What the doctor looked at.
struct Examined {
  std::vector<kube::Object> resources;
  std::string operator_namespace;
  std::optional<kube::Object> lease;              ///< of the operator
  std::optional<std::chrono::milliseconds> skew;  ///< the API server's clock less this one
  base::TimePoint now;
};

struct Finding {
  std::string what, remedy;
  bool operator==(const Finding&) const = default;
};

/// What is wrong, and what to do about it. Empty: nothing that can be seen from the runtime
/// cluster.
std::vector<Finding> findings(const Examined& seen);

}  // namespace cli

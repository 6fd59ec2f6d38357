#pragma once

#include <string>

#include "base/clock.hpp"
#include "kube/object/object.hpp"

namespace cli {

/// One resource as people read it: what its status says, and what was made in both clusters, as a
/// tree.
std::string describe(const kube::Object& resource, base::TimePoint now);

}  // namespace cli

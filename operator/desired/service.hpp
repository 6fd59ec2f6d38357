#pragma once

#include "operator/desired/item.hpp"

namespace desired {

/// The one Service of a resource: all revisions' Pods that are ready.
Item service(const Inputs& inputs);

/// One for each revision: maxUnavailable 1, unhealthyPodEvictionPolicy AlwaysAllow.
Item disruption_budget(const Inputs& inputs, std::string_view revision);

}  // namespace desired

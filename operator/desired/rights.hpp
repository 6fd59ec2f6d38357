#pragma once

#include <vector>

#include "operator/desired/item.hpp"

namespace desired {

/// In the target: the namespace, ClusterRole and Roles with their bindings to the workload's
/// identity, and the ServiceAccount (Remote only: InCluster's identity is the runtime
/// ServiceAccount).
std::vector<Item> target_side(const Inputs& inputs);

/// In the runtime namespace: ServiceAccount, and Role with binding where runtimeRules are given.
std::vector<Item> runtime_identity(const Inputs& inputs);

}  // namespace desired

#pragma once

#include <string>
#include <vector>

#include "operator/desired/item.hpp"

namespace desired {

/// In the target: the namespace, ClusterRole and Roles with their bindings to the workload's
/// identity, and the ServiceAccount (Remote only: InCluster's identity is the runtime
/// ServiceAccount). `former_accounts` keep their rights beside the identity: replicas go on with
/// their tokens until the new one has reached them.
std::vector<Item> target_side(const Inputs& inputs,
                              const std::vector<std::string>& former_accounts = {});

/// In the runtime namespace: ServiceAccount, and Role with binding where runtimeRules are given.
std::vector<Item> runtime_identity(const Inputs& inputs);

}  // namespace desired

#pragma once

#include <string>
#include <vector>

#include "operator/desired/item.hpp"

namespace desired {

/// Whom the roles are bound to beside the identity of today: replicas go on as who they were until
/// the new credential has reached them.
struct Former {
  std::vector<std::string> accounts, users;
};

/// In the target: the namespace, ClusterRole and Roles with their bindings to the workload's
/// identity, and the ServiceAccount where that is the identity (InCluster: it is the runtime
/// ServiceAccount).
std::vector<Item> target_side(const Inputs& inputs, const Former& former = {});

/// In the runtime namespace: ServiceAccount, and Role with binding where runtimeRules are given.
std::vector<Item> runtime_identity(const Inputs& inputs);

}  // namespace desired

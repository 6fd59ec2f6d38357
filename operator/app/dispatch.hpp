#pragma once

#include <set>
#include <string>

#include "kube/runtime/metrics.hpp"
#include "kube/watch/store.hpp"

namespace app {

/// Which resources, as <namespace>/<name>, an object's change concerns: its owner by our
/// annotation, a Pod's by its label, and every resource that names a Secret as its way in.
std::set<std::string> concerned(const kube::Object& changed, const std::string& runtime_cluster_uid,
                                const kube::watch::Store& resources);
/// Resources that use the target `id` (Targets::id_of).
std::set<std::string> users_of(const std::string& target_id, const kube::watch::Store& resources);

/// Name of a ClusterView as metrics label it: "target garden/virtual-garden/kubeconfig" is a target
/// of that name; without a name, the runtime cluster in the role of a target.
kube::ClusterName named(const std::string& view);

}  // namespace app

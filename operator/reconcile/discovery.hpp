#pragma once

#include <string>
#include <vector>

#include "json/value.hpp"
#include "kube/object/resource.hpp"

// What an API server says that it serves (APIGroupList, APIResourceList).
namespace reconcile {

/// Paths of the preferred version of each group, "/apis/apps/v1"; the core group's is not among
/// them.
std::vector<std::string> paths_of_groups(const json::Value& group_list);

/// Kinds with objects in namespaces that can be listed. Events tell of other things, they are left
/// out.
std::vector<kube::Resource> namespaced_kinds_of(const json::Value& resource_list);

}  // namespace reconcile

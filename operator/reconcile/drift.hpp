#pragma once

#include <string>
#include <vector>

#include "operator/desired/item.hpp"
#include "operator/reconcile/cluster_view.hpp"

namespace reconcile {

/// How applying one item went.
struct Applied {
  bool changed = false;
  std::vector<std::string> contested;  ///< fields left alone, each with its writer
};

/// Makes `item` so, by server-side apply, where a server-side dry run says that it is not. An
/// object that a dry run found in order costs nothing until its version or the wish changes. A
/// field that another writer changes back three times under the same wish is left to that writer.
/// An object that exists and is somebody else's is an error with reason ForeignOwner.
kube::Task<base::Result<Applied>> ensure(ClusterView& view, desired::Item item, std::string owner,
                                         std::string adoption_policy);

/// Whose an existing object is: empty when it is ours or may be adopted, else what says that it is
/// somebody else's.
std::string foreign_owner(const kube::Object& live, const std::string& owner,
                          const std::string& owner_uid, const std::string& adoption_policy);

/// What is said of such an object; its reason is ForeignOwner.
base::Error foreign_error(const kube::ObjectRef& ref, const std::string& whose);

/// JSON pointers of what differs, lists as a whole.
std::vector<std::string> changed_fields(const kube::Object& live, const kube::Object& applied);

}  // namespace reconcile

#pragma once

#include <string_view>
#include <vector>

#include "kube/object/resource.hpp"

namespace kube::testing {

/// How the server treats a kind: the parts of its registry's strategy that can be seen from
/// outside.
struct KindRules {
  std::string_view kind;
  bool unconditional_update = true;  ///< a PUT without resourceVersion is fine
  bool create_on_update = false;     ///< a PUT of what is not there makes it
  bool returns_deleted = false;      ///< DELETE answers with the object, not with a Status
  std::vector<std::string_view> generation =
      {};                          ///< a change of these members counts up metadata.generation
  bool has_status = false;         ///< written by the status subresource only
  bool has_approval = false;       ///< an approval subresource, and a spec nobody changes
  bool is_custom = false;          ///< stored as JSON, as it came
  std::string_view replicas = {};  ///< the scale subresource's pointer
};

/// Kinds that the table does not name are treated like custom resources without subresources.
const KindRules& rules_of(const Resource& resource);

}  // namespace kube::testing

#pragma once

#include <cstdint>
#include <string>

#include "operator/desired/item.hpp"

namespace desired {

/// The Pod template of a resource, without its revision label.
json::Value pod_template(const Inputs& inputs);

/// Ten characters of the template's hash: the same template is the same revision.
std::string revision(const json::Value& rendered_template);

/// The ControllerRevision NAME-REVISION: keeps the template for as long as its replicas may be
/// needed. The API server never lets its data change.
Item controller_revision(const Inputs& inputs, const json::Value& rendered_template,
                         std::string_view revision, std::int64_t number);

/// The ReplicaSet NAME-REVISION with that template and so many replicas.
Item replica_set(const Inputs& inputs, const json::Value& rendered_template,
                 std::string_view revision, int replicas);

}  // namespace desired

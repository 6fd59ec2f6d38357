#pragma once

#include <string>

#include "operator/desired/item.hpp"

namespace desired {

/// The Pod template of a resource, without its revision label.
json::Value pod_template(const Inputs& inputs);

/// Ten characters of the template's hash: the same template is the same revision.
std::string revision(const json::Value& rendered_template);

/// The ReplicaSet NAME-REVISION with that template and so many replicas.
Item replica_set(const Inputs& inputs, const json::Value& rendered_template,
                 std::string_view revision, int replicas);

}  // namespace desired

#pragma once

#include <string>
#include <string_view>

#include "json/value.hpp"
#include "kube/object/object.hpp"

namespace kube::testing {

/// What the server's validation says of a new object: empty is fine, else what is wrong (422). A
/// small part of it: names, labels, finalizers, owners, and the required members of the kinds this
/// project writes.
std::string why_not_valid(const Object& object);
/// The same of a change: what may never change, or not through this subresource, besides the above.
std::string why_not_valid_change(const Object& before, const Object& after,
                                 std::string_view subresource);

}  // namespace kube::testing

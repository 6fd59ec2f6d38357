#pragma once

#include "json/value.hpp"
#include "kube/object/object.hpp"

namespace kube::testing {

// When a write is none, as the API server decides it. Managers are compared one by one in their
// order, which is by time: repeating an apply can move its manager, and be one more write.

/// Whether `next` differs from `live` in the times of managers at most; these are then taken back.
bool differ_in_times_only(const Object& live, const Object& next);

/// Whether both are the same bytes in the store.
bool are_stored_alike(const Object& live, const Object& next);

/// The empty members of metadata. An apply leaves them in the stored bytes of a custom resource,
/// though nobody who reads it sees them; null for other kinds, and where there are none.
json::Value leftovers_of(const Resource& resource, const json::Value& document);

}  // namespace kube::testing

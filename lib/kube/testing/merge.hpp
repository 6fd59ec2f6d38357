#pragma once

#include "json/value.hpp"
#include "kube/testing/field_set.hpp"
#include "kube/testing/schema.hpp"

namespace kube::testing {

/// Every place that `document` sets.
FieldSet fields_of(const json::Value& document, const Type& type);

struct Comparison {
  FieldSet added, removed, modified;
};
Comparison compare(const json::Value& before, const json::Value& after, const Type& type);

/// `live` with what `config` says: records and maps member by member, keyed lists and sets item by
/// item in an order that respects both, everything else as a whole.
json::Value merge(const json::Value& live, const json::Value& config, const Type& type);

/// `document` without the places in `set`. What becomes empty goes.
json::Value without(const json::Value& document, const FieldSet& set, const Type& type);

}  // namespace kube::testing

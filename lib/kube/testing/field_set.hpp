#pragma once

#include <map>
#include <set>
#include <string>

#include "json/value.hpp"
#include "kube/testing/schema.hpp"

namespace kube::testing {

/// A set of places in a document, as managedFields keep it. Elements are in FieldsV1 notation. A
/// member says that the place itself is in the set; children hold what is below a place, whether or
/// not the place is in.
struct FieldSet {
  std::set<std::string> members;
  std::map<std::string, FieldSet> children;

  bool empty() const { return members.empty() && children.empty(); }
  void add(const std::string& element, bool itself, FieldSet below);
  bool operator==(const FieldSet&) const = default;
};

FieldSet unite(const FieldSet& a, const FieldSet& b);
FieldSet intersect(const FieldSet& a, const FieldSet& b);
FieldSet subtract(const FieldSet& a, const FieldSet& b);
/// `a` without the members of `b` and everything below them.
FieldSet subtract_trees(const FieldSet& a, const FieldSet& b);
/// With the named fields on the way to each member; keys of maps and items of lists are not added.
FieldSet with_named_fields(const FieldSet& set, const Type& type);

json::Value to_fields_v1(const FieldSet& set);
FieldSet from_fields_v1(const json::Value& fields);

}  // namespace kube::testing

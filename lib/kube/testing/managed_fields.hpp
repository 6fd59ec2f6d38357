#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "json/value.hpp"
#include "kube/testing/field_set.hpp"
#include "kube/testing/schema.hpp"

namespace kube::testing {

/// Who manages fields: one entry of metadata.managedFields.
struct Manager {
  std::string operation;  ///< Apply or Update
  std::string name;
  std::string subresource;
  /// The scale subresource may leave a second entry of the same manager; whoever reads them next
  /// sees the last one only.
  bool is_second = false;
  auto operator<=>(const Manager&) const = default;
};

struct Managed {
  FieldSet fields;
  std::string api_version, time;
};
using Managers = std::map<Manager, Managed>;

Managers read_managers(const json::Value& document);
/// Replaces metadata.managedFields; without managers it is removed.
void write_managers(json::Value& document, const Managers& managers);
/// Sorts the members of each fieldsV1 by their text, as the scale subresource does.
void sort_fields(json::Value& document);

/// One write as the bookkeeping sees it. Documents are without managedFields.
struct Change {
  const json::Value& before;
  const json::Value& after;
  Type type;
  FieldSet
      ignored;  ///< what this endpoint never writes: status on the main resource, spec on status
};

/// POST, PUT, PATCH: `who` now has what changed, everybody else loses it.
void record_update(Managers& managers, const Change& change, const Manager& who,
                   const Managed& stamp);

/// The parts of a server-side apply.
struct Applied {
  json::Value document;                ///< merged and pruned, without managedFields
  std::vector<std::string> conflicts;  ///< managers that have other values, unless forced
};
Applied record_apply(Managers& managers, const Change& change, const Manager& who,
                     const Managed& stamp, bool force);

}  // namespace kube::testing

#include "kube/testing/unchanged.hpp"

#include <algorithm>
#include <utility>

#include "json/parse.hpp"
#include "kube/testing/kind_rules.hpp"

namespace kube::testing {
namespace {

using json::Value;

const json::Array& managers_of(const Object& object) {
  return object.at("metadata").at("managedFields").items();
}

/// The server keeps the text of fieldsV1, so the order of its members counts; but custom resources
/// are maps to it, through and through.
bool have_same_fields(const Object& a, const Object& b) {
  if (rules_of(a.resource()).is_custom) return true;
  const auto text = [](const Value& entry) { return json::to_string(entry.at("fieldsV1")); };
  return std::ranges::equal(managers_of(a), managers_of(b), {}, text, text);
}

Value without_times(const Object& object) {
  Value document = object.document();
  auto* entries = document["metadata"]["managedFields"].as_array();
  if (entries == nullptr) return document;
  for (auto& entry : *entries) {
    if (auto* members = entry.as_object()) members->erase("time");
  }
  return document;
}

bool is_empty(const Value& value) {
  const bool is_container = value.as_array() || value.as_object();
  return value.is_null() || (is_container && value.items().empty() && value.members().empty());
}

}  // namespace

bool differ_in_times_only(const Object& live, const Object& next) {
  return !managers_of(live).empty() && have_same_fields(live, next) &&
         without_times(live) == without_times(next);
}

bool are_stored_alike(const Object& live, const Object& next) {
  return have_same_fields(live, next) && live.document() == next.document();
}

Value leftovers_of(const Resource& resource, const Value& document) {
  Value leftovers;
  if (!rules_of(resource).is_custom) return leftovers;
  for (const auto& [key, member] : document.at("metadata").members()) {
    if (is_empty(member)) leftovers[key] = member;
  }
  return leftovers;
}

}  // namespace kube::testing

#include "kube/testing/managed_fields.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "json/parse.hpp"
#include "kube/testing/merge.hpp"

namespace kube::testing {
namespace {

using json::Value;

/// Identity and bookkeeping belong to nobody.
const FieldSet& nobodys() {
  static const FieldSet kSet{
      .members = {"f:apiVersion", "f:kind", "f:metadata"},
      .children = {
          {"f:metadata",
           {.members = {"f:name", "f:namespace", "f:creationTimestamp", "f:selfLink", "f:uid",
                        "f:clusterName", "f:generation", "f:managedFields", "f:resourceVersion"},
            .children = {}}}}};
  return kSet;
}

Comparison compare_unless_ignored(const Change& change, const Value& after) {
  auto comparison = compare(change.before, after, change.type);
  for (auto* set : {&comparison.added, &comparison.removed, &comparison.modified}) {
    *set = subtract_trees(*set, change.ignored);
  }
  return comparison;
}

void drop_empty(Managers& managers) {
  std::erase_if(managers, [](const auto& entry) { return entry.second.fields.empty(); });
}

/// What of `written` others have; they lose it, and what was removed.
void take_from_others(Managers& managers, const Comparison& comparison, const Manager* self) {
  const auto written = unite(comparison.modified, comparison.added);
  for (auto& [manager, managed] : managers) {
    if (self && manager == *self) continue;
    managed.fields = subtract(subtract(managed.fields, written), comparison.removed);
  }
  drop_empty(managers);
}

std::vector<std::string> conflicts_with(const Managers& managers, const Comparison& comparison,
                                        const Manager& self) {
  std::vector<std::string> names;
  const auto written = unite(comparison.modified, comparison.added);
  for (const auto& [manager, managed] : managers) {
    if (manager == self || intersect(managed.fields, written).empty()) continue;
    names.push_back(manager.name);
  }
  return names;
}

/// More than ten who update are too many: the oldest become one.
void cap(Managers& managers) {
  constexpr std::size_t kMost = 10;
  std::vector<std::pair<std::string, Manager>> updaters;
  for (const auto& [manager, managed] : managers) {
    if (manager.operation == "Update") updaters.emplace_back(managed.time, manager);
  }
  std::ranges::sort(updaters);
  std::map<std::string, Manager> first;  // by the version of the API
  auto left = updaters.size();
  for (auto next = updaters.begin(); left > kMost && next != updaters.end(); ++next) {
    const auto& manager = next->second;
    const auto managed = managers[manager];
    const auto [oldest, is_first] = first.try_emplace(managed.api_version, manager);
    if (is_first) continue;
    const Manager ancient{.operation = "Update", .name = "ancient-changes", .subresource = ""};
    if (!managers.contains(ancient)) {
      managers[ancient] = managers[oldest->second];
      managers.erase(oldest->second);
    }
    managers[ancient].fields = unite(managers[ancient].fields, managed.fields);
    managers[ancient].time = managed.time;
    managers.erase(manager);
    --left;
  }
}

/// Removes what `last` had and nobody has any more.
Value prune(const Value& merged, const Managers& managers, const FieldSet& last, const Type& type) {
  if (last.empty()) return merged;
  FieldSet owned;
  for (const auto& [manager, managed] : managers) owned = unite(owned, managed.fields);
  const auto named = [&](const FieldSet& set) { return with_named_fields(set, type); };

  const auto all = named(fields_of(merged, type));
  const auto bare = without(merged, named(last), type);
  const auto wanted = unite(named(fields_of(bare, type)), named(owned));
  const auto kept = without(merged, subtract(all, wanted), type);
  const auto gone = subtract(all, named(fields_of(kept, type)));
  return without(merged, intersect(gone, named(last)), type);
}

}  // namespace

Managers read_managers(const Value& document) {
  Managers managers;
  for (const auto& entry : document.at("metadata").at("managedFields").items()) {
    const Manager manager{.operation = std::string(entry.at("operation").string_or("")),
                          .name = std::string(entry.at("manager").string_or("")),
                          .subresource = std::string(entry.at("subresource").string_or(""))};
    managers[manager] = {.fields = from_fields_v1(entry.at("fieldsV1")),
                         .api_version = std::string(entry.at("apiVersion").string_or("")),
                         .time = std::string(entry.at("time").string_or(""))};
  }
  return managers;
}

void write_managers(Value& document, const Managers& managers) {
  auto& metadata = document["metadata"];
  if (managers.empty()) {
    if (auto* object = metadata.as_object()) object->erase("managedFields");
    return;
  }
  std::vector<const Managers::value_type*> order;
  for (const auto& entry : managers) order.push_back(&entry);
  std::ranges::sort(order, {}, [](const auto* entry) {
    return std::tie(entry->first.operation, entry->second.time, entry->first.name,
                    entry->first.subresource);
  });
  json::Array entries;
  for (const auto* entry : order) {
    json::Object item{{"manager", entry->first.name},
                      {"operation", entry->first.operation},
                      {"apiVersion", entry->second.api_version},
                      {"fieldsType", "FieldsV1"},
                      {"fieldsV1", to_fields_v1(entry->second.fields)}};
    if (!entry->second.time.empty()) item.set("time", entry->second.time);
    if (!entry->first.subresource.empty()) item.set("subresource", entry->first.subresource);
    entries.emplace_back(std::move(item));
  }
  metadata["managedFields"] = std::move(entries);
}

void sort_fields(Value& document) {
  if (document.at("metadata").at("managedFields").is_null()) return;
  for (auto& entry : *document["metadata"]["managedFields"].as_array()) {
    auto& fields = entry["fieldsV1"];
    fields = json::parse(json::to_canonical_string(fields)).value_or(Value());
  }
}

void record_update(Managers& managers, const Change& change, const Manager& who,
                   const Managed& stamp) {
  const auto comparison = compare_unless_ignored(change, change.after);
  take_from_others(managers, comparison, nullptr);
  auto mine = unite(comparison.modified, comparison.added);
  mine = subtract(subtract_trees(mine, change.ignored), nobodys());
  if (mine.empty()) return;
  auto& managed = managers[who];
  managed.fields = unite(managed.fields, mine);
  managed.api_version = stamp.api_version;
  managed.time = stamp.time;
  cap(managers);
}

Applied record_apply(Managers& managers, const Change& change, const Manager& who,
                     const Managed& stamp, bool force) {
  Applied applied;
  auto& mine = managers[who];
  const auto last = mine.fields;
  const auto last_time = mine.time;
  mine = {.fields = subtract_trees(fields_of(change.after, change.type), change.ignored),
          .api_version = stamp.api_version,
          .time = stamp.time};
  const auto merged = merge(change.before, change.after, change.type);
  applied.document = prune(merged, managers, last, change.type);

  const auto comparison = compare_unless_ignored(change, applied.document);
  if (!force) applied.conflicts = conflicts_with(managers, comparison, who);
  if (!applied.conflicts.empty()) return applied;
  // Who changes nothing keeps the time of the last change, or has none. What the endpoint ignores
  // counts as a change too, and so does an empty list where there was none.
  if (applied.document == change.before) mine.time = last_time;
  take_from_others(managers, comparison, &who);
  if (auto found = managers.find(who); found != managers.end()) {
    found->second.fields = subtract(found->second.fields, nobodys());
  }
  drop_empty(managers);
  return applied;
}

}  // namespace kube::testing

#include <algorithm>
#include <string_view>
#include <utility>

#include "json/patch.hpp"
#include "kube/testing/answers.hpp"
#include "kube/testing/cluster.hpp"
#include "kube/testing/kind_rules.hpp"

namespace kube::testing {
namespace {

using json::Value;

std::string selector_text(const Object& object) {
  if (object.resource().kind != "ReplicaSet") {
    return std::string(object.at("status").at("selector").string_or(""));
  }
  std::string text;
  for (const auto& [key, value] : object.at("spec").at("selector").at("matchLabels").members()) {
    text += (text.empty() ? "" : ",") + key + "=" + std::string(value.string_or(""));
  }
  return text;
}

std::int64_t replicas_of(const Object& object) {
  const auto* replicas = json::resolve(object.document(), rules_of(object.resource()).replicas);
  return replicas ? replicas->int_or(0) : 0;
}

Value scale_of(const Object& object) {
  const auto& metadata = object.at("metadata");
  Value scale = Value::object({{"kind", "Scale"}, {"apiVersion", "autoscaling/v1"}});
  for (const auto* key : {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"}) {
    if (!metadata.at(key).is_null()) scale["metadata"][key] = metadata.at(key);
  }
  scale["spec"] = json::Object();
  if (replicas_of(object) != 0) scale["spec"]["replicas"] = replicas_of(object);
  scale["status"]["replicas"] = object.at("status").at("replicas").int_or(0);
  if (auto text = selector_text(object); !text.empty()) scale["status"]["selector"] = text;
  return scale;
}

/// The one place of a pointer, as a set.
FieldSet place_of(std::string_view pointer) {
  const auto slash = pointer.find('/', 1);
  const auto element = "f:" + std::string(pointer.substr(1, slash - 1));
  if (slash == std::string_view::npos) return {.members = {element}, .children = {}};
  return {.members = {}, .children = {{element, place_of(pointer.substr(slash))}}};
}

/// Who manages the number after a write through the subresource. A zero is left out of a Scale, so
/// it belongs to nobody; and where nobody managed the number before, nobody is recorded.
struct ScaleOwners {
  std::int64_t before, after;
  Manager who;
  FieldSet place;
  std::string api_version;

  Managers moved(Managers managers) const {
    const auto has = [this](const auto& entry) {
      return !intersect(entry.second.fields, place).empty();
    };
    if (std::ranges::none_of(managers, has)) return managers;
    Managers result;
    for (auto& [manager, managed] : managers) {
      const bool had = has(std::pair(manager, managed));
      const bool keeps = had && before == after;
      const bool is_apply = manager.operation == "Apply";
      if (had && !(keeps && is_apply)) managed.fields = subtract(managed.fields, place);
      if (!managed.fields.empty()) result[manager] = managed;
      if (keeps && !is_apply) add(result, manager);
    }
    if (before != after && after != 0) add(result, who);
    return result;
  }

 private:
  void add(Managers& result, Manager manager) const {
    manager.is_second = true;
    result[manager] = {.fields = place, .api_version = api_version, .time = ""};
  }
};

}  // namespace

Answer Cluster::update_scale(const Update& request) {
  const auto ref = request.object.ref();
  const auto live = store_.find(ref);
  if (!live) return base::fail(not_found(ref));
  return write_scale(*live, request.object.document(), request.field_manager, request.dry_run);
}

Answer Cluster::patch_scale(const Patch& request) {
  const auto live = store_.find(request.ref);
  if (!live) return base::fail(not_found(request.ref));
  TRY(const auto scale, patched(request, scale_of(*live)));
  return write_scale(*live, scale, request.field_manager, request.dry_run);
}

Answer Cluster::write_scale(const Object& live, const Value& scale, const std::string& manager,
                            bool dry_run) {
  const auto ref = live.ref();
  const auto& rules = rules_of(ref.resource);
  const auto replicas = scale.at("spec").at("replicas").int_or(0);
  const auto& metadata = scale.at("metadata");
  if (replicas < 0 && !rules.is_custom) {
    return base::fail(invalid(ref, "spec.replicas: Invalid value"));
  }
  if (const auto uid = metadata.at("uid").string_or(""); !uid.empty() && uid != live.uid().value) {
    return base::fail(conflict(ref, "Precondition failed: UID in precondition"));
  }
  Object next = live;
  const auto change =
      Value::array({Value::object({{"op", "add"}, {"path", rules.replicas}, {"value", replicas}})});
  TRY(next.document(), json::apply_patch(next.document(), change));
  if (const auto& version = metadata.at("resourceVersion"); !version.string_or("").empty()) {
    next["metadata"]["resourceVersion"] = version;
  }
  const Manager who{.operation = "Update", .name = manager, .subresource = "scale"};
  const ScaleOwners owners{.before = replicas_of(live),
                           .after = replicas,
                           .who = who,
                           .place = place_of(rules.replicas),
                           .api_version = ref.resource.api_version()};
  write_managers(next.document(), owners.moved(read_managers(live.document())));
  sort_fields(next.document());
  TRY(auto written,
      commit(live, std::move(next), {.manager = {"Update", manager, "scale"}, .dry_run = dry_run}));
  return scale_of(Object(ref.resource, std::move(written)));
}

}  // namespace kube::testing

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

Value scale_of(const Object& object) {
  const auto& metadata = object.at("metadata");
  Value scale = Value::object({{"kind", "Scale"}, {"apiVersion", "autoscaling/v1"}});
  for (const auto* key : {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"}) {
    if (!metadata.at(key).is_null()) scale["metadata"][key] = metadata.at(key);
  }
  const auto* replicas = json::resolve(object.document(), rules_of(object.resource()).replicas);
  scale["spec"] = json::Object();
  if (replicas && replicas->int_or(0) != 0) scale["spec"]["replicas"] = *replicas;
  scale["status"]["replicas"] = object.at("status").at("replicas").int_or(0);
  if (auto text = selector_text(object); !text.empty()) scale["status"]["selector"] = text;
  return scale;
}

/// A scale that names a version is refused when the object has another by now.
void take_version(Object& object, const Value& scale_metadata) {
  object["metadata"]["resourceVersion"] = scale_metadata.at("resourceVersion");
}

}  // namespace

Answer Cluster::update_scale(const Update& request) {
  const auto ref = request.object.ref();
  const auto live = store_.find(ref);
  if (!live) return base::fail(not_found(ref));
  const Origin origin{.manager = {"Update", request.field_manager, "scale"},
                      .dry_run = request.dry_run};
  return write_scale(*live, request.object.document(), origin);
}

Answer Cluster::patch_scale(const Patch& request) {
  const auto live = store_.find(request.ref);
  if (!live) return base::fail(not_found(request.ref));
  Patch onto_scale = request;
  TRY(const auto scale, patched(onto_scale, Object(request.ref.resource, scale_of(*live))));
  const Origin origin{.manager = {"Update", request.field_manager, "scale"},
                      .dry_run = request.dry_run,
                      .is_patch = true};
  return write_scale(*live, scale, origin);
}

Answer Cluster::write_scale(const Object& live, const Value& scale, const Origin& origin) {
  const auto ref = live.ref();
  const auto replicas = scale.at("spec").at("replicas").int_or(0);
  const auto& metadata = scale.at("metadata");
  if (replicas < 0) return base::fail(invalid(ref, "spec.replicas: must not be negative"));
  if (const auto uid = metadata.at("uid").string_or(""); !uid.empty() && uid != live.uid().value) {
    return base::fail(conflict(ref, "Precondition failed: UID in precondition"));
  }
  Object next = live;
  const auto pointer = rules_of(ref.resource).replicas;
  const auto change =
      Value::array({Value::object({{"op", "add"}, {"path", pointer}, {"value", replicas}})});
  TRY(next.document(), json::apply_patch(next.document(), change));
  take_version(next, metadata);
  record_change(live, next, origin);
  TRY(auto written, commit(live, std::move(next), origin));
  return scale_of(Object(ref.resource, std::move(written)));
}

}  // namespace kube::testing

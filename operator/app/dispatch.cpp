#include "operator/app/dispatch.hpp"

#include "operator/desired/item.hpp"
#include "operator/reconcile/targets.hpp"

namespace app {
namespace {

std::string key_of(const kube::Object& object) {
  return object.namespace_name() + "/" + object.name();
}

}  // namespace

std::set<std::string> concerned(const kube::Object& changed, const std::string& runtime_cluster_uid,
                                const kube::watch::Store& resources) {
  if (const auto owner = changed.annotation(desired::kOwnerAnnotation)) {
    const auto prefix = runtime_cluster_uid + "/";
    if (!owner->starts_with(prefix)) return {};  // another runtime cluster's
    return {owner->substr(prefix.size())};
  }
  const auto& kind = changed.resource();
  if (kind == kube::kinds::kPod)
    return {changed.namespace_name() + "/" + changed.label(desired::kNameLabel).value_or("")};
  std::set<std::string> keys;
  if (kind != kube::kinds::kSecret) return keys;
  for (const auto* object : resources.all()) {
    const bool is_beside = object->namespace_name() == changed.namespace_name();
    if (is_beside && reconcile::Targets::secrets_of(api::read(*object)).contains(changed.name()))
      keys.insert(key_of(*object));
  }
  return keys;
}

std::set<std::string> users_of(const std::string& target_id, const kube::watch::Store& resources) {
  std::set<std::string> keys;
  for (const auto* object : resources.all())
    if (reconcile::Targets::id_of(api::read(*object)) == target_id) keys.insert(key_of(*object));
  return keys;
}

kube::ClusterName named(const std::string& view) {
  static constexpr std::string_view kTarget = "target ";
  if (view.starts_with(kTarget)) return {"target", view.substr(kTarget.size())};
  return {view == "runtime" ? "runtime" : "target"};
}

}  // namespace app

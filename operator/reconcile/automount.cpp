#include "operator/reconcile/automount.hpp"

#include <algorithm>

#include "operator/reconcile/observe.hpp"

namespace reconcile {
namespace {

using json::Value;
using plan::Automount;
constexpr std::string_view kPath = "/var/run/secrets/kubernetes.io/serviceaccount";

const Value* volume_of(const Value& spec, std::string_view name) {
  const auto& volumes = spec.at("volumes").items();
  const auto found = std::ranges::find_if(
      volumes, [&](const Value& volume) { return volume.at("name").string_or("") == name; });
  return found == volumes.end() ? nullptr : &*found;
}

/// A projected token is bound to its Pod and expires; any other file there is somebody's copy.
Automount judge(const Value* volume) {
  if (!volume) return Automount::endless;
  const auto& sources = volume->at("projected").at("sources").items();
  const bool is_bound = std::ranges::any_of(sources, [](const Value& source) {
    return source.at("serviceAccountToken").at("expirationSeconds").int_or(0) > 0;
  });
  return is_bound ? Automount::bound : Automount::endless;
}

}  // namespace

std::optional<Automount> automount_of(const kube::Object& pod) {
  std::optional<Automount> worst;
  for (const auto& container : pod.at("spec").at("containers").items())
    for (const auto& mount : container.at("volumeMounts").items()) {
      if (mount.at("mountPath").string_or("") != kPath) continue;
      const auto one = judge(volume_of(pod.at("spec"), mount.at("name").string_or("")));
      worst = std::max(worst.value_or(one), one);
    }
  return worst;
}

kube::Task<base::Result<std::optional<Automount>>> read_automount(
    kube::Api& runtime, std::shared_ptr<const plan::Snapshot> seen) {
  kube::List list{.resource = kube::kinds::kPod,
                  .namespace_name = seen->resource.namespace_name(),
                  .label_selector = std::string(desired::kNameLabel) + "=" + seen->resource.name()};
  auto answer = co_await kube::list_all(runtime, std::move(list));
  CO_TRY(const auto page, std::move(answer));
  std::optional<Automount> worst;
  for (const auto& pod : page.items) {
    if (!is_pod_of(pod, *seen) || pod.is_being_deleted()) continue;
    if (const auto one = automount_of(pod)) worst = std::max(worst.value_or(*one), *one);
  }
  co_return worst;
}

}  // namespace reconcile

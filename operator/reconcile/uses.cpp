#include "operator/reconcile/uses.hpp"

#include <algorithm>
#include <set>

#include "operator/reconcile/targets.hpp"

namespace reconcile {

std::vector<kube::Object> named_secrets(const ClusterView& runtime,
                                        const api::AdmissionDeployment& resource) {
  std::vector<kube::Object> there;
  for (const auto& name : Targets::secrets_of(resource)) {
    auto found = runtime.find_named({kube::kinds::kSecret, resource.namespace_name(), name});
    if (found) there.push_back(*std::move(found));
  }
  return there;
}

kube::Task<base::Result<std::vector<kube::Object>>> unused_secrets(
    kube::Api& runtime, const kube::watch::Store& resources, std::string space,
    std::string leaving) {
  kube::List list{.resource = kube::kinds::kSecret, .namespace_name = space, .metadata_only = true};
  auto answer = co_await kube::list_all(runtime, std::move(list));
  CO_TRY(auto page, std::move(answer));
  std::set<std::string> used;
  for (const auto* object : resources.all())
    if (object->namespace_name() == space && object->name() != leaving)
      used.merge(Targets::secrets_of(api::read(*object)));
  std::erase_if(page.items, [&](const kube::Object& secret) {
    return !plan::is_held(secret) || used.contains(secret.name());
  });
  co_return std::move(page.items);
}

kube::Task<base::Result<bool>> hold_secret(kube::Api& runtime, kube::Object secret, bool held) {
  json::Array finalizers;
  for (const auto& one : secret.finalizers())
    if (one != desired::kInUseFinalizer) finalizers.emplace_back(one);
  if (held) finalizers.emplace_back(desired::kInUseFinalizer);
  kube::Patch request{.ref = secret.ref(), .field_manager = "portcullis"};
  request.body["metadata"] =
      json::Value::object({{"uid", secret.uid().value},
                           {"resourceVersion", secret.resource_version().value},
                           {"finalizers", std::move(finalizers)}});
  auto patched = co_await kube::patch(runtime, std::move(request));
  if (patched) co_return true;
  const auto& error = patched.error();
  const bool is_other =
      error.is(base::Error::Kind::not_found) || error.is(base::Error::Kind::conflict);
  if (is_other && held) co_return false;
  if (error.is(base::Error::Kind::not_found)) co_return false;
  co_return base::fail(error);
}

}  // namespace reconcile

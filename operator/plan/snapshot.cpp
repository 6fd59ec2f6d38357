#include "operator/plan/snapshot.hpp"

#include <algorithm>

namespace plan {

std::optional<credentials::Delivered> Snapshot::delivered() const {
  if (resource.issues_tokens()) return token.delivered;
  if (resource.issues_certificates()) return certificate.delivered;
  return resource.followed() ? copied.delivered : std::nullopt;
}

bool is_held(const kube::Object& secret) {
  const auto finalizers = secret.finalizers();
  return std::ranges::find(finalizers, desired::kInUseFinalizer) != finalizers.end();
}

desired::Inputs Snapshot::inputs() const {
  desired::Inputs inputs{resource, runtime_cluster_uid, operator_namespace};
  const auto held = resource.restarts() ? delivered() : std::nullopt;
  if (held) inputs.credential_mark = std::to_string(held->generation) + "-" + held->inputs;
  return inputs;
}

}  // namespace plan

#include "kube/testing/kind_rules.hpp"

#include <algorithm>

namespace kube::testing {

const KindRules& rules_of(const Resource& resource) {
  static const std::vector<KindRules> kRules = {
      {.kind = "Namespace", .returns_deleted = true, .has_status = true},
      {.kind = "Secret"},
      {.kind = "Service", .create_on_update = true, .returns_deleted = true, .has_status = true},
      {.kind = "ServiceAccount", .returns_deleted = true},
      {.kind = "Pod", .returns_deleted = true, .generation = {"spec"}, .has_status = true},
      {.kind = "ConfigMap"},
      {.kind = "Event", .create_on_update = true},
      {.kind = "ReplicaSet",
       .generation = {"spec"},
       .has_status = true,
       .replicas = "/spec/replicas"},
      {.kind = "ControllerRevision"},
      {.kind = "Role", .create_on_update = true},
      {.kind = "RoleBinding", .create_on_update = true},
      {.kind = "ClusterRole", .create_on_update = true},
      {.kind = "ClusterRoleBinding", .create_on_update = true},
      {.kind = "Lease", .unconditional_update = false, .create_on_update = true},
      {.kind = "PodDisruptionBudget",
       .unconditional_update = false,
       .generation = {"spec"},
       .has_status = true},
      {.kind = "ValidatingWebhookConfiguration",
       .unconditional_update = false,
       .generation = {"webhooks"}},
      {.kind = "MutatingWebhookConfiguration",
       .unconditional_update = false,
       .generation = {"webhooks"}},
      {.kind = "CertificateSigningRequest", .has_status = true, .has_approval = true},
      {.kind = "AdmissionDeployment",
       .unconditional_update = false,
       .generation = {"spec"},
       .has_status = true,
       .is_custom = true,
       .replicas = "/spec/workload/replicas"},
  };
  static const KindRules kCustom{
      .kind = "", .unconditional_update = false, .generation = {"spec"}, .is_custom = true};
  const auto found = std::ranges::find(kRules, resource.kind, &KindRules::kind);
  return found == kRules.end() ? kCustom : *found;
}

}  // namespace kube::testing

#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace kube {

/// A kind as the API server serves it. Small and copied freely.
struct Resource {
  std::string group;  ///< "" for the core group
  std::string version;
  std::string plural;
  std::string kind;
  bool namespaced = true;

  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
  /// "secrets", "clusterroles.rbac.authorization.k8s.io": for people and metric labels.
  std::string name() const { return group.empty() ? plural : plural + "." + group; }
  auto operator<=>(const Resource&) const = default;
};

/// The kinds this project reads or writes.
namespace kinds {
extern const Resource kNamespace, kSecret, kService, kServiceAccount, kPod, kEvent, kConfigMap;
extern const Resource kReplicaSet, kDeployment, kControllerRevision;
extern const Resource kRole, kRoleBinding, kClusterRole, kClusterRoleBinding;
extern const Resource kLease, kPodDisruptionBudget, kEndpointSlice;
extern const Resource kValidatingWebhookConfiguration, kMutatingWebhookConfiguration;
extern const Resource kCertificateSigningRequest, kCustomResourceDefinition;
extern const Resource kSelfSubjectReview, kSelfSubjectAccessReview;
extern const Resource kVerticalPodAutoscaler;
extern const Resource kAdmissionDeployment;
}  // namespace kinds

/// One of the above, as an inventory or an ownerReference names it; nullopt: none of ours.
std::optional<Resource> known_kind(std::string_view group, std::string_view kind);

}  // namespace kube

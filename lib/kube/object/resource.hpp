#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace kube {

/// A kind as the API server serves it. Small and copied freely.
struct Resource {
  std::string group;    ///< "" for the core group
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
extern const Resource kAdmissionDeployment;
}  // namespace kinds

}  // namespace kube

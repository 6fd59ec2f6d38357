#include "kube/object/resource.hpp"

#include <array>

namespace kube {
namespace kinds {

// Other files' constants are made from these, so they have to be there first, in whatever order the
// linker put the files.
#define KUBE_KIND [[gnu::init_priority(101)]] const Resource

KUBE_KIND kNamespace{"", "v1", "namespaces", "Namespace", false};
KUBE_KIND kSecret{"", "v1", "secrets", "Secret"};
KUBE_KIND kService{"", "v1", "services", "Service"};
KUBE_KIND kServiceAccount{"", "v1", "serviceaccounts", "ServiceAccount"};
KUBE_KIND kPod{"", "v1", "pods", "Pod"};
KUBE_KIND kEvent{"", "v1", "events", "Event"};
KUBE_KIND kConfigMap{"", "v1", "configmaps", "ConfigMap"};

KUBE_KIND kReplicaSet{"apps", "v1", "replicasets", "ReplicaSet"};
KUBE_KIND kDeployment{"apps", "v1", "deployments", "Deployment"};
KUBE_KIND kControllerRevision{"apps", "v1", "controllerrevisions", "ControllerRevision"};

KUBE_KIND kRole{"rbac.authorization.k8s.io", "v1", "roles", "Role"};
KUBE_KIND kRoleBinding{"rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"};
KUBE_KIND kClusterRole{"rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false};
KUBE_KIND kClusterRoleBinding{"rbac.authorization.k8s.io", "v1", "clusterrolebindings",
                              "ClusterRoleBinding", false};

KUBE_KIND kLease{"coordination.k8s.io", "v1", "leases", "Lease"};
KUBE_KIND kPodDisruptionBudget{"policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"};
KUBE_KIND kEndpointSlice{"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"};

KUBE_KIND kValidatingWebhookConfiguration{"admissionregistration.k8s.io", "v1",
                                          "validatingwebhookconfigurations",
                                          "ValidatingWebhookConfiguration", false};
KUBE_KIND kMutatingWebhookConfiguration{"admissionregistration.k8s.io", "v1",
                                        "mutatingwebhookconfigurations",
                                        "MutatingWebhookConfiguration", false};

KUBE_KIND kCertificateSigningRequest{"certificates.k8s.io", "v1", "certificatesigningrequests",
                                     "CertificateSigningRequest", false};
KUBE_KIND kCustomResourceDefinition{"apiextensions.k8s.io", "v1", "customresourcedefinitions",
                                    "CustomResourceDefinition", false};

KUBE_KIND kSelfSubjectReview{"authentication.k8s.io", "v1", "selfsubjectreviews",
                             "SelfSubjectReview", false};
KUBE_KIND kSelfSubjectAccessReview{"authorization.k8s.io", "v1", "selfsubjectaccessreviews",
                                   "SelfSubjectAccessReview", false};

KUBE_KIND kVerticalPodAutoscaler{"autoscaling.k8s.io", "v1", "verticalpodautoscalers",
                                 "VerticalPodAutoscaler"};
KUBE_KIND kAdmissionDeployment{"admission.portcullis.dev", "v1alpha1", "admissiondeployments",
                               "AdmissionDeployment"};

#undef KUBE_KIND

}  // namespace kinds

std::optional<Resource> known_kind(std::string_view group, std::string_view kind) {
  static const std::array all{
      &kinds::kNamespace,
      &kinds::kSecret,
      &kinds::kService,
      &kinds::kServiceAccount,
      &kinds::kPod,
      &kinds::kEvent,
      &kinds::kConfigMap,
      &kinds::kReplicaSet,
      &kinds::kDeployment,
      &kinds::kControllerRevision,
      &kinds::kRole,
      &kinds::kRoleBinding,
      &kinds::kClusterRole,
      &kinds::kClusterRoleBinding,
      &kinds::kLease,
      &kinds::kPodDisruptionBudget,
      &kinds::kEndpointSlice,
      &kinds::kValidatingWebhookConfiguration,
      &kinds::kMutatingWebhookConfiguration,
      &kinds::kCertificateSigningRequest,
      &kinds::kCustomResourceDefinition,
      &kinds::kSelfSubjectReview,
      &kinds::kSelfSubjectAccessReview,
      &kinds::kVerticalPodAutoscaler,
      &kinds::kAdmissionDeployment,
  };
  for (const auto* known : all)
    if (known->group == group && known->kind == kind) return *known;
  return std::nullopt;
}

}  // namespace kube

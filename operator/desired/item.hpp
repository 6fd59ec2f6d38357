#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "kube/object/object.hpp"
#include "operator/api/admission_deployment.hpp"

namespace desired {

enum class Cluster { runtime, target };
std::string_view to_string(Cluster cluster);

/// Order of applying; deleting goes backwards. Webhook configurations are applied last and removed
/// first.
enum class Stage {
  target_namespace,
  target_rights,
  target_identity,
  runtime_identity,  ///< ServiceAccount, Role, Service: what Pods and certificates need to exist
  credential,
  serving,
  replicas,
  webhooks,
};

/// One object that should exist, where, when, and in whose name it is applied.
struct Item {
  Stage stage;
  Cluster cluster;
  kube::Object object;
  std::string manager;     ///< field manager: one for each purpose
  bool if_absent = false;  ///< made where there is none; one that others made is left as it is
};

inline constexpr std::string_view kOwnerLabel = "admission.portcullis.dev/owner-uid";
inline constexpr std::string_view kPurposeLabel = "admission.portcullis.dev/purpose";
inline constexpr std::string_view kRevisionLabel = "admission.portcullis.dev/revision";
inline constexpr std::string_view kNameLabel = "admission.portcullis.dev/name";
inline constexpr std::string_view kSideLabel = "admission.portcullis.dev/side";
inline constexpr std::string_view kIssuedAnnotation = "admission.portcullis.dev/issued-at";
inline constexpr std::string_view kOwnerAnnotation = "admission.portcullis.dev/owner";
inline constexpr std::string_view kGenerationAnnotation = "admission.portcullis.dev/generation";
inline constexpr std::string_view kInputsAnnotation = "admission.portcullis.dev/inputs";
inline constexpr std::string_view kCreatedAnnotation = "admission.portcullis.dev/created";
inline constexpr std::string_view kRotateAnnotation = "admission.portcullis.dev/rotate";
inline constexpr std::string_view kRotationAnnotation = "admission.portcullis.dev/rotation";
inline constexpr std::string_view kUserAnnotation = "admission.portcullis.dev/user";
inline constexpr std::string_view kFormerUserAnnotation = "admission.portcullis.dev/former-user";
inline constexpr std::string_view kFormerEndAnnotation =
    "admission.portcullis.dev/former-not-after";
inline constexpr std::string_view kGrantedAnnotation = "admission.portcullis.dev/granted-at";
inline constexpr std::string_view kFinalizer = "admission.portcullis.dev/finalizer";
/// Field managers, one for each purpose.
inline constexpr auto kIdentityManager = "portcullis-identity";
inline constexpr auto kWorkloadManager = "portcullis-workload";
inline constexpr auto kWebhooksManager = "portcullis-webhooks";
/// On Secrets of others, while a resource names them.
inline constexpr std::string_view kInUseFinalizer = "admission.portcullis.dev/in-use";

/// What rendering needs beside the resource.
struct Inputs {
  const api::AdmissionDeployment& resource;
  std::string runtime_cluster_uid;
  std::string operator_namespace{};  ///< where the operator's own Pods and Lease are
  std::string credential_mark = {};  ///< delivery.reload Restart: another one, other replicas
};

/// Names of everything that is made for one resource.
struct Names {
  std::string base;          ///< in the runtime namespace: ServiceAccount
  std::string runtime_role;  ///< its Role and RoleBinding there; never the name of `cluster_role`,
                             ///< whose Role may be in the same namespace
  std::string service;
  std::string credential;       ///< Secret with kubeconfig, ca.crt, and token or certificate
  std::string pending_key;      ///< Secret with the key that a certificate is asked for with
  std::string access;           ///< Secret with kubeconfig and ca.crt, for a token of the kubelet's
  std::string serving;          ///< Secret with tls.crt, tls.key
  std::string serving_ca;       ///< Secret with ca.crt, ca.key, bundle.crt
  std::string service_account;  ///< in the target (InCluster: in the runtime namespace)
  std::string cluster_role;     ///< and its binding, and roles in granted namespaces
  std::string webhooks;         ///< both configurations
  std::string global;           ///< what else is cluster-wide in the target begins so
  std::string generation(
      std::int64_t number) const;  ///< anchor Secret of a credential in the target
  std::string signing_request(std::int64_t number) const;  ///< cluster-wide in the target
};
Names names(const Inputs& inputs);

/// The number in an anchor Secret's name; nullopt for every other name.
std::optional<std::int64_t> generation_of(std::string_view name);

/// Value of kOwnerAnnotation: <runtime cluster's UID>/<namespace>/<name>. Survives the resource's
/// re-creation.
std::string owner(const Inputs& inputs);
/// Labels and annotations that say whose an object is.
void mark(kube::Object& object, const Inputs& inputs);
/// mark()ed object of `resource` kind. It says which side it was made for: one cluster may be both,
/// and then every cache shows both sides' objects.
kube::Object owned(const Inputs& inputs, Cluster cluster, const kube::Resource& kind,
                   std::string_view namespace_name, std::string_view name);

/// Labels that select the Pods of a resource.
json::Value pod_labels(const api::AdmissionDeployment& resource);

}  // namespace desired

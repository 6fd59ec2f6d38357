#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/field_path.hpp"
#include "base/result.hpp"
#include "json/value.hpp"
#include "kube/object/object.hpp"

// AdmissionDeployment v1alpha1 as crds/admission.portcullis.dev_admissiondeployments.yaml defines
// it: defaults, bounds and most rules are the schema's. Parts that are handed on as they are
// (rules, selectors, parts of the Pod) stay json::Value.
namespace api {

struct SecretKeyRef {
  std::string name;
  std::string key;
};

struct Access {
  std::string type;  ///< Bootstrap, Kubeconfig, TokenRequestor
  SecretKeyRef secret_ref;
  std::optional<SecretKeyRef> token_secret_ref;
};

struct WorkloadEndpoint {
  std::string server, ca_bundle, tls_server_name;
};

struct Target {
  std::string type;  ///< Runtime, Remote, Unmanaged
  std::optional<Access> access;
  std::string namespace_name;
  WorkloadEndpoint workload_endpoint;
};

struct ServiceAccountToken {
  std::string service_account_name;
  std::int64_t expiration_seconds = 86'400;
  std::vector<std::string> audiences;
};

/// The kubelet asks for it and keeps it fresh in the Pods.
struct ProjectedToken {
  std::int64_t expiration_seconds = 43'200;
  std::string audience;  ///< empty: the API server's own
};

/// A user of the target, by certificates of its CSR API, or by a kubernetes.io/tls Secret.
struct ClientCertificate {
  std::string user_name;
  std::vector<std::string> groups;
  std::int64_t expiration_seconds = 86'400;
  std::string approval = "Operator";       ///< Operator, External
  std::optional<SecretKeyRef> secret_ref;  ///< kept by others
};

/// A token of the runtime cluster, which the target maps to a user.
struct FederatedToken {
  std::string audience, user_name;
  std::vector<std::string> groups;
  std::int64_t expiration_seconds = 3'600;
};

/// A kubeconfig kept by others.
struct Provided {
  SecretKeyRef secret_ref;
};

struct Rotation {
  int renew_after_percent = 50;
  std::string overlap = "15m", confirm_timeout = "10m";
};

struct Delivery {
  std::string mount_path = "/var/run/secrets/portcullis";
  std::string env = "KUBECONFIG";
  std::string reload = "File";
};

struct Credentials {
  std::string type;
  ServiceAccountToken service_account_token;
  ProjectedToken projected_token;
  ClientCertificate client_certificate;
  FederatedToken federated_token;
  Provided provided;
  Rotation rotation;
  Delivery delivery;
};

struct NamespacedRules {
  std::string namespace_name;
  json::Value rules;
};

struct NamespacedReference {
  std::string namespace_name;
  std::vector<std::string> cluster_roles;
};

/// Existing ClusterRoles.
struct References {
  std::vector<std::string> cluster_roles;
  std::vector<NamespacedReference> roles;
};

struct Permissions {
  std::string type = "Inline";  ///< Inline, References, External
  std::string cluster_role_name;
  json::Value cluster_rules;
  std::vector<NamespacedRules> roles;
  References references;
};

struct Ports {
  int webhook = 10250, metrics = 8080, health = 8081;
};

struct HealthPaths {
  std::string liveness = "/healthz", readiness = "/readyz";
};

struct Workload {
  std::string type = "Managed";
  std::string image, image_pull_policy;
  json::Value image_pull_secrets;
  int replicas = 2;
  std::vector<std::string> args;
  Ports ports;
  HealthPaths health_paths;
  json::Value resources;
  json::Value pod_template;
  std::optional<json::Value> vertical_pod_autoscaler;
  json::Value runtime_rules;
};

struct Service {
  std::string name;
  int port = 443;
  std::map<std::string, std::string> labels, annotations;
  std::string traffic_distribution;
};

struct ServingOperator {
  std::string ca_validity = "2160h", leaf_validity = "336h", soak = "24h";
  std::vector<std::string> dns_names, ip_addresses;
};

struct Serving {
  std::string type = "Operator";
  std::string mount_path = "/var/run/secrets/portcullis-tls";
  ServingOperator by_operator;
};

struct WebhooksMetadata {
  std::string name;
  std::map<std::string, std::string> labels, annotations;
};

struct WebhookUrl {
  std::string host = "DNS";
};

struct ClientConfig {
  std::string type;  ///< URL, Service; empty: by the target's type
  WebhookUrl url;
};

struct Webhooks {
  std::string type = "Operator";
  WebhooksMetadata metadata;
  ClientConfig client_config;
  std::vector<json::Value> validating, mutating;
};

struct Strategy {
  std::string type = "Canary";
  bool paused = false;
  json::Value canary;
  std::vector<json::Value> probes;
};

struct Spec {
  bool suspend = false;
  std::string interval = "10m";
  int revision_history_limit = 10;
  int progress_deadline_seconds = 600;
  std::string deletion_policy = "Delete";
  std::string force_after;
  std::string adoption_policy = "IfUnowned";
  Target target;
  Credentials credentials;
  Permissions permissions;
  Workload workload;
  Service service;
  Serving serving;
  Webhooks webhooks;
  Strategy strategy;
};

/// One resource as read from the cluster. `problems` holds what could not be decoded (a resource
/// stored under an older schema); a resource with problems is never acted on.
struct AdmissionDeployment {
  kube::Object object;
  Spec spec;
  std::vector<base::Problem> problems;

  std::string name() const { return object.name(); }
  std::string namespace_name() const { return object.namespace_name(); }
  kube::Uid uid() const { return object.uid(); }
  bool is_unmanaged() const { return spec.target.type == "Unmanaged"; }
  bool is_remote() const { return spec.target.type == "Remote"; }
  /// Whether the operator asks the target for the replicas' credential.
  bool issues_tokens() const { return spec.credentials.type == "ServiceAccountToken"; }
  /// Whether replicas get a kubeconfig of ours with a token of the kubelet's.
  bool projects_token() const {
    return spec.credentials.type == "ProjectedToken" || is_federated();
  }
  bool is_federated() const { return spec.credentials.type == "FederatedToken"; }
  bool has_certificate() const { return spec.credentials.type == "ClientCertificate"; }
  /// Whether the operator asks the target for the replicas' certificates.
  bool issues_certificates() const {
    return has_certificate() && !spec.credentials.client_certificate.secret_ref;
  }
  bool restarts() const { return spec.credentials.delivery.reload == "Restart"; }
  /// The user of the target that today's credential is for, where the resource names one.
  std::string named_user() const;
  /// The Secret of others that the replicas' credential is a copy of.
  std::optional<SecretKeyRef> followed() const;
  /// Namespace of what is made in the target: target.namespace, else the resource's own.
  std::string target_namespace() const;
};

AdmissionDeployment read(kube::Object object);

/// What the schema allows and this version does not do yet; refused before anything is written,
/// each with the field and what would be accepted instead. Empty: all of it is supported.
std::vector<base::Problem> unsupported(const AdmissionDeployment& resource);

/// Durations of the spec; the schema has checked their form. A wrong one gives `fallback`.
std::chrono::milliseconds duration_or(const std::string& text, std::chrono::milliseconds fallback);

}  // namespace api

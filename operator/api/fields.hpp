#pragma once

#include "json/codec.hpp"
#include "operator/api/admission_deployment.hpp"

// The member names of AdmissionDeployment's spec, each named once. Optional everywhere: the schema
// has said what is required.
namespace json {

template <>
struct Fields<api::SecretKeyRef> {
  using T = api::SecretKeyRef;
  static constexpr auto list = std::tuple{req("name", &T::name), opt("key", &T::key)};
};
template <>
struct Fields<api::Access> {
  using T = api::Access;
  static constexpr auto list = std::tuple{req("type", &T::type), req("secretRef", &T::secret_ref),
                                          opt("tokenSecretRef", &T::token_secret_ref)};
};
template <>
struct Fields<api::WorkloadEndpoint> {
  using T = api::WorkloadEndpoint;
  static constexpr auto list = std::tuple{opt("server", &T::server), opt("caBundle", &T::ca_bundle),
                                          opt("tlsServerName", &T::tls_server_name)};
};
template <>
struct Fields<api::Target> {
  using T = api::Target;
  static constexpr auto list = std::tuple{req("type", &T::type), opt("access", &T::access),
                                          opt("namespace", &T::namespace_name),
                                          opt("workloadEndpoint", &T::workload_endpoint)};
};
template <>
struct Fields<api::ServiceAccountToken> {
  using T = api::ServiceAccountToken;
  static constexpr auto list =
      std::tuple{opt("serviceAccountName", &T::service_account_name),
                 opt("expirationSeconds", &T::expiration_seconds), opt("audiences", &T::audiences)};
};
template <>
struct Fields<api::ProjectedToken> {
  using T = api::ProjectedToken;
  static constexpr auto list =
      std::tuple{opt("expirationSeconds", &T::expiration_seconds), opt("audience", &T::audience)};
};
template <>
struct Fields<api::ClientCertificate> {
  using T = api::ClientCertificate;
  static constexpr auto list =
      std::tuple{req("userName", &T::user_name), opt("groups", &T::groups),
                 opt("expirationSeconds", &T::expiration_seconds), opt("approval", &T::approval),
                 opt("secretRef", &T::secret_ref)};
};
template <>
struct Fields<api::FederatedToken> {
  using T = api::FederatedToken;
  static constexpr auto list =
      std::tuple{req("audience", &T::audience), req("userName", &T::user_name),
                 opt("groups", &T::groups), opt("expirationSeconds", &T::expiration_seconds)};
};
template <>
struct Fields<api::Provided> {
  using T = api::Provided;
  static constexpr auto list = std::tuple{req("secretRef", &T::secret_ref)};
};
template <>
struct Fields<api::Rotation> {
  using T = api::Rotation;
  static constexpr auto list =
      std::tuple{opt("renewAfterPercent", &T::renew_after_percent), opt("overlap", &T::overlap),
                 opt("confirmTimeout", &T::confirm_timeout)};
};
template <>
struct Fields<api::Delivery> {
  using T = api::Delivery;
  static constexpr auto list =
      std::tuple{opt("mountPath", &T::mount_path), opt("env", &T::env), opt("reload", &T::reload)};
};
template <>
struct Fields<api::Credentials> {
  using T = api::Credentials;
  static constexpr auto list = std::tuple{req("type", &T::type),
                                          opt("serviceAccountToken", &T::service_account_token),
                                          opt("projectedToken", &T::projected_token),
                                          opt("clientCertificate", &T::client_certificate),
                                          opt("federatedToken", &T::federated_token),
                                          opt("provided", &T::provided),
                                          opt("rotation", &T::rotation),
                                          opt("delivery", &T::delivery)};
};
template <>
struct Fields<api::NamespacedRules> {
  using T = api::NamespacedRules;
  static constexpr auto list =
      std::tuple{req("namespace", &T::namespace_name), req("rules", &T::rules)};
};
template <>
struct Fields<api::NamespacedReference> {
  using T = api::NamespacedReference;
  static constexpr auto list =
      std::tuple{req("namespace", &T::namespace_name), req("clusterRoles", &T::cluster_roles)};
};
template <>
struct Fields<api::References> {
  using T = api::References;
  static constexpr auto list =
      std::tuple{opt("clusterRoles", &T::cluster_roles), opt("roles", &T::roles)};
};
template <>
struct Fields<api::Permissions> {
  using T = api::Permissions;
  static constexpr auto list =
      std::tuple{opt("type", &T::type), opt("clusterRoleName", &T::cluster_role_name),
                 opt("clusterRules", &T::cluster_rules), opt("roles", &T::roles),
                 opt("references", &T::references)};
};
template <>
struct Fields<api::Ports> {
  using T = api::Ports;
  static constexpr auto list = std::tuple{opt("webhook", &T::webhook), opt("metrics", &T::metrics),
                                          opt("health", &T::health)};
};
template <>
struct Fields<api::HealthPaths> {
  using T = api::HealthPaths;
  static constexpr auto list =
      std::tuple{opt("liveness", &T::liveness), opt("readiness", &T::readiness)};
};
template <>
struct Fields<api::Workload> {
  using T = api::Workload;
  static constexpr auto list = std::tuple{opt("type", &T::type),
                                          opt("image", &T::image),
                                          opt("imagePullPolicy", &T::image_pull_policy),
                                          opt("imagePullSecrets", &T::image_pull_secrets),
                                          opt("replicas", &T::replicas),
                                          opt("args", &T::args),
                                          opt("ports", &T::ports),
                                          opt("healthPaths", &T::health_paths),
                                          opt("resources", &T::resources),
                                          opt("podTemplate", &T::pod_template),
                                          opt("verticalPodAutoscaler", &T::vertical_pod_autoscaler),
                                          opt("runtimeRules", &T::runtime_rules)};
};
template <>
struct Fields<api::Service> {
  using T = api::Service;
  static constexpr auto list = std::tuple{
      opt("name", &T::name), opt("port", &T::port), opt("labels", &T::labels),
      opt("annotations", &T::annotations), opt("trafficDistribution", &T::traffic_distribution)};
};
template <>
struct Fields<api::ServingOperator> {
  using T = api::ServingOperator;
  static constexpr auto list = std::tuple{
      opt("caValidity", &T::ca_validity), opt("leafValidity", &T::leaf_validity),
      opt("soak", &T::soak), opt("dnsNames", &T::dns_names), opt("ipAddresses", &T::ip_addresses)};
};
template <>
struct Fields<api::Serving> {
  using T = api::Serving;
  static constexpr auto list = std::tuple{opt("type", &T::type), opt("mountPath", &T::mount_path),
                                          opt("operator", &T::by_operator)};
};
template <>
struct Fields<api::WebhooksMetadata> {
  using T = api::WebhooksMetadata;
  static constexpr auto list = std::tuple{opt("name", &T::name), opt("labels", &T::labels),
                                          opt("annotations", &T::annotations)};
};
template <>
struct Fields<api::WebhookUrl> {
  using T = api::WebhookUrl;
  static constexpr auto list = std::tuple{opt("host", &T::host)};
};
template <>
struct Fields<api::ClientConfig> {
  using T = api::ClientConfig;
  static constexpr auto list = std::tuple{opt("type", &T::type), opt("url", &T::url)};
};
template <>
struct Fields<api::Webhooks> {
  using T = api::Webhooks;
  static constexpr auto list = std::tuple{
      opt("type", &T::type), opt("metadata", &T::metadata), opt("clientConfig", &T::client_config),
      opt("validating", &T::validating), opt("mutating", &T::mutating)};
};
template <>
struct Fields<api::Strategy> {
  using T = api::Strategy;
  static constexpr auto list = std::tuple{opt("type", &T::type), opt("paused", &T::paused),
                                          opt("canary", &T::canary), opt("probes", &T::probes)};
};
template <>
struct Fields<api::Spec> {
  using T = api::Spec;
  static constexpr auto list =
      std::tuple{opt("suspend", &T::suspend),
                 opt("interval", &T::interval),
                 opt("revisionHistoryLimit", &T::revision_history_limit),
                 opt("progressDeadlineSeconds", &T::progress_deadline_seconds),
                 opt("deletionPolicy", &T::deletion_policy),
                 opt("forceAfter", &T::force_after),
                 opt("adoptionPolicy", &T::adoption_policy),
                 req("target", &T::target),
                 req("credentials", &T::credentials),
                 opt("permissions", &T::permissions),
                 req("workload", &T::workload),
                 opt("service", &T::service),
                 opt("serving", &T::serving),
                 opt("webhooks", &T::webhooks),
                 opt("strategy", &T::strategy)};
};

}  // namespace json

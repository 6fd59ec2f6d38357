#include "operator/desired/item.hpp"

#include <charconv>

namespace desired {
namespace {

constexpr std::string_view kGeneration = "-credential-g";

std::string or_else(const std::string& given, const std::string& fallback) {
  return given.empty() ? fallback : given;
}

/// One for each form of credential: replicas of the form before keep theirs until they are gone.
std::string credential_suffix(const api::AdmissionDeployment& resource) {
  if (resource.has_certificate()) return "-certificate";
  return resource.spec.credentials.type == "Provided" ? "-provided" : "-kubeconfig";
}

}  // namespace

std::string_view to_string(Cluster cluster) {
  return cluster == Cluster::runtime ? "runtime" : "target";
}

std::string Names::generation(std::int64_t number) const {
  // The account is one resource's alone in its namespace: so are names that begin with its name.
  return service_account + std::string(kGeneration) + std::to_string(number);
}

std::optional<std::int64_t> generation_of(std::string_view name) {
  const auto at = name.rfind(kGeneration);
  if (at == std::string_view::npos) return std::nullopt;
  const auto digits = name.substr(at + kGeneration.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
  if (error != std::errc() || end != digits.end()) return std::nullopt;
  return number;
}

std::string Names::signing_request(std::int64_t number) const {
  return global + "-g" + std::to_string(number);
}

Names names(const Inputs& inputs) {
  const auto& resource = inputs.resource;
  const auto name = resource.name();
  // One target may serve resources of several runtime clusters: five characters tell them apart.
  const auto global =
      resource.namespace_name() + "-" + name + "-" + inputs.runtime_cluster_uid.substr(0, 5);
  const auto role = or_else(resource.spec.permissions.cluster_role_name, global);
  const auto beside = role == name ? name + "-runtime" : name;
  return {.base = name,
          .runtime_role = beside,
          .service = or_else(resource.spec.service.name, name),
          .credential = name + credential_suffix(resource),
          .pending_key = name + "-certificate-key",
          .access = name + "-access",
          .serving = name + "-serving",
          .serving_ca = name + "-serving-ca",
          .service_account =
              or_else(resource.spec.credentials.service_account_token.service_account_name, name),
          .cluster_role = role,
          .webhooks = or_else(resource.spec.webhooks.metadata.name, global),
          .global = global};
}

std::string owner(const Inputs& inputs) {
  return inputs.runtime_cluster_uid + "/" + inputs.resource.namespace_name() + "/" +
         inputs.resource.name();
}

void mark(kube::Object& object, const Inputs& inputs) {
  object.set_label("app.kubernetes.io/managed-by", "portcullis");
  object.set_label(kNameLabel, inputs.resource.name());
  object.set_label(kOwnerLabel, inputs.resource.uid().value);
  object.set_annotation(kOwnerAnnotation, owner(inputs));
}

kube::Object owned(const Inputs& inputs, Cluster cluster, const kube::Resource& kind,
                   std::string_view namespace_name, std::string_view name) {
  auto object = kube::Object::make(kind, namespace_name, name);
  mark(object, inputs);
  object.set_label(kSideLabel, to_string(cluster));
  return object;
}

json::Value pod_labels(const api::AdmissionDeployment& resource) {
  return json::Value::object(
      {{"app.kubernetes.io/managed-by", "portcullis"}, {std::string(kNameLabel), resource.name()}});
}

}  // namespace desired

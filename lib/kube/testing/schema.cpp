#include "kube/testing/schema.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "json/parse.hpp"

namespace kube::testing {
namespace {

struct Row {
  std::string_view record, field;
  Shape shape;
  std::string_view keys, below;
};

constexpr bool before(const Row& row, std::string_view record, std::string_view field) {
  return row.record != record ? row.record < record : row.field < field;
}

// What is neither a plain struct, nor a scalar, nor an atomic list, in the kinds this project
// writes; from the API's OpenAPI (x-kubernetes-list-type, -map-keys, -map-type), and from crds/.
// Sorted.
constexpr Row kRows[] = {
    {"AdmissionDeployment", "spec", Shape::record, "", "AdmissionDeploymentSpec"},
    {"AdmissionDeployment", "status", Shape::record, "", "AdmissionDeploymentStatus"},
    {"AdmissionDeploymentStatus", "conditions", Shape::keyed, "type", ""},
    {"Affinity", "nodeAffinity", Shape::record, "", "NodeAffinity"},
    {"CertificateSigningRequest", "spec", Shape::record, "", "CertificateSigningRequestSpec"},
    {"CertificateSigningRequest", "status", Shape::record, "", "WithConditions"},
    {"CertificateSigningRequestSpec", "extra", Shape::map, "", ""},
    {"ConfigMap", "binaryData", Shape::map, "", ""},
    {"ConfigMap", "data", Shape::map, "", ""},
    {"Container", "env", Shape::keyed, "name", "EnvVar"},
    {"Container", "ports", Shape::keyed, "containerPort,protocol", ""},
    {"Container", "resources", Shape::record, "", "ResourceRequirements"},
    {"Container", "volumeDevices", Shape::keyed, "devicePath", ""},
    {"Container", "volumeMounts", Shape::keyed, "mountPath", ""},
    {"ControllerRevision", "data", Shape::atomic, "", ""},
    {"EnvVar", "valueFrom", Shape::record, "", "EnvVarSource"},
    {"EnvVarSource", "configMapKeyRef", Shape::atomic, "", ""},
    {"EnvVarSource", "fieldRef", Shape::atomic, "", ""},
    {"EnvVarSource", "resourceFieldRef", Shape::atomic, "", ""},
    {"EnvVarSource", "secretKeyRef", Shape::atomic, "", ""},
    {"Event", "involvedObject", Shape::atomic, "", ""},
    {"Event", "related", Shape::atomic, "", ""},
    {"MutatingWebhookConfiguration", "webhooks", Shape::keyed, "name", "Webhook"},
    {"Namespace", "status", Shape::record, "", "WithConditions"},
    {"NodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", Shape::atomic, "", ""},
    {"ObjectMeta", "annotations", Shape::map, "", ""},
    {"ObjectMeta", "finalizers", Shape::set, "", ""},
    {"ObjectMeta", "labels", Shape::map, "", ""},
    {"ObjectMeta", "ownerReferences", Shape::keyed, "uid", "Reference"},
    {"Pod", "spec", Shape::record, "", "PodSpec"},
    {"Pod", "status", Shape::record, "", "WithConditions"},
    {"PodDisruptionBudget", "spec", Shape::record, "", "PodDisruptionBudgetSpec"},
    {"PodDisruptionBudget", "status", Shape::record, "", "PodDisruptionBudgetStatus"},
    {"PodDisruptionBudgetSpec", "selector", Shape::atomic, "", ""},
    {"PodDisruptionBudgetStatus", "conditions", Shape::keyed, "type", ""},
    {"PodDisruptionBudgetStatus", "disruptedPods", Shape::map, "", ""},
    {"PodSpec", "affinity", Shape::record, "", "Affinity"},
    {"PodSpec", "containers", Shape::keyed, "name", "Container"},
    {"PodSpec", "hostAliases", Shape::keyed, "ip", ""},
    {"PodSpec", "imagePullSecrets", Shape::keyed, "name", "Reference"},
    {"PodSpec", "initContainers", Shape::keyed, "name", "Container"},
    {"PodSpec", "nodeSelector", Shape::atomic, "", ""},
    {"PodSpec", "overhead", Shape::map, "", ""},
    {"PodSpec", "schedulingGates", Shape::keyed, "name", ""},
    {"PodSpec", "topologySpreadConstraints", Shape::keyed, "topologyKey,whenUnsatisfiable",
     "TopologySpreadConstraint"},
    {"PodSpec", "volumes", Shape::keyed, "name", "Volume"},
    {"PodTemplateSpec", "spec", Shape::record, "", "PodSpec"},
    {"ReplicaSet", "spec", Shape::record, "", "ReplicaSetSpec"},
    {"ReplicaSet", "status", Shape::record, "", "WithConditions"},
    {"ReplicaSetSpec", "selector", Shape::atomic, "", ""},
    {"ReplicaSetSpec", "template", Shape::record, "", "PodTemplateSpec"},
    {"ResourceRequirements", "claims", Shape::keyed, "name", ""},
    {"ResourceRequirements", "limits", Shape::map, "", ""},
    {"ResourceRequirements", "requests", Shape::map, "", ""},
    {"RoleBinding", "roleRef", Shape::atomic, "", ""},
    {"Secret", "data", Shape::map, "", ""},
    {"Secret", "stringData", Shape::map, "", ""},
    {"Service", "spec", Shape::record, "", "ServiceSpec"},
    {"Service", "status", Shape::record, "", "WithConditions"},
    {"ServiceAccount", "secrets", Shape::keyed, "name", "Reference"},
    {"ServiceSpec", "ports", Shape::keyed, "port,protocol", ""},
    {"ServiceSpec", "selector", Shape::atomic, "", ""},
    {"TopologySpreadConstraint", "labelSelector", Shape::atomic, "", ""},
    {"ValidatingWebhookConfiguration", "webhooks", Shape::keyed, "name", "Webhook"},
    {"Volume", "csi", Shape::record, "", "VolumeCsi"},
    {"VolumeCsi", "nodePublishSecretRef", Shape::atomic, "", ""},
    {"VolumeCsi", "volumeAttributes", Shape::map, "", ""},
    {"Webhook", "matchConditions", Shape::keyed, "name", ""},
    {"Webhook", "namespaceSelector", Shape::atomic, "", ""},
    {"Webhook", "objectSelector", Shape::atomic, "", ""},
    {"WithConditions", "conditions", Shape::keyed, "type", ""},
};
static_assert(std::is_sorted(std::begin(kRows), std::end(kRows), [](const Row& a, const Row& b) {
  return before(a, b.record, b.field);
}));

const Row* find_row(std::string_view record, std::string_view field) {
  const auto* row = std::lower_bound(std::begin(kRows), std::end(kRows), std::tie(record, field),
                                     [](const Row& at, const auto& wanted) {
                                       return before(at, std::get<0>(wanted), std::get<1>(wanted));
                                     });
  return row != std::end(kRows) && row->record == record && row->field == field ? row : nullptr;
}

/// A keyed list's item may leave out a key that has a default.
std::string_view key_default(std::string_view key) { return key == "protocol" ? "TCP" : ""; }

}  // namespace

Type root_type(const Resource& resource) {
  const bool binding = resource.kind == "ClusterRoleBinding";
  const Row* row = std::find_if(std::begin(kRows), std::end(kRows),
                                [&](const Row& at) { return at.record == resource.kind; });
  if (binding) return {.shape = Shape::record, .keys = "", .record = "RoleBinding"};
  return {.shape = Shape::record,
          .keys = "",
          .record = row == std::end(kRows) ? std::string_view() : row->record};
}

Type member_type(const Type& parent, std::string_view key) {
  if (parent.shape == Shape::map) return {};
  if (key == "metadata") {
    return {.shape = Shape::record, .keys = "", .record = "ObjectMeta", .is_field = true};
  }
  if (const Row* row = find_row(parent.record, key)) {
    return {.shape = row->shape, .keys = row->keys, .record = row->below, .is_field = true};
  }
  return {.shape = Shape::record, .keys = "", .record = "", .is_field = true};
}

Type member_type(const Type& parent, std::string_view key, const json::Value& value) {
  Type type = member_type(parent, key);
  const bool known = type.shape != Shape::record || !type.record.empty();
  if (known && parent.shape != Shape::map) return type;
  type.shape = value.as_object() ? Shape::record : value.as_array() ? Shape::list : Shape::scalar;
  return type;
}

Type item_type(const Type& list) {
  if (list.shape == Shape::set) return {};
  // References are one value each, though found by key.
  const bool atomic = list.record == "Reference";
  return {.shape = atomic ? Shape::atomic : Shape::record, .keys = "", .record = list.record};
}

std::string item_element(const Type& list, const json::Value& item) {
  if (list.shape == Shape::set) return "v:" + json::to_string(item);
  json::Object keys;
  for (std::string_view rest = list.keys; !rest.empty();) {
    const auto comma = rest.find(',');
    const auto key = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    const auto& value = item.at(key);
    if (!value.is_null()) {
      keys.set(key, value);
    } else if (!key_default(key).empty()) {
      keys.set(key, key_default(key));
    }
  }
  return "k:" + json::to_canonical_string(keys);
}

std::string field_element(std::string_view key) { return "f:" + std::string(key); }

}  // namespace kube::testing

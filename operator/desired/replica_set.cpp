#include "operator/desired/replica_set.hpp"

#include <algorithm>

#include "crypto/hash.hpp"
#include "json/parse.hpp"

namespace desired {
namespace {

using json::Array;
using json::Object;
using json::Value;
constexpr auto kCredentialVolume = "portcullis-credential";
constexpr auto kServingVolume = "portcullis-serving";
// Draining waits until no connection is left, at most 95 s (see ARCHITECTURE.md); the kubelet must
// not cut it short.
constexpr int kTerminationGraceSeconds = 120;

bool is_in_cluster(const api::Spec& spec) { return spec.credentials.type == "InCluster"; }

Value mount(std::string_view volume, std::string_view path) {
  return Value::object({{"name", Value(volume)}, {"mountPath", Value(path)}, {"readOnly", true}});
}

Value secret_volume(std::string_view volume, std::string_view secret, Array items) {
  // 0440 and fsGroup: readable for the non-root user, and nobody else.
  auto source = Value::object({{"secretName", Value(secret)}, {"defaultMode", 0440}});
  if (!items.empty()) source["items"] = std::move(items);
  return Value::object({{"name", Value(volume)}, {"secret", std::move(source)}});
}

void append(Array& to, const Value& more) {
  for (const auto& item : more.items()) to.push_back(item);
}

/// The kubelet asks for the token, and again at four fifths of its lifetime.
Value token_volume(const api::ProjectedToken& wanted, std::string_view access) {
  auto token = Value::object({{"path", "token"}, {"expirationSeconds", wanted.expiration_seconds}});
  if (!wanted.audience.empty()) token["audience"] = wanted.audience;
  auto sources =
      Value::array({Value::object({{"secret", Value::object({{"name", Value(access)}})}}),
                    Value::object({{"serviceAccountToken", std::move(token)}})});
  return Value::object(
      {{"name", kCredentialVolume},
       {"projected", Value::object({{"sources", std::move(sources)}, {"defaultMode", 0440}})}});
}

/// A federated token is one of the kubelet's too.
api::ProjectedToken projected(const api::Credentials& credentials) {
  const auto& federated = credentials.federated_token;
  if (credentials.type != "FederatedToken") return credentials.projected_token;
  return {.expiration_seconds = federated.expiration_seconds, .audience = federated.audience};
}

Array volumes(const Inputs& inputs, const Names& all) {
  const auto& spec = inputs.resource.spec;
  Array list{secret_volume(kServingVolume, all.serving, {})};
  if (inputs.resource.projects_token())
    list.push_back(token_volume(projected(spec.credentials), all.access));
  else if (!is_in_cluster(spec))
    list.push_back(secret_volume(kCredentialVolume, all.credential, {}));
  append(list, spec.workload.pod_template.at("volumes"));
  return list;
}

Array mounts(const api::Spec& spec) {
  Array list{mount(kServingVolume, spec.serving.mount_path)};
  if (!is_in_cluster(spec))
    list.push_back(mount(kCredentialVolume, spec.credentials.delivery.mount_path));
  append(list, spec.workload.pod_template.at("volumeMounts"));
  return list;
}

/// What a program says of itself in the audit log of the target.
Value revision_variable() {
  auto field =
      Value::object({{"fieldPath", "metadata.labels['" + std::string(kRevisionLabel) + "']"}});
  return Value::object({{"name", "PORTCULLIS_REVISION"},
                        {"valueFrom", Value::object({{"fieldRef", std::move(field)}})}});
}

Array environment(const api::Spec& spec) {
  Array list{revision_variable()};
  if (!is_in_cluster(spec))
    list.push_back(
        Value::object({{"name", spec.credentials.delivery.env},
                       {"value", spec.credentials.delivery.mount_path + "/kubeconfig"}}));
  // Names are keys of this list: ours win, a second one would make the whole Pod invalid.
  const auto own = list;
  const auto name = [](const Value& variable) { return variable.at("name"); };
  for (const auto& variable : spec.workload.pod_template.at("env").items())
    if (std::ranges::find(own, name(variable), name) == own.end()) list.push_back(variable);
  return list;
}

Value probe(std::string_view path, int period) {
  return Value::object(
      {{"httpGet", Value::object({{"path", Value(path)}, {"port", "health"}, {"scheme", "HTTP"}})},
       {"periodSeconds", period},
       {"timeoutSeconds", 5}});
}

Value ports(const api::Ports& wanted) {
  const auto port = [](std::string_view name, int number) {
    return Value::object({{"name", Value(name)}, {"containerPort", number}, {"protocol", "TCP"}});
  };
  return Value::array({port("webhook", wanted.webhook), port("metrics", wanted.metrics),
                       port("health", wanted.health)});
}

Value container(const api::Spec& spec) {
  const auto& workload = spec.workload;
  Array args;
  for (const auto& arg : workload.args) args.emplace_back(arg);
  auto made = Value::object(
      {{"name", "webhook"},
       {"image", workload.image},
       {"ports", ports(workload.ports)},
       {"env", environment(spec)},
       {"volumeMounts", mounts(spec)},
       {"livenessProbe", probe(workload.health_paths.liveness, 10)},
       {"readinessProbe", probe(workload.health_paths.readiness, 5)},
       {"securityContext",
        Value::object({{"allowPrivilegeEscalation", false},
                       {"readOnlyRootFilesystem", true},
                       {"capabilities", Value::object({{"drop", Value::array({"ALL"})}})}})}});
  if (!args.empty()) made["args"] = std::move(args);
  if (!workload.image_pull_policy.empty()) made["imagePullPolicy"] = workload.image_pull_policy;
  if (!workload.resources.is_null()) made["resources"] = workload.resources;
  return made;
}

/// Replicas on different nodes and in different zones where there are some.
Value spread() {
  const auto over = [](std::string_view key) {
    return Value::object(
        {{"maxSkew", 1}, {"topologyKey", Value(key)}, {"whenUnsatisfiable", "ScheduleAnyway"}});
  };
  return Value::array({over("kubernetes.io/hostname"), over("topology.kubernetes.io/zone")});
}

/// Constraints without a selector count the revision's own Pods: a new revision beside the old one
/// would else be placed by where the old one is.
void count_own_pods(Value& constraints, const Value& selector) {
  if (auto* list = constraints.as_array())
    for (auto& constraint : *list)
      if (constraint.at("labelSelector").is_null()) constraint["labelSelector"] = selector;
}

Value pod_spec(const Inputs& inputs) {
  const auto& resource = inputs.resource;
  const auto& given = resource.spec.workload.pod_template;
  const auto all = names(inputs);
  const bool needs_token =
      is_in_cluster(resource.spec) || !resource.spec.workload.runtime_rules.items().empty();
  auto made = Value::object(
      {{"serviceAccountName", all.base},
       {"automountServiceAccountToken", needs_token},
       {"enableServiceLinks", false},
       {"terminationGracePeriodSeconds", kTerminationGraceSeconds},
       {"securityContext",
        Value::object({{"runAsNonRoot", true},
                       {"runAsUser", 65532},
                       {"runAsGroup", 65532},
                       {"fsGroup", 65532},
                       {"seccompProfile", Value::object({{"type", "RuntimeDefault"}})}})},
       {"containers", Value::array({container(resource.spec)})},
       {"volumes", volumes(inputs, all)},
       {"topologySpreadConstraints", spread()}});
  for (const auto* field : {"priorityClassName", "nodeSelector", "affinity", "tolerations",
                            "topologySpreadConstraints", "hostAliases"})
    if (!given.at(field).is_null()) made[field] = given.at(field);
  if (!resource.spec.workload.image_pull_secrets.items().empty())
    made["imagePullSecrets"] = resource.spec.workload.image_pull_secrets;
  return made;
}

}  // namespace

json::Value pod_template(const Inputs& inputs) {
  const auto& given = inputs.resource.spec.workload.pod_template;
  auto labels = pod_labels(inputs.resource);
  for (const auto& [key, value] : given.at("labels").members())
    if (!labels.as_object()->contains(key)) labels[key] = value;
  auto metadata = Value::object({{"labels", std::move(labels)}});
  if (!given.at("annotations").members().empty()) metadata["annotations"] = given.at("annotations");
  if (!inputs.credential_mark.empty())
    metadata["annotations"]["admission.portcullis.dev/credential"] = inputs.credential_mark;
  return Value::object({{"metadata", std::move(metadata)}, {"spec", pod_spec(inputs)}});
}

std::string revision(const json::Value& rendered_template) {
  return crypto::sha256_hex(json::to_canonical_string(rendered_template)).substr(0, 10);
}

Item controller_revision(const Inputs& inputs, const json::Value& rendered_template,
                         std::string_view revision, std::int64_t number) {
  const auto& resource = inputs.resource;
  auto object = owned(inputs, Cluster::runtime, kube::kinds::kControllerRevision,
                      resource.namespace_name(), resource.name() + "-" + std::string(revision));
  object.set_label(kRevisionLabel, revision);
  object["revision"] = number;
  object["data"] = Value::object({{"template", rendered_template}});
  return {Stage::replicas, Cluster::runtime, std::move(object), kWorkloadManager};
}

Item replica_set(const Inputs& inputs, const json::Value& rendered_template,
                 std::string_view revision, int replicas) {
  const auto& resource = inputs.resource;
  auto object = owned(inputs, Cluster::runtime, kube::kinds::kReplicaSet, resource.namespace_name(),
                      resource.name() + "-" + std::string(revision));
  object.set_label(kRevisionLabel, revision);
  auto selected = pod_labels(resource);
  selected[kRevisionLabel] = revision;
  const auto selector = Value::object({{"matchLabels", std::move(selected)}});
  auto labelled = rendered_template;
  labelled["metadata"]["labels"][kRevisionLabel] = revision;
  count_own_pods(labelled["spec"]["topologySpreadConstraints"], selector);
  object["spec"] = Value::object(
      {{"replicas", replicas}, {"selector", selector}, {"template", std::move(labelled)}});
  return {Stage::replicas, Cluster::runtime, std::move(object), kWorkloadManager};
}

}  // namespace desired

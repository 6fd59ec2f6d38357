#include "kube/testing/defaults.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "base/base64.hpp"
#include "kube/testing/admission_defaults.hpp"
#include "kube/testing/kind_rules.hpp"
#include "kube/testing/pod_defaults.hpp"
#include "kube/testing/schema.hpp"
#include "kube/testing/skeleton.hpp"

namespace kube::testing {
namespace {

using json::Value;

/// Of a role, an empty list of rules is told from none until it is stored.
bool is_gone(const Value& value, const Type& type, std::string_view key) {
  if (value.is_null()) return true;
  if (key == "rules" && value.as_array()) return false;
  if (value.as_array()) return value.items().empty();
  return type.shape == Shape::map && value.as_object() && value.members().empty();
}

Value canonical(const Value& value, const Type& type) {
  if (value.as_array()) {
    json::Array items;
    for (const auto& item : value.items()) items.push_back(canonical(item, item_type(type)));
    return items;
  }
  if (!value.as_object()) return value;
  json::Object kept;
  for (const auto& [key, member] : value.members()) {
    const Type child = member_type(type, key, member);
    auto clean = canonical(member, child);
    if (!is_gone(clean, child, key)) kept.set(key, std::move(clean));
  }
  return kept;
}

/// A custom resource's null is as good as nothing, unless its schema says otherwise.
Value without_nulls(const Value& value) {
  if (value.as_array()) {
    json::Array items;
    for (const auto& item : value.items()) items.push_back(without_nulls(item));
    return items;
  }
  if (!value.as_object()) return value;
  json::Object kept;
  for (const auto& [key, member] : value.members()) {
    if (!member.is_null()) kept.set(key, without_nulls(member));
  }
  return kept;
}

/// These kinds' conditions always have times, if only null.
void fill_in_conditions(const Resource& resource, Value& document) {
  auto times = Value::object({{"lastTransitionTime", {}}});
  if (resource.kind == "CertificateSigningRequest") {
    times["lastUpdateTime"] = Value();
  } else if (resource.kind != "ReplicaSet") {
    return;
  }
  if (!document.at("status").at("conditions").as_array()) return;
  for (auto& condition : *document["status"]["conditions"].as_array()) fill_in(condition, times);
}

void join_string_data(Value& secret) {
  const auto texts = secret.at("stringData");
  if (texts.is_null()) return;
  for (const auto& [key, text] : texts.members()) {
    secret["data"][key] = base::base64_encode(text.string_or(""));
  }
  secret.as_object()->erase("stringData");
}

void default_service(Value& service) {
  auto& spec = service["spec"];
  set_default(spec, "type", "ClusterIP");
  set_default(spec, "sessionAffinity", "None");
  if (spec.at("type").string_or("") != "ExternalName") {
    set_default(spec, "internalTrafficPolicy", "Cluster");
  }
  if (auto* ports = spec["ports"].as_array()) {
    for (auto& port : *ports) {
      set_default(port, "protocol", "TCP");
      set_default(port, "targetPort", port.at("port"));
    }
  } else {
    spec.as_object()->erase("ports");
  }
  set_default(service["status"], "loadBalancer", json::Object());
}

void default_replica_set(Value& replicas) {
  auto& spec = replicas["spec"];
  set_default(spec, "replicas", 1);
  if (spec.at("template").as_object()) default_pod_spec(spec["template"]["spec"]);
  set_default(replicas["status"], "replicas", 0);
}

void default_pod(Value& pod) {
  default_pod_spec(pod["spec"]);
  set_default(pod["status"], "phase", "Pending");
  set_default(pod["status"], "qosClass", "BestEffort");
}

void default_disruption_budget(Value& budget) {
  for (const auto* counter :
       {"currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"}) {
    set_default(budget["status"], counter, 0);
  }
}

void default_webhooks(Value& configuration, bool mutating) {
  auto* webhooks = configuration["webhooks"].as_array();
  if (webhooks == nullptr) {
    configuration.as_object()->erase("webhooks");
    return;
  }
  for (auto& webhook : *webhooks) {
    set_default(webhook, "failurePolicy", "Fail");
    set_default(webhook, "matchPolicy", "Equivalent");
    set_default(webhook, "namespaceSelector", json::Object());
    set_default(webhook, "objectSelector", json::Object());
    set_default(webhook, "timeoutSeconds", 10);
    if (mutating) set_default(webhook, "reinvocationPolicy", "Never");
    if (webhook.at("clientConfig").at("service").as_object()) {
      set_default(webhook["clientConfig"]["service"], "port", 443);
    }
    if (auto* rules = webhook["rules"].as_array()) {
      for (auto& rule : *rules) set_default(rule, "scope", "*");
    } else {
      webhook.as_object()->erase("rules");
    }
  }
}

constexpr std::string_view kRbac = "rbac.authorization.k8s.io";

void default_binding(Value& binding) {
  if (binding.at("roleRef").at("apiGroup").string_or("").empty()) {
    binding["roleRef"]["apiGroup"] = kRbac;
  }
  if (binding.at("subjects").is_null()) return;
  for (auto& subject : *binding["subjects"].as_array()) {
    const auto kind = subject.at("kind").string_or("");
    if (kind == "User" || kind == "Group") set_default(subject, "apiGroup", kRbac);
  }
}

void default_namespace(Value& space) {
  const auto name = std::string(space.at("metadata").at("name").string_or(""));
  if (!name.empty()) space["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
  set_default(space["status"], "phase", "Active");
}

void default_event(Value& event) {
  set_default(event, "source", json::Object());
  set_default(event, "reportingComponent", "");
  set_default(event, "reportingInstance", "");
}

}  // namespace

void canonicalise(const Resource& resource, Value& document) {
  document["apiVersion"] = resource.api_version();
  document["kind"] = resource.kind;
  if (rules_of(resource).is_custom) {
    const Type type{.shape = Shape::record, .keys = "", .record = "ObjectMeta"};
    document["metadata"] = canonical(document.at("metadata"), type);
    document = without_nulls(document);
    return;
  }
  if (resource.kind == "Secret") join_string_data(document);
  document = canonical(document, root_type(resource));
  fill_in(document, skeleton(resource));
  fill_in_conditions(resource, document);
}

void settle(Value& document) {
  const auto* rules = document.members().find("rules");
  if (rules && rules->as_array() && rules->items().empty()) document["rules"] = Value();
}

void set_defaults(const Resource& resource, Value& document) {
  const auto& kind = resource.kind;
  if (kind == "Secret") set_default(document, "type", "Opaque");
  if (kind == "Service") default_service(document);
  if (kind == "ReplicaSet") default_replica_set(document);
  if (kind == "Pod") default_pod(document);
  if (kind == "PodDisruptionBudget") default_disruption_budget(document);
  if (kind.ends_with("WebhookConfiguration")) {
    default_webhooks(document, kind.starts_with("Mutating"));
  }
  if (kind.ends_with("RoleBinding")) default_binding(document);
  if (kind == "Namespace") default_namespace(document);
  if (kind == "Event") default_event(document);
  if (kind == "ControllerRevision") set_default(document, "revision", 0);
  if (kind == "AdmissionDeployment") default_admission(document);
}

}  // namespace kube::testing

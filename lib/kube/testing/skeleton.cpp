#include "kube/testing/skeleton.hpp"

#include "kube/testing/kind_rules.hpp"

namespace kube::testing {
namespace {

using json::Value;

Value replica_set() {
  const auto pod =
      Value::object({{"metadata", json::Object()}, {"spec", json::Object{{"containers", {}}}}});
  return Value::object({{"spec", json::Object{{"selector", {}}, {"template", pod}}},
                        {"status", json::Object{{"replicas", 0}}}});
}

Value disruption_budget() {
  return Value::object({{"spec", json::Object()},
                        {"status", json::Object{{"currentHealthy", 0},
                                                {"desiredHealthy", 0},
                                                {"disruptionsAllowed", 0},
                                                {"expectedPods", 0}}}});
}

Value event() {
  return Value::object({{"involvedObject", json::Object()},
                        {"source", json::Object()},
                        {"firstTimestamp", {}},
                        {"lastTimestamp", {}},
                        {"eventTime", {}},
                        {"reportingComponent", ""},
                        {"reportingInstance", ""}});
}

Value signing_request() {
  return Value::object(
      {{"spec", json::Object{{"request", {}}, {"signerName", ""}}}, {"status", json::Object()}});
}

Value binding() {
  return Value::object({{"roleRef", json::Object{{"apiGroup", ""}, {"kind", ""}, {"name", ""}}}});
}

Value own_members(const Resource& resource) {
  const auto& kind = resource.kind;
  if (kind == "ReplicaSet") return replica_set();
  if (kind == "PodDisruptionBudget") return disruption_budget();
  if (kind == "Event") return event();
  if (kind == "CertificateSigningRequest") return signing_request();
  if (kind.ends_with("RoleBinding")) return binding();
  if (kind.ends_with("Role")) return Value::object({{"rules", {}}});
  if (kind == "Service") {
    return Value::object(
        {{"spec", json::Object()}, {"status", json::Object{{"loadBalancer", json::Object()}}}});
  }
  if (kind == "Pod") {
    return Value::object({{"spec", json::Object{{"containers", {}}}}, {"status", json::Object()}});
  }
  if (kind == "Namespace")
    return Value::object({{"spec", json::Object()}, {"status", json::Object()}});
  if (kind == "Lease") return Value::object({{"spec", json::Object()}});
  if (kind == "ControllerRevision") return Value::object({{"data", {}}, {"revision", 0}});
  return json::Object();
}

}  // namespace

Value skeleton(const Resource& resource) {
  auto document = rules_of(resource).is_custom ? Value(json::Object()) : own_members(resource);
  document["apiVersion"] = resource.api_version();
  document["kind"] = resource.kind;
  document["metadata"] = json::Object();
  return document;
}

void fill_in(Value& document, const Value& from) {
  for (const auto& [key, member] : from.members()) {
    if (!document.members().contains(key)) {
      document[key] = member;
    } else if (member.as_object() && document.at(key).as_object()) {
      fill_in(document[key], member);
    }
  }
}

void copy_member(Value& to, const Value& from, std::string_view key) {
  const auto* member = from.members().find(key);
  if (member) {
    to[key] = *member;
  } else if (auto* object = to.as_object()) {
    object->erase(key);
  }
}

}  // namespace kube::testing

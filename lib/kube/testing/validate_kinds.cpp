#include "kube/testing/validate_kinds.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

#include "kube/testing/signing_request.hpp"

namespace kube::testing {
namespace {

using json::Value;

constexpr std::string_view kRbacGroup = "rbac.authorization.k8s.io";

bool is_config_key(std::string_view key) {
  const auto fits = [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' ||
           letter == '_' || letter == '.';
  };
  return !key.empty() && key != "." && key != ".." && std::ranges::all_of(key, fits);
}

std::string why_not_data(const Object& object) {
  for (const auto* map : {"data", "binaryData"}) {
    for (const auto& [key, value] : object.at(map).members()) {
      if (!is_config_key(key)) return std::string(map) + "[" + key + "]: Invalid value";
    }
  }
  if (object.at("type").string_or("") != "kubernetes.io/tls") return {};
  const auto& data = object.at("data").members();
  const bool complete = data.contains("tls.crt") && data.contains("tls.key");
  return complete ? "" : "data[tls.crt]: Required value";
}

std::string why_not_rules(const Object& role) {
  const bool is_cluster = role.resource().kind == "ClusterRole";
  for (const auto& rule : role.at("rules").items()) {
    const auto none = [&](const char* member) { return rule.at(member).items().empty(); };
    if (none("verbs")) return "rules.verbs: Required value";
    if (!none("nonResourceURLs")) {
      const bool mixed = !none("apiGroups") || !none("resources");
      if (!is_cluster || mixed) return "rules.nonResourceURLs: Invalid value";
      continue;
    }
    if (none("apiGroups")) return "rules.apiGroups: Required value";
    if (none("resources")) return "rules.resources: Required value";
  }
  return {};
}

std::string why_not_subject(const Value& subject, bool is_cluster) {
  const auto kind = subject.at("kind").string_or("");
  if (subject.at("name").string_or("").empty()) return "subjects.name: Required value";
  const auto group = subject.at("apiGroup").string_or("");
  if (kind == "ServiceAccount") {
    if (!group.empty()) return "subjects.apiGroup: Unsupported value";
    const bool placed = !is_cluster || !subject.at("namespace").string_or("").empty();
    return placed ? "" : "subjects.namespace: Required value";
  }
  if (kind != "User" && kind != "Group") return "subjects.kind: Unsupported value";
  return group == kRbacGroup ? "" : "subjects.apiGroup: Unsupported value";
}

std::string why_not_binding(const Object& binding) {
  const bool is_cluster = binding.resource().kind == "ClusterRoleBinding";
  const auto& role = binding.at("roleRef");
  const auto kind = role.at("kind").string_or("");
  if (role.at("apiGroup").string_or("") != kRbacGroup) return "roleRef.apiGroup: Unsupported value";
  if (kind != "ClusterRole" && (is_cluster || kind != "Role")) {
    return "roleRef.kind: Unsupported value";
  }
  if (role.at("name").string_or("").empty()) return "roleRef.name: Required value";
  for (const auto& subject : binding.at("subjects").items()) {
    if (auto why = why_not_subject(subject, is_cluster); !why.empty()) return why;
  }
  return {};
}

/// A count, or a percentage of at most 100.
bool is_share(const Value& value) {
  if (value.is_null()) return true;
  if (value.as_number()) return value.int_or(-1) >= 0;
  auto text = value.string_or("");
  if (!text.ends_with('%')) return false;
  text.remove_suffix(1);
  const auto digit = [](char letter) { return letter >= '0' && letter <= '9'; };
  if (text.empty() || text.size() > 3 || !std::ranges::all_of(text, digit)) return false;
  return std::stoi(std::string(text)) <= 100;
}

std::string why_not_budget(const Object& budget) {
  const auto& spec = budget.at("spec");
  if (!spec.at("minAvailable").is_null() && !spec.at("maxUnavailable").is_null()) {
    return "spec: minAvailable and maxUnavailable cannot be both set";
  }
  if (!is_share(spec.at("minAvailable"))) return "spec.minAvailable: Invalid value";
  if (!is_share(spec.at("maxUnavailable"))) return "spec.maxUnavailable: Invalid value";
  const auto policy = spec.at("unhealthyPodEvictionPolicy").string_or("IfHealthyBudget");
  if (policy != "IfHealthyBudget" && policy != "AlwaysAllow") {
    return "spec.unhealthyPodEvictionPolicy: Unsupported value";
  }
  for (const auto& [key, value] : budget.at("status").members()) {
    if (value.as_number() && value.int_or(0) < 0) return "status." + key + ": Invalid value";
  }
  return {};
}

std::string why_not_lease(const Object& lease) {
  const auto& spec = lease.at("spec");
  if (spec.at("leaseDurationSeconds").int_or(1) <= 0)
    return "spec.leaseDurationSeconds: Invalid value";
  if (spec.at("leaseTransitions").int_or(0) < 0) return "spec.leaseTransitions: Invalid value";
  return {};
}

std::string why_not_revision(const Object& revision) {
  if (revision.at("data").is_null()) return "data: Required value";
  return revision.at("revision").int_or(0) < 0 ? "revision: Invalid value" : "";
}

std::string why_not_event(const Object& event) {
  const auto involved = event.at("involvedObject").at("namespace").string_or("");
  const bool same = involved == event.namespace_name() ||
                    (involved.empty() && event.namespace_name() == "default");
  return same ? "" : "involvedObject.namespace: Invalid value: does not match event.namespace";
}

/// The bounds of the resource definition that requests usually get wrong.
std::string why_not_admission(const Object& object) {
  const auto& spec = object.at("spec");
  const auto& limit = spec.at("revisionHistoryLimit");
  if (!limit.is_null() && (limit.int_or(0) < 1 || limit.int_or(0) > 50)) {
    return "spec.revisionHistoryLimit: Invalid value";
  }
  constexpr std::array<std::string_view, 3> kTargets = {"Runtime", "Remote", "Unmanaged"};
  if (std::ranges::find(kTargets, spec.at("target").at("type").string_or("")) == kTargets.end()) {
    return "spec.target.type: Unsupported value";
  }
  const auto deletion = spec.at("deletionPolicy").string_or("Delete");
  if (deletion != "Delete" && deletion != "Orphan") return "spec.deletionPolicy: Unsupported value";
  const auto& workload = spec.at("workload");
  if (workload.at("replicas").int_or(1) < 1) return "spec.workload.replicas: Invalid value";
  const auto& replicas = object.at("status").at("replicas");
  return replicas.is_null() || replicas.as_number() ? "" : "status.replicas: Invalid value";
}

using Check = std::string (*)(const Object&);

const std::map<std::string_view, Check>& checks() {
  static const std::map<std::string_view, Check> kChecks = {
      {"ConfigMap", why_not_data},
      {"Secret", why_not_data},
      {"Service", why_not_service},
      {"Role", why_not_rules},
      {"ClusterRole", why_not_rules},
      {"RoleBinding", why_not_binding},
      {"ClusterRoleBinding", why_not_binding},
      {"ReplicaSet", why_not_replica_set},
      {"PodDisruptionBudget", why_not_budget},
      {"Lease", why_not_lease},
      {"ControllerRevision", why_not_revision},
      {"Event", why_not_event},
      {"ValidatingWebhookConfiguration", why_not_webhooks},
      {"MutatingWebhookConfiguration", why_not_webhooks},
      {"AdmissionDeployment", why_not_admission},
      {"CertificateSigningRequest", why_not_signing_request},
  };
  return kChecks;
}

/// What an object keeps for life.
std::string_view lasting_member(const std::string& kind) {
  if (kind == "Secret") return "type";
  if (kind.ends_with("RoleBinding")) return "roleRef";
  if (kind == "ControllerRevision") return "data";
  return {};
}

}  // namespace

std::string why_not_kind(const Object& object) {
  const auto check = checks().find(object.resource().kind);
  return check == checks().end() ? std::string() : check->second(object);
}

std::string why_not_kind_change(const Object& before, const Object& after) {
  const auto& kind = before.resource().kind;
  if (const auto member = lasting_member(kind);
      !member.empty() && before.at(member) != after.at(member)) {
    return std::string(member) + ": Invalid value: field is immutable";
  }
  const auto& was = before.at("spec");
  const auto& is = after.at("spec");
  if (kind == "ReplicaSet" && was.at("selector") != is.at("selector")) {
    return "spec.selector: Invalid value: field is immutable";
  }
  if (kind == "Service" && was.at("clusterIP") != is.at("clusterIP")) {
    return "spec.clusterIP: Invalid value: field is immutable";
  }
  if (kind == "AdmissionDeployment" && was.at("target").at("type") != is.at("target").at("type")) {
    return "spec.target.type: Invalid value: field is immutable";
  }
  return {};
}

}  // namespace kube::testing

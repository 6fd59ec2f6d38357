#include "operator/desired/lock_out.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace desired {
namespace {

using json::Value;

/// A kind of objects that must stay writable.
struct Protected {
  std::string name;  ///< of the matchCondition, and for people
  std::string group;
  std::vector<std::string> resources{};   ///< empty: all of the group
  std::vector<std::string> namespaces{};  ///< empty: wherever they are
  std::string object{};                   ///< only the one of this name; empty: all
  bool is_namespaced = true;
};

/// Those that need nothing of the resource to be known: a rule that names one means nothing else.
const std::array<Protected, 4>& everywhere() {
  static const std::array<Protected, 4> kAll{{
      {.name = "nodes", .group = "", .resources = {"nodes"}, .is_namespaced = false},
      {.name = "leases", .group = "coordination.k8s.io", .resources = {"leases"}},
      {.name = "certificate-signing-requests",
       .group = "certificates.k8s.io",
       .resources = {"certificatesigningrequests"},
       .is_namespaced = false},
      {.name = "portcullis", .group = "admission.portcullis.dev"},
  }};
  return kAll;
}

/// Namespaces of the target cluster in which objects of ours, or the operator itself, live.
std::vector<std::string> our_namespaces(const Inputs& inputs) {
  std::set<std::string> all{inputs.resource.target_namespace()};
  if (!inputs.resource.is_remote()) {
    all.insert(inputs.resource.namespace_name());
    if (!inputs.operator_namespace.empty()) all.insert(inputs.operator_namespace);
  }
  return {all.begin(), all.end()};
}

std::vector<Protected> protected_of(const Inputs& inputs) {
  std::vector<Protected> all(everywhere().begin(), everywhere().end());
  const auto ours = our_namespaces(inputs);
  auto with_system = ours;
  with_system.push_back("kube-system");
  const auto inside = [&](std::string name, std::string group, std::vector<std::string> resources,
                          const std::vector<std::string>& namespaces) {
    all.push_back({.name = std::move(name),
                   .group = std::move(group),
                   .resources = std::move(resources),
                   .namespaces = namespaces});
  };
  const auto single = [&](std::string name, std::string group, std::string resource,
                          std::string object) {
    all.push_back({.name = std::move(name),
                   .group = std::move(group),
                   .resources = {std::move(resource)},
                   .object = std::move(object),
                   .is_namespaced = false});
  };
  inside("pods-and-secrets", "", {"pods", "secrets"}, with_system);
  inside("identities", "", {"serviceaccounts", "services"}, ours);
  inside("roles", "rbac.authorization.k8s.io", {"roles", "rolebindings"}, ours);
  if (!inputs.resource.is_remote()) {
    inside("replicas", "apps", {"deployments", "replicasets", "controllerrevisions"}, ours);
    inside("disruption-budgets", "policy", {"poddisruptionbudgets"}, ours);
  }
  single("namespace", "", "namespaces", inputs.resource.target_namespace());
  single("resource-definition", "apiextensions.k8s.io", "customresourcedefinitions",
         "admissiondeployments.admission.portcullis.dev");
  return all;
}

bool holds(const Value& list, std::string_view word) {
  return std::ranges::any_of(list.items(),
                             [&](const Value& one) { return one.string_or("") == word; });
}

/// "pods", "pods/status" and "pods/*" are about pods; "*", "*/*" and "*/scale" about everything.
std::string_view kind_of(std::string_view resource) {
  return resource.substr(0, resource.find('/'));
}

bool is_named(const Protected& what, std::string_view kind) {
  return what.resources.empty() || std::ranges::find(what.resources, kind) != what.resources.end();
}

/// Whether a rule's scope leaves room for such objects, and it is about writes.
bool is_in_scope(const Protected& what, const Value& rule) {
  const auto scope = rule.at("scope").string_or("*");
  if (scope == (what.is_namespaced ? "Cluster" : "Namespaced")) return false;
  return std::ranges::any_of(rule.at("operations").items(), [](const Value& operation) {
    return operation.string_or("") != "CONNECT";
  });
}

enum class By { name, name_or_wildcard };

bool matches(const Protected& what, const Value& rule, By by) {
  const bool wild = by == By::name_or_wildcard;
  const auto& groups = rule.at("apiGroups");
  if (!holds(groups, what.group) && !(wild && holds(groups, "*"))) return false;
  return is_in_scope(what, rule) &&
         std::ranges::any_of(rule.at("resources").items(), [&](const Value& one) {
           const auto kind = kind_of(one.string_or(""));
           return is_named(what, kind) || (wild && kind == "*");
         });
}

/// Labels that objects of ours can have.
bool may_be_ours(const api::AdmissionDeployment& resource, std::string_view key) {
  if (key.starts_with("admission.portcullis.dev/") || key.starts_with("app.kubernetes.io/"))
    return true;
  const auto& given = resource.spec.workload.pod_template.at("labels");
  return !given.at(key).is_null() || resource.spec.service.labels.contains(std::string(key));
}

/// An objectSelector that asks for a label which none of ours has.
bool selects_others(const api::AdmissionDeployment& resource, const Value& entry) {
  const auto& selector = entry.at("objectSelector");
  for (const auto& [key, value] : selector.at("matchLabels").members())
    if (!may_be_ours(resource, key)) return true;
  return std::ranges::any_of(selector.at("matchExpressions").items(), [&](const Value& one) {
    const auto how = one.at("operator").string_or("");
    return (how == "In" || how == "Exists") && !may_be_ours(resource, one.at("key").string_or(""));
  });
}

/// A namespaceSelector by name that matches none of these namespaces.
bool selects_elsewhere(const Value& entry, const std::vector<std::string>& namespaces) {
  constexpr std::string_view kName = "kubernetes.io/metadata.name";
  const auto& selector = entry.at("namespaceSelector");
  const auto only = selector.at("matchLabels").at(kName);
  if (!only.is_null() && std::ranges::find(namespaces, only.string_or("")) == namespaces.end())
    return true;
  return std::ranges::any_of(selector.at("matchExpressions").items(), [&](const Value& one) {
    if (one.at("key").string_or("") != kName) return false;
    const auto how = one.at("operator").string_or("");
    const auto listed = [&](const std::string& name) { return holds(one.at("values"), name); };
    if (how == "NotIn") return std::ranges::all_of(namespaces, listed);
    return how == "In" && std::ranges::none_of(namespaces, listed);
  });
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string list_of(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + quoted(word);
  return "[" + text + "]";
}

/// CEL that is false for such objects. A key may be absent from the request: reading it then would
/// be an error, and that a refusal.
std::string expression_of(const Protected& what) {
  auto text = "!(request.resource.group == " + quoted(what.group);
  if (!what.resources.empty())
    text += " && request.resource.resource in " + list_of(what.resources);
  if (!what.namespaces.empty())
    text += " && has(request.namespace) && request.namespace in " + list_of(what.namespaces);
  if (!what.object.empty())
    text += " && has(request.name) && request.name == " + quoted(what.object);
  return text + ")";
}

template <class F>
void for_each_entry(const api::AdmissionDeployment& resource, F&& act) {
  const auto& webhooks = resource.spec.webhooks;
  const base::FieldPath root("spec.webhooks");
  for (const auto& [kind, entries] :
       {std::pair("validating", &webhooks.validating), std::pair("mutating", &webhooks.mutating)})
    for (std::size_t i = 0; i < entries->size(); ++i) act(root.field(kind).index(i), (*entries)[i]);
}

}  // namespace

std::vector<base::Problem> lock_outs(const api::AdmissionDeployment& resource) {
  std::vector<base::Problem> problems;
  for_each_entry(resource, [&](const base::FieldPath& at, const Value& entry) {
    if (entry.at("failurePolicy").string_or("") == "Ignore") return;
    if (selects_others(resource, entry)) return;
    const auto& rules = entry.at("rules").items();
    for (std::size_t i = 0; i < rules.size(); ++i)
      for (const auto& what : everywhere())
        if (matches(what, rules[i], By::name))
          problems.push_back(
              {at.field("rules").index(i),
               "matches " + what.name +
                   ", which clusters need to recover while no replica answers; leave them out, "
                   "select them by a label of your own, or set failurePolicy to Ignore"});
  });
  return problems;
}

json::Array guards(const Inputs& inputs, const Value& entry) {
  json::Array conditions;
  if (selects_others(inputs.resource, entry)) return conditions;
  const auto& rules = entry.at("rules").items();
  for (const auto& what : protected_of(inputs)) {
    const auto hit = [&](const Value& rule) { return matches(what, rule, By::name_or_wildcard); };
    if (std::ranges::none_of(rules, hit)) continue;
    if (!what.namespaces.empty() && selects_elsewhere(entry, what.namespaces)) continue;
    conditions.push_back(Value::object({{"name", "admission.portcullis.dev/not-" + what.name},
                                        {"expression", expression_of(what)}}));
  }
  return conditions;
}

std::vector<std::string> doubtful(const api::AdmissionDeployment& resource) {
  std::vector<std::string> warnings;
  for_each_entry(resource, [&](const base::FieldPath& at, const Value& entry) {
    const auto seconds = entry.at("timeoutSeconds").int_or(10);
    if (seconds > 10)
      warnings.push_back(at.field("timeoutSeconds").text() + " is " + std::to_string(seconds) +
                         ": API requests wait that long for a replica that does not answer");
    if (entry.at("failurePolicy").string_or("") == "Ignore")
      warnings.push_back(at.field("failurePolicy").text() +
                         " is Ignore: while no replica answers requests pass unjudged");
  });
  return warnings;
}

}  // namespace desired

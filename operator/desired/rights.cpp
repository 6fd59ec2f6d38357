#include "operator/desired/rights.hpp"

namespace desired {
namespace {

using json::Value;
constexpr auto kManager = "portcullis-identity";

Value role_ref(std::string_view kind, std::string_view name) {
  return Value::object(
      {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", Value(kind)}, {"name", Value(name)}});
}

Value service_account_subject(std::string_view namespace_name, std::string_view name) {
  return Value::object(
      {{"kind", "ServiceAccount"}, {"name", Value(name)}, {"namespace", Value(namespace_name)}});
}

Value identities(const Inputs& inputs, const std::vector<std::string>& former_accounts) {
  const auto all = names(inputs);
  if (!inputs.resource.is_remote())
    return Value::array({service_account_subject(inputs.resource.namespace_name(), all.base)});
  const auto space = inputs.resource.target_namespace();
  json::Array subjects{service_account_subject(space, all.service_account)};
  for (const auto& former : former_accounts)
    subjects.push_back(service_account_subject(space, former));
  return subjects;
}

/// A role and its binding of the same name; cluster-wide where `space` is empty.
void grant(std::vector<Item>& items, const Inputs& inputs, Stage stage, Cluster cluster,
           const std::string& space, const std::string& name, const Value& rules, Value subjects) {
  const bool wide = space.empty();
  auto role =
      owned(inputs, cluster, wide ? kube::kinds::kClusterRole : kube::kinds::kRole, space, name);
  role["rules"] = rules;
  auto binding =
      owned(inputs, cluster, wide ? kube::kinds::kClusterRoleBinding : kube::kinds::kRoleBinding,
            space, name);
  binding["roleRef"] = role_ref(wide ? "ClusterRole" : "Role", name);
  binding["subjects"] = std::move(subjects);
  items.push_back({stage, cluster, std::move(role), kManager});
  items.push_back({stage, cluster, std::move(binding), kManager});
}

}  // namespace

std::vector<Item> target_side(const Inputs& inputs,
                              const std::vector<std::string>& former_accounts) {
  const auto& resource = inputs.resource;
  const auto all = names(inputs);
  std::vector<Item> items;
  if (resource.is_remote()) {
    auto space =
        owned(inputs, Cluster::target, kube::kinds::kNamespace, "", resource.target_namespace());
    items.push_back({Stage::target_namespace, Cluster::target, std::move(space), kManager, true});
    auto account = owned(inputs, Cluster::target, kube::kinds::kServiceAccount,
                         resource.target_namespace(), all.service_account);
    account["automountServiceAccountToken"] = false;
    items.push_back({Stage::target_identity, Cluster::target, std::move(account), kManager});
  }
  const auto& permissions = resource.spec.permissions;
  if (!permissions.cluster_rules.items().empty())
    grant(items, inputs, Stage::target_rights, Cluster::target, "", all.cluster_role,
          permissions.cluster_rules, identities(inputs, former_accounts));
  for (const auto& granted : permissions.roles)
    grant(items, inputs, Stage::target_rights, Cluster::target, granted.namespace_name,
          all.cluster_role, granted.rules, identities(inputs, former_accounts));
  return items;
}

std::vector<Item> runtime_identity(const Inputs& inputs) {
  const auto& resource = inputs.resource;
  const auto all = names(inputs);
  const auto space = resource.namespace_name();
  std::vector<Item> items;
  auto account = owned(inputs, Cluster::runtime, kube::kinds::kServiceAccount, space, all.base);
  // Pods mount their token only where something is granted to it: the Pod's own setting decides.
  account["automountServiceAccountToken"] = false;
  items.push_back({Stage::runtime_identity, Cluster::runtime, std::move(account), kManager});
  if (!resource.spec.workload.runtime_rules.items().empty())
    grant(items, inputs, Stage::runtime_identity, Cluster::runtime, space, all.runtime_role,
          resource.spec.workload.runtime_rules,
          Value::array({service_account_subject(space, all.base)}));
  return items;
}

}  // namespace desired

#include "operator/desired/rights.hpp"

#include "crypto/hash.hpp"

namespace desired {
namespace {

using json::Value;

Value role_ref(std::string_view kind, std::string_view name) {
  return Value::object(
      {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", Value(kind)}, {"name", Value(name)}});
}

Value service_account_subject(std::string_view namespace_name, std::string_view name) {
  return Value::object(
      {{"kind", "ServiceAccount"}, {"name", Value(name)}, {"namespace", Value(namespace_name)}});
}

Value user_subject(std::string_view name) {
  return Value::object(
      {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "User"}, {"name", Value(name)}});
}

Value identities(const Inputs& inputs, const Former& former) {
  const auto& resource = inputs.resource;
  const auto all = names(inputs);
  json::Array subjects;
  if (!resource.is_remote() && resource.spec.credentials.type != "Provided")
    subjects.push_back(service_account_subject(resource.namespace_name(), all.base));
  const auto space = resource.target_namespace();
  if (resource.issues_tokens())
    subjects.push_back(service_account_subject(space, all.service_account));
  const auto user = resource.named_user();
  if (!user.empty()) subjects.push_back(user_subject(user));
  for (const auto& account : former.accounts)
    subjects.push_back(service_account_subject(space, account));
  for (const auto& other : former.users)
    if (other != user) subjects.push_back(user_subject(other));
  return subjects;
}

kube::Object binding_of(const Inputs& inputs, Cluster cluster, const std::string& space,
                        const std::string& name, Value role, Value subjects) {
  const auto& kind = space.empty() ? kube::kinds::kClusterRoleBinding : kube::kinds::kRoleBinding;
  auto binding = owned(inputs, cluster, kind, space, name);
  binding["roleRef"] = std::move(role);
  binding["subjects"] = std::move(subjects);
  return binding;
}

/// A role and its binding of the same name; cluster-wide where `space` is empty.
void grant(std::vector<Item>& items, const Inputs& inputs, Stage stage, Cluster cluster,
           const std::string& space, const std::string& name, const Value& rules, Value subjects) {
  const bool wide = space.empty();
  auto role =
      owned(inputs, cluster, wide ? kube::kinds::kClusterRole : kube::kinds::kRole, space, name);
  role["rules"] = rules;
  auto binding = binding_of(inputs, cluster, space, name,
                            role_ref(wide ? "ClusterRole" : "Role", name), std::move(subjects));
  items.push_back({stage, cluster, std::move(role), kIdentityManager});
  items.push_back({stage, cluster, std::move(binding), kIdentityManager});
}

/// What a binding refers to cannot change: each role's binding has a name of its own.
void bind(std::vector<Item>& items, const Inputs& inputs, const std::string& space,
          const std::vector<std::string>& roles, const Value& subjects) {
  for (const auto& role : roles) {
    const auto name = names(inputs).global + "-" + crypto::sha256_hex(role).substr(0, 8);
    items.push_back(
        {Stage::target_rights, Cluster::target,
         binding_of(inputs, Cluster::target, space, name, role_ref("ClusterRole", role), subjects),
         kIdentityManager});
  }
}

void grant_permissions(std::vector<Item>& items, const Inputs& inputs, const Former& former) {
  const auto& permissions = inputs.resource.spec.permissions;
  const auto subjects = identities(inputs, former);
  const auto& role = names(inputs).cluster_role;
  if (permissions.type == "References") {
    bind(items, inputs, "", permissions.references.cluster_roles, subjects);
    for (const auto& one : permissions.references.roles)
      bind(items, inputs, one.namespace_name, one.cluster_roles, subjects);
  }
  if (permissions.type != "Inline") return;  // External: others grant
  if (!permissions.cluster_rules.items().empty())
    grant(items, inputs, Stage::target_rights, Cluster::target, "", role, permissions.cluster_rules,
          subjects);
  for (const auto& granted : permissions.roles)
    grant(items, inputs, Stage::target_rights, Cluster::target, granted.namespace_name, role,
          granted.rules, subjects);
}

}  // namespace

std::vector<Item> target_side(const Inputs& inputs, const Former& former) {
  const auto& resource = inputs.resource;
  const auto all = names(inputs);
  std::vector<Item> items;
  if (resource.is_unmanaged()) return items;
  if (resource.is_remote()) {
    auto space =
        owned(inputs, Cluster::target, kube::kinds::kNamespace, "", resource.target_namespace());
    items.push_back(
        {Stage::target_namespace, Cluster::target, std::move(space), kIdentityManager, true});
  }
  if (resource.issues_tokens()) {
    auto account = owned(inputs, Cluster::target, kube::kinds::kServiceAccount,
                         resource.target_namespace(), all.service_account);
    account["automountServiceAccountToken"] = false;
    items.push_back(
        {Stage::target_identity, Cluster::target, std::move(account), kIdentityManager});
  }
  grant_permissions(items, inputs, former);
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
  items.push_back(
      {Stage::runtime_identity, Cluster::runtime, std::move(account), kIdentityManager});
  if (!resource.spec.workload.runtime_rules.items().empty())
    grant(items, inputs, Stage::runtime_identity, Cluster::runtime, space, all.runtime_role,
          resource.spec.workload.runtime_rules,
          Value::array({service_account_subject(space, all.base)}));
  return items;
}

}  // namespace desired

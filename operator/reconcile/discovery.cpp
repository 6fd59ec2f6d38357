#include "operator/reconcile/discovery.hpp"

#include <algorithm>

namespace reconcile {

std::vector<std::string> paths_of_groups(const json::Value& group_list) {
  std::vector<std::string> paths;
  for (const auto& group : group_list.at("groups").items()) {
    const auto version = group.at("preferredVersion").at("groupVersion").string_or("");
    if (!version.empty()) paths.push_back("/apis/" + std::string(version));
  }
  return paths;
}

std::vector<kube::Resource> namespaced_kinds_of(const json::Value& resource_list) {
  const std::string where(resource_list.at("groupVersion").string_or(""));
  const auto slash = where.find('/');
  const auto group = slash == std::string::npos ? std::string() : where.substr(0, slash);
  const auto version = slash == std::string::npos ? where : where.substr(slash + 1);
  std::vector<kube::Resource> kinds;
  for (const auto& one : resource_list.at("resources").items()) {
    const std::string plural(one.at("name").string_or(""));
    const auto& verbs = one.at("verbs").items();
    const bool can_list = std::ranges::any_of(
        verbs, [](const json::Value& verb) { return verb.string_or("") == "list"; });
    if (!one.at("namespaced").bool_or(false) || !can_list || plural.contains('/')) continue;
    if (plural == "events" && (group.empty() || group == "events.k8s.io")) continue;
    kinds.push_back({group, version, plural, std::string(one.at("kind").string_or("")), true});
  }
  return kinds;
}

}  // namespace reconcile

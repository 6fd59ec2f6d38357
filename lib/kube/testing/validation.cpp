#include "kube/testing/validation.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "kube/testing/is_one_of.hpp"
#include "kube/testing/kind_rules.hpp"
#include "kube/testing/signing_request.hpp"
#include "kube/testing/validate_kinds.hpp"

namespace kube::testing {
namespace {

using json::Value;

constexpr std::size_t kMostLabelLetters = 63;

bool is_path_segment(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && !name.contains('/') && !name.contains('%');
}

/// A letter or digit at both ends, and - _ . between them.
bool is_qualified(std::string_view text) {
  const auto plain = [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0;
  };
  const auto inner = [&](char letter) {
    return plain(letter) || letter == '-' || letter == '_' || letter == '.';
  };
  return text.size() <= kMostLabelLetters && !text.empty() && plain(text.front()) &&
         plain(text.back()) && std::ranges::all_of(text, inner);
}

bool is_qualified_name(std::string_view key) {
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return is_qualified(key);
  return why_not_dns_subdomain(key.substr(0, slash)).empty() && is_qualified(key.substr(slash + 1));
}

std::string why_not_name(const Resource& resource, std::string_view name) {
  if (name.empty()) return "metadata.name: Required value: name or generateName is required";
  constexpr std::array<std::string_view, 7> kPaths = {"Role",
                                                      "RoleBinding",
                                                      "ClusterRole",
                                                      "ClusterRoleBinding",
                                                      "Event",
                                                      "PodDisruptionBudget",
                                                      "CertificateSigningRequest"};
  if (is_one_of(kPaths, resource.kind)) {
    return is_path_segment(name) ? "" : "metadata.name: Invalid value";
  }
  const bool label = resource.kind == "Namespace" || resource.kind == "Service";
  auto why = label ? why_not_dns_label(name) : why_not_dns_subdomain(name);
  if (resource.kind == "Service" && std::isdigit(static_cast<unsigned char>(name.front())) != 0) {
    why = "must start with a letter";
  }
  return why.empty() ? why : "metadata.name: Invalid value: " + why;
}

std::string why_not_labels(const Value& metadata) {
  for (const auto& [key, value] : metadata.at("labels").members()) {
    const auto text = value.string_or("");
    if (!is_qualified_name(key) || !(text.empty() || is_qualified(text))) {
      return "metadata.labels: Invalid value: " + key;
    }
  }
  for (const auto& [key, value] : metadata.at("annotations").members()) {
    std::string lower = key;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    if (!is_qualified_name(lower)) return "metadata.annotations: Invalid value: " + key;
  }
  return {};
}

/// Whether the server checks this kind's finalizers as it does those of its core.
bool wants_qualified_finalizers(const Resource& resource) {
  constexpr std::array<std::string_view, 3> kLenient = {"admissionregistration.k8s.io",
                                                        "coordination.k8s.io", "policy"};
  return !rules_of(resource).is_custom && !is_one_of(kLenient, resource.group) &&
         resource.kind != "Event";
}

std::string why_not_metadata(const Object& object) {
  const auto& metadata = object.at("metadata");
  if (auto why = why_not_name(object.resource(), object.name()); !why.empty()) return why;
  if (auto why = why_not_labels(metadata); !why.empty()) return why;
  for (const auto& finalizer : object.finalizers()) {
    if (!is_qualified_name(finalizer)) return "metadata.finalizers: Invalid value: " + finalizer;
    constexpr std::array<std::string_view, 2> kBare = {"orphan", "foregroundDeletion"};
    if (!wants_qualified_finalizers(object.resource())) continue;
    if (!finalizer.contains('/') && !is_one_of(kBare, finalizer)) {
      return "metadata.finalizers: Invalid value: name is neither a standard finalizer nor fully "
             "qualified";
    }
  }
  int controllers = 0;
  for (const auto& owner : metadata.at("ownerReferences").items()) {
    for (const auto* field : {"apiVersion", "kind", "name", "uid"}) {
      if (owner.at(field).string_or("").empty()) {
        return std::string("metadata.ownerReferences.") + field + ": Invalid value";
      }
    }
    if (owner.at("controller").bool_or(false) && ++controllers > 1) {
      return "metadata.ownerReferences: Invalid value: only one reference can have controller set";
    }
  }
  return {};
}

}  // namespace

std::string why_not_valid(const Object& object) {
  auto why = why_not_metadata(object);
  return why.empty() ? why_not_kind(object) : why;
}

std::string why_not_valid_change(const Object& before, const Object& after,
                                 std::string_view subresource) {
  if (before.uid() != after.uid()) return "metadata.uid: Invalid value: field is immutable";
  if (before.is_being_deleted()) {
    const auto had = before.finalizers();
    for (const auto& finalizer : after.finalizers()) {
      if (!is_one_of(had, finalizer)) {
        return "metadata.finalizers: Forbidden: no new finalizers can be added if the object is "
               "being deleted";
      }
    }
  }
  if (auto why = why_not_kind_change(before, after); !why.empty()) return why;
  if (rules_of(before.resource()).has_approval) {
    if (auto why = why_not_signed_so(before, after, subresource); !why.empty()) return why;
  }
  return why_not_valid(after);
}

}  // namespace kube::testing

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "kube/testing/is_one_of.hpp"
#include "kube/testing/validate_kinds.hpp"

namespace kube::testing {
namespace {

using json::Value;

constexpr std::int64_t kMostTimeout = 30;

bool is_fully_qualified(std::string_view name) {
  return why_not_dns_subdomain(name).empty() && std::ranges::count(name, '.') >= 2;
}

std::string why_not_client(const Value& client) {
  const auto url = client.at("url").string_or("");
  const auto& service = client.at("service");
  if (url.empty() == service.is_null())
    return "clientConfig: exactly one of url or service is required";
  if (service.is_null())
    return url.starts_with("https://") ? "" : "clientConfig.url: Invalid value";
  if (service.at("name").string_or("").empty()) return "clientConfig.service.name: Required value";
  if (service.at("namespace").string_or("").empty()) {
    return "clientConfig.service.namespace: Required value";
  }
  const auto port = service.at("port").int_or(0);
  return port >= 1 && port <= 65535 ? "" : "clientConfig.service.port: Invalid value";
}

std::string why_not_rule(const Value& rule) {
  for (const auto* member : {"operations", "apiGroups", "apiVersions", "resources"}) {
    if (rule.at(member).items().empty()) return std::string("rules.") + member + ": Required value";
  }
  return {};
}

std::string why_not_choices(const Value& webhook, bool mutating) {
  constexpr std::array<std::string_view, 2> kEffects = {"None", "NoneOnDryRun"};
  constexpr std::array<std::string_view, 2> kFailure = {"Fail", "Ignore"};
  constexpr std::array<std::string_view, 2> kMatch = {"Equivalent", "Exact"};
  constexpr std::array<std::string_view, 2> kAgain = {"Never", "IfNeeded"};
  const auto choice = [&](const char* member) { return webhook.at(member).string_or(""); };
  if (!is_one_of(kEffects, choice("sideEffects"))) return "sideEffects: Unsupported value";
  if (!is_one_of(kFailure, choice("failurePolicy"))) return "failurePolicy: Unsupported value";
  if (!is_one_of(kMatch, choice("matchPolicy"))) return "matchPolicy: Unsupported value";
  if (mutating && !is_one_of(kAgain, choice("reinvocationPolicy"))) {
    return "reinvocationPolicy: Unsupported value";
  }
  return {};
}

/// A version that this server can send.
bool has_known_version(const Value& webhook) {
  constexpr std::array<std::string_view, 2> kKnown = {"v1", "v1beta1"};
  return std::ranges::any_of(
      webhook.at("admissionReviewVersions").items(),
      [&](const auto& version) { return is_one_of(kKnown, version.string_or("")); });
}

std::string why_not_webhook(const Value& webhook, bool mutating) {
  if (!is_fully_qualified(webhook.at("name").string_or(""))) return "webhooks.name: Invalid value";
  if (!has_known_version(webhook)) return "webhooks.admissionReviewVersions: Invalid value";
  const auto seconds = webhook.at("timeoutSeconds").int_or(0);
  if (seconds < 1 || seconds > kMostTimeout) return "webhooks.timeoutSeconds: Invalid value";
  if (auto why = why_not_choices(webhook, mutating); !why.empty()) return "webhooks." + why;
  if (auto why = why_not_client(webhook.at("clientConfig")); !why.empty()) return "webhooks." + why;
  for (const auto& rule : webhook.at("rules").items()) {
    if (auto why = why_not_rule(rule); !why.empty()) return "webhooks." + why;
  }
  return {};
}

}  // namespace

std::string why_not_webhooks(const Object& configuration) {
  const bool mutating = configuration.resource().kind.starts_with("Mutating");
  std::set<std::string> names;
  for (const auto& webhook : configuration.at("webhooks").items()) {
    if (auto why = why_not_webhook(webhook, mutating); !why.empty()) return why;
    if (!names.insert(std::string(webhook.at("name").string_or(""))).second) {
      return "webhooks.name: Duplicate value";
    }
  }
  return {};
}

}  // namespace kube::testing

#include "operator/reconcile/verify.hpp"

#include <algorithm>

namespace reconcile {
namespace {

using json::Value;

/// A new binding is known to an API server's authorizer within milliseconds.
constexpr int kAttempts = 3;
constexpr std::chrono::milliseconds kBetweenAttempts{100};

std::string first_of(const Value& list) {
  return list.items().empty() ? std::string() : std::string(list.items()[0].string_or(""));
}

/// What a rule allows, as a question: its first verb on its first resource.
Value question(const Value& rule, const std::string& space) {
  Value spec;
  const auto verb = first_of(rule.at("verbs"));
  if (const auto path = first_of(rule.at("nonResourceURLs")); !path.empty()) {
    spec["nonResourceAttributes"] = Value::object({{"path", path}, {"verb", verb}});
    return spec;
  }
  const auto resource = first_of(rule.at("resources"));
  const auto slash = resource.find('/');
  auto asked = Value::object({{"group", first_of(rule.at("apiGroups"))},
                              {"resource", resource.substr(0, slash)},
                              {"verb", verb}});
  if (slash != std::string::npos) asked["subresource"] = resource.substr(slash + 1);
  if (const auto name = first_of(rule.at("resourceNames")); !name.empty()) asked["name"] = name;
  if (!space.empty()) asked["namespace"] = space;
  spec["resourceAttributes"] = std::move(asked);
  return spec;
}

std::vector<Value> questions(const api::Permissions& permissions) {
  std::vector<Value> all;
  for (const auto& rule : permissions.cluster_rules.items()) all.push_back(question(rule, ""));
  for (const auto& granted : permissions.roles)
    for (const auto& rule : granted.rules.items())
      all.push_back(question(rule, granted.namespace_name));
  return all;
}

std::string told(const Value& asked) {
  const auto& url = asked.at("nonResourceAttributes");
  if (!url.is_null())
    return std::string(url.at("verb").string_or("")) + " " +
           std::string(url.at("path").string_or(""));
  const auto& what = asked.at("resourceAttributes");
  const auto text = [&](const char* key) { return std::string(what.at(key).string_or("")); };
  auto told = text("verb") + " " + text("resource");
  if (!text("group").empty()) told += "." + text("group");
  if (!text("namespace").empty()) told += " in namespace " + text("namespace");
  return told;
}

kube::Task<base::Result<Value>> review(kube::Api& api, kube::Resource kind, Value spec) {
  kube::Post post{.ref = {kind, "", ""}};
  post.body = Value::object({{"apiVersion", kind.api_version()}, {"kind", kind.kind}});
  if (!spec.is_null()) post.body["spec"] = std::move(spec);
  co_return co_await api.call(kube::Request(std::move(post)));
}

/// The rights that are missing, for people.
kube::Task<base::Result<std::vector<std::string>>> ask_rights(kube::Api& api,
                                                              std::vector<Value> asked) {
  std::vector<std::string> missing;
  for (auto& spec : asked) {
    const auto text = told(spec);
    auto answer = co_await review(api, kube::kinds::kSelfSubjectAccessReview, std::move(spec));
    CO_TRY(const auto judged, std::move(answer));
    if (!judged.at("status").at("allowed").bool_or(false)) missing.push_back(text);
  }
  co_return missing;
}

/// Something that a rule allows to read, if only to learn that it is not there.
std::optional<kube::ObjectRef> readable(const plan::Snapshot& snapshot) {
  const auto has = [](const Value& list, std::string_view wanted) {
    return std::ranges::any_of(list.items(),
                               [&](const Value& item) { return item.string_or("") == wanted; });
  };
  for (const auto& rule : snapshot.resource.spec.permissions.cluster_rules.items())
    for (const auto& kind : {kube::kinds::kSecret, kube::kinds::kConfigMap})
      if (has(rule.at("apiGroups"), "") && has(rule.at("resources"), kind.plural) &&
          has(rule.at("verbs"), "get") && rule.at("resourceNames").items().empty())
        return kube::ObjectRef{kind, snapshot.resource.target_namespace(), "portcullis-probe"};
  return std::nullopt;
}

base::Error not_granted(const std::vector<std::string>& missing) {
  std::string all;
  for (const auto& one : missing) all += (all.empty() ? "" : ", ") + one;
  auto error = base::transient("the target does not grant the new credential: " + all);
  error.reason = "NotGranted";
  return error;
}

kube::Task<base::Result<>> check_rights(kube::Api& api, std::shared_ptr<const Observation> seen) {
  const auto asked = questions(seen->snapshot.resource.spec.permissions);
  std::vector<std::string> missing;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    auto again = asked;
    auto answer = co_await ask_rights(api, std::move(again));
    CO_TRY(missing, std::move(answer));
    if (missing.empty() || seen->snapshot.delivered()) break;
    if (attempt < kAttempts) co_await net_io::sleep_for(kBetweenAttempts);
  }
  if (!missing.empty() && !seen->snapshot.delivered()) co_return base::fail(not_granted(missing));
  auto probe = missing.empty() ? readable(seen->snapshot) : std::nullopt;
  if (!probe) co_return base::Result<>{};
  auto found = co_await kube::find(api, std::move(*probe));
  CO_TRY_VOID(std::move(found));
  co_return base::Result<>{};
}

kube::Task<base::Result<Identity>> ask_identity(kube::Api& api) {
  auto answer = co_await review(api, kube::kinds::kSelfSubjectReview, Value());
  CO_TRY(const auto said, std::move(answer));
  const auto& info = said.at("status").at("userInfo");
  Identity identity{.user = std::string(info.at("username").string_or("")), .groups = {}};
  for (const auto& group : info.at("groups").items())
    identity.groups.emplace_back(group.string_or(""));
  co_return identity;
}

base::Error other_identity(std::string what) {
  auto error = base::transient(std::move(what));
  error.reason = kOtherIdentity;
  return error;
}

base::Result<> check_identity(const Identity& is, const Identity& expected) {
  if (is.user != expected.user)
    return base::fail(other_identity("the target takes the new credential for " + is.user +
                                     ", not for " + expected.user));
  for (const auto& group : expected.groups)
    if (std::ranges::find(is.groups, group) == is.groups.end())
      return base::fail(
          other_identity("the target does not count " + is.user + " to the group " + group));
  return {};
}

}  // namespace

kube::Task<base::Result<Identity>> ask_who(Connection& connection, kube::ClientConfig credential) {
  CO_TRY(const auto api, connection.as(std::move(credential)));
  co_return co_await ask_identity(*api);
}

kube::Task<base::Result<>> verify(Connection& connection, std::shared_ptr<const Observation> seen,
                                  kube::ClientConfig credential, Identity expected) {
  CO_TRY(const auto api, connection.as(std::move(credential)));
  auto answer = co_await ask_identity(*api);
  CO_TRY(const auto is, std::move(answer));
  CO_TRY_VOID(check_identity(is, expected));
  co_return co_await check_rights(*api, std::move(seen));
}

}  // namespace reconcile

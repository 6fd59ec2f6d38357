#include "kube/testing/signing_request.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/base64.hpp"
#include "crypto/certificate.hpp"
#include "crypto/request.hpp"
#include "kube/testing/answers.hpp"
#include "kube/testing/is_one_of.hpp"
#include "kube/testing/skeleton.hpp"

namespace kube::testing {
namespace {

using json::Value;

constexpr std::string_view kClientSigner = "kubernetes.io/kube-apiserver-client";
constexpr std::int64_t kLeastExpiration = 600;
constexpr std::array<std::string_view, 2> kVerdicts = {"Approved", "Denied"};
constexpr std::array<std::string_view, 3> kLasting = {"Approved", "Denied", "Failed"};

std::string pem_at(const Value& text) {
  return base::base64_decode(text.string_or("")).value_or("");
}

std::string_view type_of(const Value& condition) { return condition.at("type").string_or(""); }

const json::Array& conditions_of(const Object& request) {
  return request.at("status").at("conditions").items();
}

std::ptrdiff_t count_of(const Object& request, std::string_view type) {
  return std::ranges::count(conditions_of(request), type, type_of);
}

/// When a condition like this one came to be.
Value transition_of(const Value& condition, const Object& live, const std::string& now) {
  for (const auto& was : conditions_of(live)) {
    const bool is_like = was.at("type") == condition.at("type") &&
                         was.at("status") == condition.at("status") &&
                         !was.at("lastTransitionTime").is_null();
    if (is_like) return was.at("lastTransitionTime");
  }
  return now;
}

/// Verdicts are as they were, if there are still as many.
void keep_verdicts(const Object& live, json::Array& conditions) {
  for (const auto verdict : kVerdicts) {
    if (std::ranges::count(conditions, verdict, type_of) != count_of(live, verdict)) continue;
    const auto was = std::ranges::find(conditions_of(live), verdict, type_of);
    const auto is = std::ranges::find(conditions, verdict, type_of);
    if (is != conditions.end()) *is = *was;
  }
}

bool is_signer(std::string_view name) {
  const auto slash = name.find('/');
  if (slash == std::string_view::npos) return false;
  const auto domain = name.substr(0, slash);
  return domain.contains('.') && why_not_dns_subdomain(domain).empty() &&
         why_not_dns_subdomain(name.substr(slash + 1)).empty();
}

std::string why_not_usages(const Value& usages) {
  constexpr std::array<std::string_view, 23> kUsages = {"signing",
                                                        "digital signature",
                                                        "content commitment",
                                                        "key encipherment",
                                                        "key agreement",
                                                        "data encipherment",
                                                        "cert sign",
                                                        "crl sign",
                                                        "encipher only",
                                                        "decipher only",
                                                        "any",
                                                        "server auth",
                                                        "client auth",
                                                        "code signing",
                                                        "email protection",
                                                        "s/mime",
                                                        "ipsec end system",
                                                        "ipsec tunnel",
                                                        "ipsec user",
                                                        "timestamping",
                                                        "ocsp signing",
                                                        "microsoft sgc",
                                                        "netscape sgc"};
  if (usages.items().empty()) return "spec.usages: Required value";
  std::set<std::string_view> seen;
  for (const auto& usage : usages.items()) {
    const auto text = usage.string_or("");
    if (!is_one_of(kUsages, text)) return "spec.usages: Unsupported value";
    if (!seen.insert(text).second) return "spec.usages: Duplicate value";
  }
  return {};
}

std::string why_not_conditions(const Object& request) {
  constexpr std::array<std::string_view, 3> kStatuses = {"True", "False", "Unknown"};
  std::set<std::string_view> seen;
  for (const auto& condition : conditions_of(request)) {
    const auto type = type_of(condition);
    const auto status = condition.at("status").string_or("");
    const bool is_known =
        is_one_of(kLasting, type) ? status == "True" : is_one_of(kStatuses, status);
    if (type.empty()) return "status.conditions.type: Required value";
    if (!is_known) return "status.conditions.status: Unsupported value";
    if (!seen.insert(type).second) return "status.conditions.type: Duplicate value";
  }
  const bool both = seen.contains(kVerdicts[0]) && seen.contains(kVerdicts[1]);
  return both ? "status.conditions: Approved and Denied conditions are mutually exclusive" : "";
}

}  // namespace

void set_requester(Object& request) {
  auto& spec = request["spec"];
  for (const auto* member : {"username", "uid", "groups", "extra"}) spec.as_object()->erase(member);
  fill_in(spec, user_info());
}

std::string why_not_to_be_signed(const Object& object) {
  const auto& spec = object.at("spec");
  if (object.resource() != kinds::kCertificateSigningRequest ||
      spec.at("signerName").string_or("") != kClientSigner)
    return {};
  const auto read = crypto::read_csr(pem_at(spec.at("request")));
  const bool is_master = read && is_one_of(read->organizations, "system:masters");
  return is_master ? "use of this signer with system:masters group is not allowed" : "";
}

FieldSet ignored_of_signing_request(std::string_view subresource) {
  if (subresource.empty()) return {.members = {"f:spec", "f:status"}, .children = {}};
  const auto* others = subresource == "approval" ? "f:certificate" : "f:conditions";
  return {.members = {"f:spec"}, .children = {{"f:status", {.members = {others}, .children = {}}}}};
}

void restore_signing_request(const Object& live, Object& next, std::string_view subresource,
                             const std::string& now) {
  copy_member(next.document(), live.document(), "spec");
  if (subresource.empty()) return copy_member(next.document(), live.document(), "status");
  if (auto* conditions = next["status"]["conditions"].as_array()) {
    if (subresource == "status") keep_verdicts(live, *conditions);
    for (auto& condition : *conditions) {
      if (condition.at("lastUpdateTime").is_null()) condition["lastUpdateTime"] = now;
      if (condition.at("lastTransitionTime").is_null())
        condition["lastTransitionTime"] = transition_of(condition, live, now);
    }
  } else {
    next["status"].as_object()->erase("conditions");
  }
  if (subresource == "approval") copy_member(next["status"], live.at("status"), "certificate");
}

std::string why_not_signing_request(const Object& request) {
  const auto& spec = request.at("spec");
  if (!crypto::read_csr(pem_at(spec.at("request")))) return "spec.request: Invalid value";
  if (auto why = why_not_usages(spec.at("usages")); !why.empty()) return why;
  const auto signer = spec.at("signerName").string_or("");
  if (!is_signer(signer) || signer == "kubernetes.io/legacy-unknown")
    return "spec.signerName: Invalid value";
  if (spec.at("expirationSeconds").int_or(kLeastExpiration) < kLeastExpiration)
    return "spec.expirationSeconds: Invalid value";
  if (auto why = why_not_conditions(request); !why.empty()) return why;
  const auto certificate = pem_at(request.at("status").at("certificate"));
  const bool is_fine = certificate.empty() || crypto::split_pem(certificate);
  return is_fine ? "" : "status.certificate: Invalid value";
}

std::string why_not_signed_so(const Object& before, const Object& after,
                              std::string_view subresource) {
  for (const auto type : kLasting) {
    const auto had = count_of(before, type);
    const auto has = count_of(after, type);
    if (has < had) return "status.conditions: Forbidden: updates may not remove a condition";
    const bool may_add = subresource == "approval" || !is_one_of(kVerdicts, type);
    if (has > had && !may_add) return "status.conditions: Forbidden: updates may not add a verdict";
  }
  const auto& had = before.at("status").at("certificate");
  const bool changed = had.string_or("") != after.at("status").at("certificate").string_or("");
  return changed && !had.string_or("").empty()
             ? "status.certificate: Forbidden: updates may not modify existing certificate content"
             : "";
}

}  // namespace kube::testing

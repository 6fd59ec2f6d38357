#include "kube/testing/decode.hpp"

#include <array>
#include <string_view>

#include "base/base64.hpp"
#include "base/clock.hpp"
#include "json/patch.hpp"
#include "kube/testing/kind_rules.hpp"

namespace kube::testing {
namespace {

using json::Value;

enum class Json { text, integer, boolean, list, object, texts, blob, blobs, time, list_of_texts };

struct Member {
  std::string_view kind;  ///< empty: of every kind
  std::string_view pointer;
  Json type;
};

constexpr Member kMembers[] = {
    {"", "/metadata/labels", Json::texts},
    {"", "/metadata/annotations", Json::texts},
    {"", "/metadata/finalizers", Json::list_of_texts},
    {"", "/metadata/ownerReferences", Json::list},
    {"ConfigMap", "/data", Json::texts},
    {"ConfigMap", "/binaryData", Json::blobs},
    {"Secret", "/data", Json::blobs},
    {"Secret", "/stringData", Json::texts},
    {"Secret", "/type", Json::text},
    {"Service", "/spec/ports", Json::list},
    {"Service", "/spec/selector", Json::texts},
    {"ServiceAccount", "/automountServiceAccountToken", Json::boolean},
    {"ServiceAccount", "/imagePullSecrets", Json::list},
    {"Role", "/rules", Json::list},
    {"ClusterRole", "/rules", Json::list},
    {"RoleBinding", "/subjects", Json::list},
    {"ClusterRoleBinding", "/subjects", Json::list},
    {"ReplicaSet", "/spec/replicas", Json::integer},
    {"ReplicaSet", "/spec/selector", Json::object},
    {"ReplicaSet", "/spec/template/spec/containers", Json::list},
    {"ControllerRevision", "/revision", Json::integer},
    {"Lease", "/spec/leaseDurationSeconds", Json::integer},
    {"Lease", "/spec/leaseTransitions", Json::integer},
    {"Lease", "/spec/renewTime", Json::time},
    {"Lease", "/spec/acquireTime", Json::time},
    {"Event", "/count", Json::integer},
    {"ValidatingWebhookConfiguration", "/webhooks", Json::list},
    {"MutatingWebhookConfiguration", "/webhooks", Json::list},
    {"CertificateSigningRequest", "/spec", Json::object},
    {"CertificateSigningRequest", "/status", Json::object},
    {"CertificateSigningRequest", "/spec/request", Json::blob},
    {"CertificateSigningRequest", "/spec/signerName", Json::text},
    {"CertificateSigningRequest", "/spec/usages", Json::list_of_texts},
    {"CertificateSigningRequest", "/spec/expirationSeconds", Json::integer},
    {"CertificateSigningRequest", "/status/conditions", Json::list},
    {"CertificateSigningRequest", "/status/certificate", Json::blob},
    {"AdmissionDeployment", "/spec/revisionHistoryLimit", Json::integer},
    {"AdmissionDeployment", "/status/replicas", Json::integer},
};

template <class Test>
bool all_members(const Value& map, Test test) {
  if (map.as_object() == nullptr) return false;
  for (const auto& [key, value] : map.members()) {
    if (!value.is_null() && !test(value)) return false;
  }
  return true;
}

bool is_text(const Value& value) { return value.as_string() != nullptr; }

bool is_blob(const Value& value) {
  return is_text(value) && base::base64_decode(*value.as_string()).has_value();
}

bool is_time(const Value& value) {
  return is_text(value) && base::parse_rfc3339(*value.as_string()).has_value();
}

bool are_texts(const Value& list) {
  if (list.as_array() == nullptr) return false;
  for (const auto& item : list.items()) {
    if (!is_text(item)) return false;
  }
  return true;
}

bool fits(const Value& value, Json type) {
  switch (type) {
    case Json::text:
      return is_text(value);
    case Json::integer:
      return value.as_number() && value.as_number()->as_int64();
    case Json::boolean:
      return value.as_bool() != nullptr;
    case Json::list:
      return value.as_array() != nullptr;
    case Json::object:
      return value.as_object() != nullptr;
    case Json::texts:
      return all_members(value, is_text);
    case Json::blob:
      return is_blob(value);
    case Json::blobs:
      return all_members(value, is_blob);
    case Json::time:
      return is_time(value);
    case Json::list_of_texts:
      return are_texts(value);
  }
  return true;
}

Json as_schema_sees(Json type) {
  if (type == Json::blobs) return Json::texts;
  return type == Json::time || type == Json::blob ? Json::text : type;
}

std::string why_not(const Resource& resource, const Value& document, bool schema_only) {
  for (const auto& member : kMembers) {
    if (!member.kind.empty() && member.kind != resource.kind) continue;
    // A custom resource decodes whatever its members are; validation is what looks at them.
    const bool is_own = !member.kind.empty() && rules_of(resource).is_custom;
    if (is_own && !schema_only) continue;
    const auto* value = json::resolve(document, member.pointer);
    const auto type = schema_only ? as_schema_sees(member.type) : member.type;
    if (value && !value->is_null() && !fits(*value, type)) {
      return resource.kind + " in version \"" + resource.version + "\" cannot be handled as a " +
             resource.kind + ": " + std::string(member.pointer) + " has another type";
    }
  }
  return {};
}

}  // namespace

std::string why_not_decodable(const Resource& resource, const Value& document) {
  return why_not(resource, document, false);
}

std::string why_not_typed(const Resource& resource, const Value& document) {
  return why_not(resource, document, true);
}

}  // namespace kube::testing

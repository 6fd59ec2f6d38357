#include "conformance/catalogue.hpp"

#include <algorithm>
#include <utility>

#include "json/parse.hpp"

namespace conformance {
namespace {

using json::Value;

const std::vector<kube::Resource>& resources() {
  using namespace kube::kinds;
  static const std::vector<kube::Resource> kAll = {kNamespace,
                                                   kSecret,
                                                   kService,
                                                   kServiceAccount,
                                                   kPod,
                                                   kEvent,
                                                   kConfigMap,
                                                   kReplicaSet,
                                                   kControllerRevision,
                                                   kRole,
                                                   kRoleBinding,
                                                   kClusterRole,
                                                   kClusterRoleBinding,
                                                   kLease,
                                                   kPodDisruptionBudget,
                                                   kCertificateSigningRequest,
                                                   kValidatingWebhookConfiguration,
                                                   kMutatingWebhookConfiguration,
                                                   kAdmissionDeployment};
  return kAll;
}

std::vector<Part> read_parts(const Value& parts) {
  std::vector<Part> read;
  for (const auto& [pointer, values] : parts.members()) {
    read.push_back({.pointer = pointer, .values = values.items()});
  }
  return read;
}

std::vector<Part> parse_parts(const char* text) { return read_parts(*json::parse(text)); }

Value placed(const Value& value, const Value& space) {
  if (value.string_or("") == "$namespace") return space;
  if (!value.as_object()) return value;
  json::Object members;
  for (const auto& [key, member] : value.members()) members.set(key, placed(member, space));
  return members;
}

}  // namespace

base::Result<std::vector<KindSource>> read_catalogue(const std::string& text) {
  TRY(const auto document, json::parse(text));
  std::vector<KindSource> catalogue;
  for (const auto& [kind, source] : document.members()) {
    const auto resource = std::ranges::find(resources(), kind, &kube::Resource::kind);
    if (resource == resources().end()) return base::fail(base::invalid("unknown kind " + kind));
    catalogue.push_back({.resource = *resource,
                         .base = source.at("base"),
                         .parts = read_parts(source.at("parts")),
                         .wrong = read_parts(source.at("wrong")),
                         .status = read_parts(source.at("status")),
                         .status_wrong = read_parts(source.at("status_wrong")),
                         .is_given = source.at("given").bool_or(false)});
  }
  return catalogue;
}

const std::vector<Part>& metadata_parts() {
  static const auto kParts = parse_parts(R"({
    "/metadata/labels/app": ["a", "b"],
    "/metadata/labels/example.test~1tier": ["web", ""],
    "/metadata/annotations/note": ["one", "two", ""],
    "/metadata/annotations/example.test~1hash": ["0123", "4567"],
    "/metadata/finalizers": [["example.test/hold"], ["example.test/hold", "example.test/keep"], ["example.test/keep"], []],
    "/metadata/ownerReferences": [
      [{"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "00000000-0000-4000-8000-00000000000a"}],
      [{"apiVersion": "v1", "kind": "ConfigMap", "name": "p", "uid": "00000000-0000-4000-8000-00000000000b", "controller": true, "blockOwnerDeletion": true},
       {"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "00000000-0000-4000-8000-00000000000a"}]]
  })");
  return kParts;
}

const std::vector<Part>& wrong_metadata_parts() {
  static const auto kParts = parse_parts(R"({
    "/metadata/labels/app": ["not a label", "-x", 5],
    "/metadata/labels/bad key": ["x"],
    "/metadata/annotations/a~1b~1c": ["x"],
    "/metadata/finalizers": [["hold"], ["bad name/x"]],
    "/metadata/name": ["Upper", "a_b", "under_score", "a..b", "-a"],
    "/metadata/ownerReferences": [
      [{"apiVersion": "v1", "kind": "ConfigMap", "name": "", "uid": "x"}],
      [{"apiVersion": "v1", "kind": "ConfigMap", "name": "o"}],
      [{"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "a", "controller": true},
       {"apiVersion": "v1", "kind": "ConfigMap", "name": "p", "uid": "b", "controller": true}]]
  })");
  return kParts;
}

const Value& pick(const json::Array& values, base::Random& random) {
  return values[random.below(values.size())];
}

void set_at(Value& document, std::string_view pointer, Value value) {
  Value* place = &document;
  for (auto rest = pointer.substr(1);;) {
    const auto slash = rest.find('/');
    std::string token(rest.substr(0, slash));
    for (auto [escape, letter] : {std::pair("~1", '/'), std::pair("~0", '~')}) {
      if (const auto at = token.find(escape); at != std::string::npos)
        token.replace(at, 2, 1, letter);
    }
    place = &(*place)[token];
    if (slash == std::string_view::npos) break;
    rest = rest.substr(slash + 1);
  }
  *place = std::move(value);
}

void add_all(Value& to, const Value& from) {
  const auto space = to.at("metadata").at("namespace");
  for (const auto& [key, member] : from.members()) to[key] = placed(member, space);
}

}  // namespace conformance

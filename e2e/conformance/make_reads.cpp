#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "conformance/generator.hpp"

// Reads, and the requests to subresources.

namespace conformance {

using json::Value;

kube::Request Generator::make_get() {
  const auto& kind = any_known_kind();
  return kube::Get{.ref = any_ref(kind), .metadata_only = chance(0.2)};
}

kube::Request Generator::make_list() {
  if (unfinished_ && chance(0.8)) {
    last_list_ = *std::exchange(unfinished_, std::nullopt);
    return last_list_;
  }
  const auto& kind = any_known_kind();
  kube::List request{
      .resource = kind.resource,
      .namespace_name = kind.resource.namespaced ? name_ + (chance(0.95) ? "-a" : "-none") : "",
      .label_selector = selector(kind),
      .field_selector = "",
      .limit = static_cast<int>(1 + random_.below(4))};
  if (chance(0.1)) request.field_selector = "metadata.name=" + any_name(kind);
  if (chance(0.03)) request.field_selector = "metadata.name!=" + any_name(kind);
  if (chance(0.06)) request.field_selector = "spec.nothing=x";
  if (chance(0.03)) request.field_selector = "spec.signerName=example.org/none";
  if (chance(0.06)) request.label_selector = chance(0.5) ? "a b" : "app in a";
  if (chance(0.05)) request.continue_token = chance(0.5) ? "not-a-token" : "e30";
  request.metadata_only = chance(0.15);
  last_list_ = request;
  return request;
}

kube::Watch Generator::make_watch() {
  const auto& kind = any_known_kind();
  kube::Watch watch{.resource = kind.resource,
                    .namespace_name = kind.resource.namespaced ? name_ + "-a" : "",
                    .label_selector = selector(kind)};
  // Never without a version: an etcd before 3.5 cannot serve that.
  const auto& own = list_versions_[kind.resource];
  const auto& versions = own.empty() ? list_versions_[kube::kinds::kConfigMap] : own;
  watch.resource_version = versions[random_.below(versions.size())];
  if (const auto live = existing(kind); live && chance(0.4)) {
    const auto& known = past_[live->ref()];
    if (!known.empty()) {
      watch.resource_version = known[random_.below(known.size())].resource_version().value;
    }
  }
  if (chance(0.06)) watch.resource_version = "not-a-version";
  if (chance(0.06)) watch.label_selector = "a b";
  if (chance(0.05)) watch.field_selector = "spec.nothing=x";
  if (chance(0.08)) watch.field_selector = "metadata.name=" + any_name(kind);
  watch.metadata_only = chance(0.1);
  return watch;
}

kube::Request Generator::make_subresource() {
  const double dice = random_.unit();
  const auto& signing_request = kind_named("CertificateSigningRequest");
  if (dice < 0.20) return make_token();
  if (dice < 0.25) return make_review();
  if (dice < 0.45) return make_status(signing_request, "approval");
  constexpr std::array<const char*, 2> kScaled = {"ReplicaSet", "AdmissionDeployment"};
  if (dice < 0.65) return make_scale(kind_named(kScaled[random_.below(kScaled.size())]));
  if (dice < 0.73) return make_status(signing_request, "status");
  constexpr std::array<const char*, 3> kWithStatus = {"ReplicaSet", "PodDisruptionBudget",
                                                      "AdmissionDeployment"};
  return make_status(kind_named(kWithStatus[random_.below(kWithStatus.size())]), "status");
}

kube::Request Generator::make_status(const KindSource& kind, const std::string& subresource) {
  const auto ref = any_ref(kind);
  const double dice = random_.unit();
  if (dice < 0.35) {
    const bool is_merge = dice < 0.25;
    return kube::Patch{.ref = ref,
                       .type = is_merge ? kube::Patch::Type::merge : kube::Patch::Type::json,
                       .body = is_merge ? merge_body(kind.status, kind.status_wrong)
                                        : json_body(kind.status, kind.status_wrong),
                       .field_manager = any_manager(),
                       .subresource = subresource,
                       .dry_run = chance(0.05)};
  }
  const auto live = view_.peek(ref);
  if (dice < 0.65 || !live) {
    auto object = blank(kind, ref.namespace_name, ref.name);
    add_parts(object.document(), kind.status, 0.5);
    return kube::Apply{.object = std::move(object),
                       .field_manager = any_manager(),
                       .force = chance(0.4),
                       .dry_run = chance(0.05),
                       .subresource = subresource};
  }
  auto object = *live;
  if (auto* metadata = object["metadata"].as_object()) {
    metadata->erase("managedFields");
    metadata->erase("deletionTimestamp");
  }
  add_parts(object.document(), kind.status, 0.5);
  add_parts(object.document(), kind.parts, 0.1);
  if (chance(0.1)) add_parts(object.document(), kind.status_wrong, 0.5);
  if (chance(0.2)) object["metadata"]["resourceVersion"] = "1";
  return kube::Update{.object = std::move(object),
                      .field_manager = any_manager(),
                      .subresource = subresource,
                      .dry_run = chance(0.05)};
}

kube::Request Generator::make_scale(const KindSource& kind) {
  const auto ref = any_ref(kind);
  const auto replicas = chance(0.1) ? -1 : static_cast<int>(random_.below(4));
  if (chance(0.5)) {
    auto body = Value::object({{"spec", Value::object({{"replicas", replicas}})}});
    if (chance(0.1)) body["metadata"]["resourceVersion"] = "1";
    return kube::Patch{.ref = ref,
                       .type = kube::Patch::Type::merge,
                       .body = std::move(body),
                       .field_manager = "scaler-" + any_manager(),
                       .subresource = "scale",
                       .dry_run = chance(0.05)};
  }
  kube::Object scale(kind.resource,
                     Value::object({{"apiVersion", "autoscaling/v1"}, {"kind", "Scale"}}));
  scale["metadata"] = Value::object({{"name", ref.name}, {"namespace", ref.namespace_name}});
  if (const auto live = view_.peek(ref); live && chance(0.6)) {
    scale["metadata"]["resourceVersion"] = chance(0.7) ? live->resource_version().value : "1";
  }
  scale["spec"] = Value::object({{"replicas", replicas}});
  return kube::Update{.object = std::move(scale),
                      .field_manager = "scaler-" + any_manager(),
                      .subresource = "scale",
                      .dry_run = chance(0.05)};
}

kube::Request Generator::make_token() {
  const auto ref = any_ref(kind_named("ServiceAccount"));
  constexpr std::array<int, 5> kSeconds = {600, 3600, 86400, 599, 1};
  const auto seconds = kSeconds[random_.below(kSeconds.size())];
  std::optional<kube::ObjectRef> bound;
  kube::Uid uid;
  if (chance(0.5)) {
    bound = any_ref(kind_named(chance(0.9) ? "Secret" : "ConfigMap"));
    if (const auto live = view_.peek(*bound); live && chance(0.6)) uid = live->uid();
    if (chance(0.15)) uid = kube::Uid{"00000000-0000-4000-8000-0000000000ff"};
  }
  std::vector<std::string> audiences;
  if (chance(0.5)) audiences = {"here"};
  return kube::Post{
      .ref = ref,
      .subresource = "token",
      .body = kube::token_request_body(std::chrono::seconds(seconds), audiences, bound, uid)};
}

kube::Request Generator::make_review() {
  using namespace kube::kinds;
  const bool access = chance(0.5);
  const auto& resource = access ? kSelfSubjectAccessReview : kSelfSubjectReview;
  auto body = Value::object({{"apiVersion", resource.api_version()}, {"kind", resource.kind}});
  if (access) {
    body["spec"]["resourceAttributes"] =
        Value::object({{"verb", "get"}, {"resource", "secrets"}, {"namespace", name_ + "-a"}});
  }
  return kube::Post{.ref = {resource, "", ""}, .subresource = "", .body = std::move(body)};
}

}  // namespace conformance

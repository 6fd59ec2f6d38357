#include <algorithm>
#include <array>
#include <utility>

#include "conformance/generator.hpp"

// The requests that write objects. Shares are chosen so that about a third of all requests is
// refused.

namespace conformance {
namespace {

using json::Value;

constexpr const char* kNobodysUid = "00000000-0000-4000-8000-0000000000ff";

void forget(Value& document, std::string_view member) {
  if (auto* metadata = document["metadata"].as_object()) metadata->erase(member);
}

}  // namespace

kube::Request Generator::make_create() {
  const auto& kind = any_kind();
  const auto space = kind.resource.namespaced ? any_space() : "";
  auto object = blank(kind, space, any_name(kind));
  add_all(object.document(), kind.base);
  add_parts(object.document(), kind.parts, 0.4);
  add_parts(object.document(), metadata_parts(), 0.2);
  if (chance(0.1)) add_parts(object.document(), kind.status, 0.5);
  if (chance(0.15)) add_wrong(object.document(), kind);
  if (chance(0.02)) object["metadata"]["resourceVersion"] = "1";
  if (chance(0.02) && kind.resource.kind != "Service") forget(object.document(), "name");
  return kube::Create{
      .object = std::move(object), .field_manager = any_manager(), .dry_run = chance(0.05)};
}

kube::Request Generator::make_apply() {
  const auto& kind = any_kind();
  const auto ref = any_ref(kind);
  auto object = blank(kind, ref.namespace_name, ref.name);
  if (!view_.peek(ref) || chance(0.4)) add_all(object.document(), kind.base);
  add_parts(object.document(), kind.parts, 0.3);
  add_parts(object.document(), metadata_parts(), 0.2);
  if (chance(0.1)) add_wrong(object.document(), kind);
  if (chance(0.02)) object["metadata"]["uid"] = kNobodysUid;
  if (chance(0.02)) object["metadata"]["resourceVersion"] = "1";
  const auto manager = chance(0.01) ? "" : any_manager();
  return kube::Apply{.object = std::move(object),
                     .field_manager = manager,
                     .force = chance(0.35),
                     .dry_run = chance(0.05)};
}

kube::Request Generator::make_stale_update() {
  const auto start = random_.below(catalogue_.size());
  for (std::size_t i = 0; i < catalogue_.size(); ++i) {
    const auto& kind = catalogue_[(start + i) % catalogue_.size()];
    const auto live = existing(kind);
    if (!live || kind.is_given) continue;
    const auto& versions = past_[live->ref()];
    const auto stale = std::ranges::find_if(versions, [&](const auto& object) {
      return object.uid() == live->uid() && object.resource_version() != live->resource_version();
    });
    if (stale == versions.end()) continue;
    auto object = *stale;
    forget(object.document(), "managedFields");
    forget(object.document(), "deletionTimestamp");
    add_parts(object.document(), kind.parts, 0.3);
    add_parts(object.document(), metadata_parts(), 0.1);
    return kube::Update{
        .object = std::move(object), .field_manager = any_manager(), .dry_run = chance(0.05)};
  }
  const auto& kind = any_kind();
  const auto ref = any_ref(kind);
  auto object = blank(kind, ref.namespace_name, ref.name);
  add_all(object.document(), kind.base);
  object["metadata"]["resourceVersion"] = "1";
  return kube::Update{.object = std::move(object), .field_manager = any_manager()};
}

kube::Request Generator::make_update() {
  const auto& kind = any_kind();
  const auto live = existing(kind);
  if (!live || chance(0.08)) {
    auto object = blank(kind, kind.resource.namespaced ? any_space() : "", any_name(kind));
    add_all(object.document(), kind.base);
    add_parts(object.document(), kind.parts, 0.3);
    return kube::Update{.object = std::move(object), .field_manager = any_manager()};
  }
  auto object = *live;
  // The two sides' deletions are not of the same second.
  forget(object.document(), "deletionTimestamp");
  if (chance(0.8)) forget(object.document(), "managedFields");
  if (chance(0.05)) object["metadata"]["managedFields"] = Value::array({json::Object()});
  if (chance(0.15)) forget(object.document(), "resourceVersion");
  if (chance(0.05)) object["metadata"]["uid"] = kNobodysUid;
  if (chance(0.8)) add_parts(object.document(), kind.parts, 0.4);
  if (chance(0.5)) add_parts(object.document(), metadata_parts(), 0.3);
  if (chance(0.1)) {
    forget(object.document(), "labels");
    mark(object.document(), kind);
  }
  if (chance(0.1)) add_wrong(object.document(), kind);
  return kube::Update{
      .object = std::move(object), .field_manager = any_manager(), .dry_run = chance(0.05)};
}

Value Generator::merge_body(const std::vector<Part>& parts, const std::vector<Part>& wrong) {
  Value body = json::Object();
  const auto count = 1 + random_.below(3);
  for (std::size_t i = 0; i < count && !parts.empty(); ++i) {
    const auto& part = parts[random_.below(parts.size())];
    set_at(body, part.pointer, chance(0.3) ? Value() : pick(part.values, random_));
  }
  if (!wrong.empty() && chance(0.12)) {
    const auto& part = wrong[random_.below(wrong.size())];
    set_at(body, part.pointer, pick(part.values, random_));
  }
  return body;
}

Value Generator::json_body(const std::vector<Part>& parts, const std::vector<Part>& wrong) {
  constexpr std::array<const char*, 5> kOperations = {"add", "add", "replace", "remove", "test"};
  json::Array operations;
  const auto count = 1 + random_.below(2);
  for (std::size_t i = 0; i < count && !parts.empty(); ++i) {
    const bool is_wrong = !wrong.empty() && chance(0.1);
    const auto& from = is_wrong ? wrong : parts;
    const auto& part = from[random_.below(from.size())];
    Value operation = Value::object(
        {{"op", kOperations[random_.below(kOperations.size())]}, {"path", part.pointer}});
    if (operation.at("op").string_or("") != "remove")
      operation["value"] = pick(part.values, random_);
    operations.push_back(std::move(operation));
  }
  return operations;
}

kube::Request Generator::make_patch() {
  const auto& kind = any_known_kind();
  const auto ref = any_ref(kind);
  const bool metadata = kind.parts.empty() || chance(0.35);
  const auto& parts = metadata ? metadata_parts() : kind.parts;
  const auto& wrong = metadata || kind.wrong.empty() ? wrong_metadata_parts() : kind.wrong;
  const bool is_merge = chance(0.5);
  kube::Patch request{.ref = ref,
                      .type = is_merge ? kube::Patch::Type::merge : kube::Patch::Type::json,
                      .body = is_merge ? merge_body(parts, wrong) : json_body(parts, wrong),
                      .field_manager = any_manager(),
                      .subresource = "",
                      .dry_run = chance(0.05)};
  if (is_merge && chance(0.04)) request.body["metadata"]["resourceVersion"] = "1";
  if (is_merge && chance(0.03)) request.body["metadata"]["uid"] = kNobodysUid;
  return request;
}

kube::Request Generator::make_wrong_delete() {
  const auto& kind = any_known_kind();
  const auto there = existing(kind);
  const auto ref = there && chance(0.97) ? there->ref() : any_ref(kind);
  kube::Delete request{.ref = ref, .uid = kube::Uid{kNobodysUid}};
  if (const auto other = existing(kind); other && other->ref() != ref && chance(0.6)) {
    request.uid = other->uid();
  }
  return request;
}

kube::Request Generator::make_delete() {
  const auto& kind = any_kind();
  const auto ref = any_ref(kind);
  constexpr std::array<const char*, 6> kPolicies = {"Background", "Background", "Background",
                                                    "Foreground", "Orphan",     "Background"};
  kube::Delete request{.ref = ref, .propagation = kPolicies[random_.below(kPolicies.size())]};
  if (const auto live = view_.peek(ref); live && chance(0.7)) {
    request.uid = live->uid();
    if (chance(0.3)) request.resource_version = kube::ResourceVersion{"1"};
  }
  request.dry_run = chance(0.05);
  return request;
}

}  // namespace conformance

#include "operator/reconcile/drift.hpp"

#include <algorithm>
#include <set>

#include "crypto/hash.hpp"
#include "json/parse.hpp"
#include "json/patch.hpp"
#include "operator/plan/report.hpp"

namespace reconcile {
namespace {

using json::Value;
constexpr int kMostTakes = 3;

/// What a write would change for its readers: not bookkeeping.
Value comparable(const kube::Object& object) {
  auto document = object.document();
  if (auto* metadata = document["metadata"].as_object())
    for (const auto* key :
         {"managedFields", "resourceVersion", "generation", "creationTimestamp", "uid"})
      metadata->erase(key);
  document.as_object()->erase("status");
  return document;
}

void collect(const Value& a, const Value& b, const std::string& at,
             std::vector<std::string>& found) {
  if (a == b) return;
  if (!a.as_object() || !b.as_object()) {
    found.push_back(at);
    return;
  }
  std::set<std::string> keys;
  for (const auto& [key, value] : a.members()) keys.insert(key);
  for (const auto& [key, value] : b.members()) keys.insert(key);
  for (const auto& key : keys)
    collect(a.at(key), b.at(key), at + "/" + json::escape_pointer(key), found);
}

/// Who wrote last, beside ourselves.
std::string other_manager(const kube::Object& live, const std::string& ours) {
  std::string name = "another writer", latest;
  for (const auto& entry : live.at("metadata").at("managedFields").items()) {
    const std::string manager(entry.at("manager").string_or(""));
    const std::string time(entry.at("time").string_or(""));
    if (manager != ours && time >= latest) name = manager, latest = time;
  }
  return name;
}

/// `object` without the fields that were left to others.
kube::Object without(kube::Object object, const std::map<std::string, std::string>& contested) {
  for (const auto& [pointer, manager] : contested) {
    const auto operations = Value::array({Value::object({{"op", "remove"}, {"path", pointer}})});
    if (auto less = json::apply_patch(object.document(), operations))
      object.document() = std::move(*less);
  }
  return object;
}

base::Error foreign(const kube::ObjectRef& ref, const std::string& whose) {
  return {.kind = base::Error::Kind::invalid,
          .what = kube::to_string(ref) + " exists and is not ours: " + whose +
                  "; give ours another name, or delete it",
          .reason = std::string(plan::kForeignOwner)};
}

/// Counts what changed under an unchanged wish; whether anything is left that is ours to mend.
bool count_takes(Memory& memory, const std::vector<std::string>& fields,
                 const std::string& manager) {
  for (const auto& field : fields)
    if (++memory.takes[field] >= kMostTakes) memory.contested[field] = manager;
  return std::ranges::any_of(fields, [&](const auto& f) { return !memory.contested.contains(f); });
}

std::vector<std::string> describe(const kube::ObjectRef& ref, const Memory& memory) {
  std::vector<std::string> texts;
  for (const auto& [pointer, manager] : memory.contested)
    texts.push_back(kube::to_string(ref) + " " + pointer + " (by " + manager + ")");
  return texts;
}

kube::Task<base::Result<Applied>> apply_now(ClusterView& view, kube::Apply request,
                                            std::string hash) {
  const auto ref = request.object.ref();
  auto answer = co_await kube::apply(view.api(), std::move(request));
  CO_TRY(auto object, std::move(answer));
  auto& memory = view.memory()[ref];
  if (memory.hash != hash) memory = Memory{.hash = hash};
  memory.version = object.resource_version();
  Applied done{.changed = true, .contested = describe(ref, memory)};
  view.wrote(std::move(object));
  co_return done;
}

}  // namespace

std::vector<std::string> changed_fields(const kube::Object& live, const kube::Object& applied) {
  std::vector<std::string> found;
  collect(comparable(live), comparable(applied), "", found);
  return found;
}

std::string foreign_owner(const kube::Object& live, const std::string& owner,
                          const std::string& owner_uid, const std::string& adoption_policy) {
  if (live.label(desired::kOwnerLabel) == owner_uid) return {};
  if (const auto other = live.annotation(desired::kOwnerAnnotation))
    return *other == owner ? std::string() : "it belongs to the AdmissionDeployment " + *other;
  if (const auto origin = live.annotation("resources.gardener.cloud/origin"))
    return "it is kept by the ManagedResource " + *origin;
  if (live.name().starts_with("system:") || live.label("kubernetes.io/bootstrapping"))
    return "it is part of Kubernetes itself";
  if (const auto tool = live.label("app.kubernetes.io/managed-by"); tool && *tool != "portcullis")
    return "it is managed by " + *tool;
  if (adoption_policy == "Never") return "nobody's, and spec.adoptionPolicy is Never";
  return {};
}

kube::Task<base::Result<Applied>> ensure(ClusterView& view, desired::Item item, std::string owner,
                                         std::string adoption_policy) {
  const auto ref = item.object.ref();
  const auto hash = crypto::sha256_hex(json::to_canonical_string(item.object.document()));
  const auto cached = view.find(ref);
  auto& remembered = view.memory()[ref];
  if (cached && remembered.hash == hash && remembered.version == cached->resource_version())
    co_return Applied{.changed = false, .contested = describe(ref, remembered)};

  auto answer = co_await kube::find(view.api(), ref);
  CO_TRY(auto live, std::move(answer));
  kube::Apply request{.object = item.object, .field_manager = item.manager, .force = true};
  if (!live) {
    if (item.if_absent) request.object.set_annotation(desired::kCreatedAnnotation, "true");
    co_return co_await apply_now(view, std::move(request), hash);
  }
  const auto uid = item.object.label(desired::kOwnerLabel).value_or("");
  const auto whose = foreign_owner(*live, owner, uid, item.if_absent ? "Never" : adoption_policy);
  if (!whose.empty() && item.if_absent) co_return Applied{};  // another's, and good enough as it is
  if (!whose.empty()) co_return base::fail(foreign(ref, whose));
  if (item.if_absent && live->annotation(desired::kCreatedAnnotation))
    request.object.set_annotation(desired::kCreatedAnnotation, "true");

  auto& memory = view.memory()[ref];
  if (memory.hash != hash) memory = Memory{.hash = memory.hash};
  request.object = without(std::move(request.object), memory.contested);
  auto trial = request;
  trial.dry_run = true;
  auto tried = co_await kube::apply(view.api(), std::move(trial));
  CO_TRY(auto would_be, std::move(tried));
  const auto fields = changed_fields(*live, would_be);
  auto& counted = view.memory()[ref];
  const bool same_wish = counted.hash == hash;
  if (!fields.empty() &&
      (!same_wish || count_takes(counted, fields, other_manager(*live, item.manager)))) {
    request.object = without(std::move(request.object), counted.contested);
    co_return co_await apply_now(view, std::move(request), hash);
  }
  if (!same_wish) counted = Memory{.hash = hash};
  counted.version = live->resource_version();
  Applied done{.changed = false, .contested = describe(ref, counted)};
  view.wrote(std::move(*live));
  co_return done;
}

}  // namespace reconcile

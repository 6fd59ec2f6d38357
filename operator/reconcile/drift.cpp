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
/// Two edits of a field with more time than this between them are no fight.
constexpr std::chrono::hours kTakesLast{1};

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

/// `wish` with the live values of the fields that are left to others: an apply that left them out
/// would take away what we own below them.
void leave_to_others(kube::Object& wish, const kube::Object& live, const Memory& memory) {
  for (const auto& [pointer, manager] : memory.contested) {
    const auto* theirs = json::resolve(live.document(), pointer);
    auto operation = Value::object({{"op", theirs ? "add" : "remove"}, {"path", pointer}});
    if (theirs) operation["value"] = *theirs;
    if (auto changed = json::apply_patch(wish.document(), Value::array({std::move(operation)})))
      wish.document() = std::move(*changed);
  }
}

/// Fields that are as we wish again are nobody's quarrel any more.
void forget_settled(Memory& memory, const kube::Object& live, const kube::Object& wish) {
  std::erase_if(memory.contested, [&](const auto& entry) {
    const auto* theirs = json::resolve(live.document(), entry.first);
    const auto* ours = json::resolve(wish.document(), entry.first);
    const bool settled = theirs && ours ? *theirs == *ours : theirs == ours;
    if (settled) memory.takes.erase(entry.first);
    return settled;
  });
}

/// Counts what changed under an unchanged wish; whether anything is left that is ours to mend.
bool count_takes(Memory& memory, const std::vector<std::string>& fields, const std::string& manager,
                 base::BootTime now) {
  if (now - memory.last_take > kTakesLast) memory.takes.clear();
  memory.last_take = now;
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

/// An object that exists and is ours: asks the server what applying would change, and does so where
/// that is ours to change.
kube::Task<base::Result<Applied>> mend(ClusterView& view, kube::Apply request, kube::Object live,
                                       std::string hash) {
  const auto ref = request.object.ref();
  auto& before = view.memory()[ref];
  if (before.hash != hash) before = Memory{};  // a new wish: old quarrels are forgotten
  forget_settled(before, live, request.object);
  auto trial = request;
  leave_to_others(trial.object, live, before);
  trial.dry_run = true;
  auto tried = co_await kube::apply(view.api(), std::move(trial));
  CO_TRY(const auto would_be, std::move(tried));
  const auto fields = changed_fields(live, would_be);
  auto& memory = view.memory()[ref];
  const bool is_new_wish = memory.hash != hash;
  if (!fields.empty() &&
      (is_new_wish || count_takes(memory, fields, other_manager(live, request.field_manager),
                                  view.since_boot()))) {
    leave_to_others(request.object, live, memory);
    co_return co_await apply_now(view, std::move(request), std::move(hash));
  }
  memory.hash = hash;
  memory.version = live.resource_version();
  Applied done{.changed = false, .contested = describe(ref, memory)};
  view.wrote(std::move(live));
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

base::Error foreign_error(const kube::ObjectRef& ref, const std::string& whose) {
  return {.kind = base::Error::Kind::invalid,
          .what = kube::to_string(ref) + " exists and is not ours: " + whose +
                  "; give ours another name, or delete it",
          .reason = std::string(plan::kForeignOwner)};
}

kube::Task<base::Result<Applied>> ensure(ClusterView& view, desired::Item item, std::string owner,
                                         std::string adoption_policy) {
  const auto ref = item.object.ref();
  const auto hash = crypto::sha256_hex(json::to_canonical_string(item.object.document()));
  const auto cached = view.find(ref);
  const auto& known = view.memory()[ref];
  if (cached && known.hash == hash && known.version == cached->resource_version())
    co_return Applied{.changed = false, .contested = describe(ref, known)};

  auto answer = co_await kube::find(view.api(), ref);
  CO_TRY(auto live, std::move(answer));
  kube::Apply request{.object = item.object, .field_manager = item.manager, .force = true};
  if (item.if_absent && (!live || live->annotation(desired::kCreatedAnnotation)))
    request.object.set_annotation(desired::kCreatedAnnotation, "true");
  if (!live) co_return co_await apply_now(view, std::move(request), hash);

  const auto uid = item.object.label(desired::kOwnerLabel).value_or("");
  const bool is_kept = item.if_absent || ref.resource == kube::kinds::kSecret;
  const auto whose = foreign_owner(*live, owner, uid, is_kept ? "Never" : adoption_policy);
  if (!whose.empty() && item.if_absent) co_return Applied{};  // another's, and good enough as it is
  if (!whose.empty()) co_return base::fail(foreign_error(ref, whose));
  co_return co_await mend(view, std::move(request), std::move(*live), hash);
}

}  // namespace reconcile

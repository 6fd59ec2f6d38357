#include <algorithm>
#include <utility>

#include "kube/testing/answers.hpp"
#include "kube/testing/cluster.hpp"
#include "kube/testing/kind_rules.hpp"
#include "kube/testing/skeleton.hpp"

namespace kube::testing {
namespace {

constexpr std::string_view kOrphan = "orphan";
constexpr std::string_view kForeground = "foregroundDeletion";

/// The finalizers that the propagation policy leaves an object with.
std::vector<std::string> finalizers_for(const Object& live, std::string_view propagation) {
  auto finalizers = live.finalizers();
  if (propagation.empty()) return finalizers;
  std::erase_if(finalizers, [](const auto& f) { return f == kOrphan || f == kForeground; });
  if (propagation == "Orphan") finalizers.emplace_back(kOrphan);
  if (propagation == "Foreground") finalizers.emplace_back(kForeground);
  return std::ranges::is_permutation(finalizers, live.finalizers()) ? live.finalizers()
                                                                    : finalizers;
}

/// An object of a kind as the server makes one before it reads into it.
json::Value blank(const Resource& resource) {
  auto document = skeleton(resource);
  if (rules_of(resource).is_custom) document.as_object()->erase("metadata");
  return document;
}

void set_finalizers(Object& object, const std::vector<std::string>& finalizers) {
  if (finalizers.empty()) {
    if (auto* metadata = object["metadata"].as_object()) metadata->erase("finalizers");
    return;
  }
  json::Array names(finalizers.begin(), finalizers.end());
  object["metadata"]["finalizers"] = std::move(names);
}

}  // namespace

Answer Cluster::on(const Delete& request) {
  const auto live = store_.find(request.ref);
  if (!live) return base::fail(not_found(request.ref));
  if (request.uid && *request.uid != live->uid()) {
    return base::fail(
        conflict(request.ref, "the UID in the precondition does not match the UID in record"));
  }
  if (request.resource_version && *request.resource_version != live->resource_version()) {
    return base::fail(conflict(request.ref,
                               "the ResourceVersion in the precondition does not match "
                               "the ResourceVersion in record"));
  }
  if (request.ref.resource.kind == "Namespace") return delete_namespace(*live, request);
  // Events are nobody's owners: the garbage collector does not look at them.
  const bool collected = request.ref.resource.kind != "Event";
  const auto finalizers =
      collected ? finalizers_for(*live, request.propagation) : live->finalizers();
  if (finalizers.empty()) {
    // Without its last finalizers, nothing would be left to show.
    if (request.dry_run && !live->finalizers().empty()) return blank(request.ref.resource);
    return erase(*live, request.dry_run);
  }
  return mark_deleted(*live, request, finalizers);
}

Answer Cluster::mark_deleted(const Object& live, const Delete& request,
                             const std::vector<std::string>& finalizers) {
  Object next = live;
  set_finalizers(next, finalizers);
  if (!live.is_being_deleted()) {
    if (live.generation() > 0) next["metadata"]["generation"] = live.generation() + 1;
    next["metadata"]["deletionTimestamp"] = now();
  }
  next["metadata"]["deletionGracePeriodSeconds"] = 0;
  if (is_stored(live, next, {})) return live.document();
  return keep(std::move(next), {.manager = {}, .dry_run = request.dry_run});
}

/// Without a namespace controller it stays Terminating: its own finalizer is nobody's to remove.
Answer Cluster::delete_namespace(const Object& live, const Delete& request) {
  if (live.is_being_deleted()) return live.document();
  Object next = live;
  auto finalizers = finalizers_for(live, request.propagation);
  if (finalizers != live.finalizers() && std::ranges::is_permutation(finalizers, order_)) {
    finalizers = order_;
  }
  set_finalizers(next, finalizers);
  next["metadata"]["deletionTimestamp"] = now();
  next["status"]["phase"] = "Terminating";
  return keep(std::move(next), {.manager = {}, .dry_run = request.dry_run});
}

Answer Cluster::erase(const Object& live, bool dry_run) {
  const auto last = dry_run ? nullptr : store_.remove(live.ref());
  if (rules_of(live.resource()).returns_deleted) {
    return last ? last->document() : live.document();
  }
  return deleted_status(live);
}

}  // namespace kube::testing

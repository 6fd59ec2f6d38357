#include <utility>

#include "kube/testing/answers.hpp"
#include "kube/testing/cluster.hpp"
#include "kube/testing/decode.hpp"
#include "kube/testing/defaults.hpp"
#include "kube/testing/kind_rules.hpp"
#include "kube/testing/skeleton.hpp"
#include "kube/testing/unchanged.hpp"

namespace kube::testing {

Answer Cluster::on(const Apply& request) {
  const auto ref = request.object.ref();
  if (request.field_manager.empty()) {
    return base::fail(refusal(422, "Invalid",
                              "PatchOptions.meta.k8s.io \"\" is invalid: "
                              "fieldManager: Required value: is required for apply patch"));
  }
  if (request.object.at("metadata").members().contains("managedFields")) {
    return base::fail(bad_request("metadata.managedFields must be nil"));
  }
  if (auto why = why_not_typed(ref.resource, request.object.document()); !why.empty()) {
    return base::fail(refusal(500, "", "failed to create typed patch object: " + why));
  }
  const auto live = store_.find(ref);
  if (live) return apply_to(request, request.object, *live);
  if (!request.subresource.empty()) return base::fail(not_found(ref));
  return apply_new(request, request.object);
}

Answer Cluster::apply_new(const Apply& request, Object config) {
  const auto ref = config.ref();
  if (!config.uid().empty()) {
    return base::fail(conflict(ref, "uid mismatch: the provided object specified uid " +
                                        config.uid().value + ", and no existing object was found"));
  }
  Origin origin{.manager = {"Apply", request.field_manager, ""}, .dry_run = request.dry_run};
  const auto before = skeleton(ref.resource);
  Managers managers;
  auto applied = record_apply(managers,
                              {.before = before,
                               .after = config.document(),
                               .type = root_type(ref.resource),
                               .ignored = ignored_fields(ref.resource, "")},
                              origin.manager, stamp(ref.resource), request.force);
  Object next(ref.resource, std::move(applied.document));
  if (auto why = why_not_decodable(ref.resource, next.document()); !why.empty()) {
    return base::fail(refusal(500, "", "failed to convert new object: " + why));
  }
  origin.leftovers = leftovers_of(ref.resource, next.document());
  canonicalise(ref.resource, next.document());
  set_defaults(ref.resource, next.document());
  TRY_VOID(check_namespace(ref));
  write_managers(next.document(), managers);
  return insert(std::move(next), origin);
}

Answer Cluster::apply_to(const Apply& request, Object config, const Object& live) {
  const auto ref = live.ref();
  Origin origin{.manager = {"Apply", request.field_manager, request.subresource},
                .dry_run = request.dry_run,
                .is_patch = true};
  auto managers = read_managers(live.document());
  const auto before = without_managed_fields(live.document());
  if (managers.empty()) {
    const auto nothing = skeleton(ref.resource);
    record_update(managers,
                  {.before = nothing,
                   .after = before,
                   .type = root_type(ref.resource),
                   .ignored = ignored_fields(ref.resource, request.subresource)},
                  {"Update", "before-first-apply", request.subresource}, stamp(ref.resource));
  }
  auto applied = record_apply(managers,
                              {.before = before,
                               .after = config.document(),
                               .type = root_type(ref.resource),
                               .ignored = ignored_fields(ref.resource, request.subresource)},
                              origin.manager, stamp(ref.resource), request.force);
  if (!applied.conflicts.empty()) {
    return base::fail(
        refusal(409, "Conflict",
                "Apply failed with 1 conflict: conflict with \"" + applied.conflicts.front() + "\"",
                "FieldManagerConflict"));
  }
  Object next(ref.resource, std::move(applied.document));
  if (auto why = why_not_decodable(ref.resource, next.document()); !why.empty()) {
    return base::fail(refusal(500, "", "failed to convert new object: " + why));
  }
  origin.leftovers = leftovers_of(ref.resource, next.document());
  canonicalise(ref.resource, next.document());
  set_defaults(ref.resource, next.document());
  write_managers(next.document(), managers);
  return commit(live, std::move(next), origin);
}

}  // namespace kube::testing

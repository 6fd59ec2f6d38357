#include <utility>

#include "json/patch.hpp"
#include "kube/testing/answers.hpp"
#include "kube/testing/cluster.hpp"
#include "kube/testing/decode.hpp"
#include "kube/testing/defaults.hpp"
#include "kube/testing/kind_rules.hpp"
#include "kube/testing/signing_request.hpp"
#include "kube/testing/skeleton.hpp"
#include "kube/testing/unchanged.hpp"
#include "kube/testing/validation.hpp"

namespace kube::testing {
namespace {

using json::Value;

/// What this endpoint may not change goes back to what it was.
void restore(const Object& live, Object& next, const std::string& subresource,
             const std::string& now) {
  const auto& rules = rules_of(live.resource());
  if (!rules.has_status) return;
  if (rules.has_approval) return restore_signing_request(live, next, subresource, now);
  if (subresource.empty() || subresource == "scale") {
    copy_member(next.document(), live.document(), "status");
    return;
  }
  if (rules.is_custom) {
    auto written = std::move(next.document());
    next.document() = live.document();
    copy_member(next.document(), written, "status");
    copy_member(next["metadata"], written.at("metadata"), "managedFields");
    return;
  }
  copy_member(next.document(), live.document(), "spec");
}

void count_generation(const Object& live, Object& next) {
  const auto& parts = rules_of(live.resource()).generation;
  copy_member(next["metadata"], live.at("metadata"), "generation");
  for (const auto part : parts) {
    if (live.at(part) == next.at(part)) continue;
    next["metadata"]["generation"] = live.generation() + 1;
    return;
  }
}

/// Metadata that an update cannot change, or need not repeat.
void keep_identity(const Object& live, Object& next) {
  const auto& was = live.at("metadata");
  auto& is = next["metadata"];
  copy_member(is, was, "creationTimestamp");
  for (const auto* key : {"deletionTimestamp", "deletionGracePeriodSeconds"}) {
    copy_member(is, was, key);
  }
  if (next.uid().empty()) copy_member(is, was, "uid");
}

/// Addresses stay where a PUT does not repeat them, and what finalizes a Namespace whatever it
/// says.
void keep_from_spec(const Object& live, Object& next) {
  if (live.resource().kind == "Namespace") copy_member(next["spec"], live.at("spec"), "finalizers");
  if (live.resource().kind != "Service") return;
  for (const auto* key : {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"}) {
    if (next.at("spec").at(key).is_null()) copy_member(next["spec"], live.at("spec"), key);
  }
}

/// The server's patch library takes `replace` of a missing member for `add`.
Value as_server_reads(const Value& operation, const Value& document) {
  const auto path = operation.at("path").string_or("");
  const auto* parent = json::resolve(document, path.substr(0, path.rfind('/')));
  auto read = operation;
  if (operation.at("op").string_or("") == "replace" && parent && parent->as_object()) {
    read["op"] = "add";
  }
  return read;
}

}  // namespace

Answer Cluster::on(const Update& request) {
  if (request.subresource == "scale") return update_scale(request);
  const auto ref = request.object.ref();
  const Origin origin{.manager = {"Update", request.field_manager, request.subresource},
                      .dry_run = request.dry_run};
  if (auto why = why_not_decodable(ref.resource, request.object.document()); !why.empty()) {
    return base::fail(bad_request(std::move(why)));
  }
  const auto live = store_.find(ref);
  if (!live && !(rules_of(ref.resource).create_on_update && request.subresource.empty())) {
    return base::fail(not_found(ref));
  }
  Object next = request.object;
  canonicalise(ref.resource, next.document());
  set_defaults(ref.resource, next.document());
  if (live) return replace(ref, std::move(next), origin);
  if (!next.uid().empty()) return base::fail(conflict(ref, "Precondition failed: UID"));
  TRY_VOID(check_namespace(ref));
  record_creation(next, origin);
  return insert(std::move(next), origin);
}

Answer Cluster::replace(const ObjectRef& ref, Object next, const Origin& origin) {
  const auto live = store_.find(ref);
  if (!origin.is_patch && !next.uid().empty() && next.uid() != live->uid()) {
    return base::fail(conflict(ref, "Precondition failed: UID in precondition"));
  }
  record_change(*live, next, origin);
  return commit(*live, std::move(next), origin);
}

void Cluster::record_change(const Object& live, Object& next, const Origin& origin) const {
  const auto& resource = live.resource();
  auto managers = read_managers(next.document());
  const auto* given = next.at("metadata").members().find("managedFields");
  const bool reset = given && given->items().size() == 1 && given->items()[0].members().empty();
  if (managers.empty() || !origin.manager.subresource.empty()) {
    managers = read_managers(live.document());
  }
  if (reset) managers.clear();
  if (managers.empty()) {  // nobody tracks this object any more
    next.document() = without_managed_fields(std::move(next.document()));
    return;
  }
  auto before = without_managed_fields(live.document());
  auto after = without_managed_fields(next.document());
  record_update(managers,
                {.before = before,
                 .after = after,
                 .type = root_type(resource),
                 .ignored = ignored_fields(resource, origin.manager.subresource)},
                origin.manager, stamp(resource));
  write_managers(next.document(), managers);
}

Answer Cluster::commit(const Object& live, Object next, const Origin& origin) {
  const auto ref = live.ref();
  const auto version = next.resource_version();
  if (version.empty() && !origin.is_patch && !rules_of(ref.resource).unconditional_update) {
    return base::fail(invalid(ref, "metadata.resourceVersion: must be specified for an update"));
  }
  if (!version.empty() && version != live.resource_version()) {
    return base::fail(conflict(ref,
                               "the object has been modified; please apply your changes to the "
                               "latest version and try again"));
  }
  next["metadata"]["resourceVersion"] = live.resource_version().value;
  fill_in(next.document(), skeleton(ref.resource));
  restore(live, next, origin.manager.subresource, now());
  keep_from_spec(live, next);
  count_generation(live, next);
  keep_identity(live, next);
  if (auto why = why_not_valid_change(live, next, origin.manager.subresource); !why.empty()) {
    return base::fail(invalid(ref, why));
  }
  auto settled = next;
  settle(settled.document());
  if (origin.leftovers.is_null() && differ_in_times_only(live, settled)) {
    copy_member(next["metadata"], live.at("metadata"), "managedFields");
  }
  if (live.is_being_deleted() && next.finalizers().empty() &&
      next.at("spec").at("finalizers").items().empty()) {
    if (!origin.dry_run) store_.remove(ref);
    return std::move(next.document());
  }
  settle(next.document());
  if (is_stored(live, next, origin.leftovers)) return live.document();
  return keep(std::move(next), origin);
}

Answer Cluster::on(const Patch& request) {
  if (request.subresource == "scale") return patch_scale(request);
  const auto live = store_.find(request.ref);
  if (!live) return base::fail(not_found(request.ref));
  TRY(auto document, patched(request, live->document()));
  Object next(request.ref.resource, std::move(document));
  if (auto why = why_not_decodable(request.ref.resource, next.document()); !why.empty()) {
    return base::fail(invalid(request.ref, why));
  }
  canonicalise(request.ref.resource, next.document());
  set_defaults(request.ref.resource, next.document());
  if (next.ref() != request.ref) {
    return base::fail(bad_request("the name of the object does not match the name on the URL"));
  }
  const Origin origin{.manager = {"Update", request.field_manager, request.subresource},
                      .dry_run = request.dry_run,
                      .is_patch = true};
  return replace(request.ref, std::move(next), origin);
}

base::Result<Value> Cluster::patched(const Patch& request, const Value& live) const {
  if (request.type == Patch::Type::merge) {
    if (!request.body.as_object()) return base::fail(bad_request("the patch is no object"));
    return json::merge_patch(live, request.body);
  }
  Value document = live;
  for (const auto& operation : request.body.items()) {
    auto result =
        json::apply_patch(document, json::Value::array({as_server_reads(operation, document)}));
    if (!result) return base::fail(invalid(request.ref, result.error().what));
    document = *std::move(result);
  }
  return document;
}

}  // namespace kube::testing

#include <utility>

#include "kube/testing/answers.hpp"
#include "kube/testing/cluster.hpp"
#include "kube/testing/decode.hpp"
#include "kube/testing/defaults.hpp"
#include "kube/testing/kind_rules.hpp"
#include "kube/testing/signing_request.hpp"
#include "kube/testing/skeleton.hpp"
#include "kube/testing/validation.hpp"

namespace kube::testing {
namespace {

constexpr std::size_t kSuffixLetters = 5;

std::string random_uid(base::Random& random) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string uid = "00000000-0000-4000-8000-000000000000";
  for (std::size_t i = 0; i < uid.size(); ++i) {
    if (uid[i] == '0') uid[i] = kDigits[random.below(kDigits.size())];
  }
  return uid;
}

}  // namespace

Answer Cluster::on(const Create& request) {
  Object object = request.object;
  const auto& generate = object.at("metadata").at("generateName");
  if (object.name().empty() && !generate.string_or("").empty()) {
    object["metadata"]["name"] =
        std::string(generate.string_or("")) + random_.suffix(kSuffixLetters);
  }
  const auto ref = object.ref();
  if (auto why = why_not_decodable(ref.resource, object.document()); !why.empty()) {
    return base::fail(bad_request(std::move(why)));
  }
  TRY_VOID(check_namespace(ref));
  canonicalise(ref.resource, object.document());
  set_defaults(ref.resource, object.document());
  const Origin origin{.manager = {"Update", request.field_manager, ""},
                      .dry_run = request.dry_run,
                      .refuses_version = true};
  record_creation(object, origin);
  return insert(std::move(object), origin);
}

base::Result<> Cluster::check_namespace(const ObjectRef& ref) const {
  if (!ref.resource.namespaced) return {};
  const ObjectRef space_ref{kinds::kNamespace, "", ref.namespace_name};
  const auto space = store_.find(space_ref);
  if (!space) return base::fail(not_found(space_ref));
  if (space->is_being_deleted()) {
    return base::fail(refusal(403, "Forbidden",
                              to_string(ref) +
                                  " is forbidden: unable to create new content in "
                                  "namespace " +
                                  ref.namespace_name + " because it is being terminated",
                              "NamespaceTerminating"));
  }
  return {};
}

void Cluster::record_creation(Object& object, const Origin& origin) const {
  const auto& resource = object.resource();
  const auto before = skeleton(resource);
  auto after = without_managed_fields(object.document());
  Managers managers;
  record_update(managers,
                {.before = before,
                 .after = after,
                 .type = root_type(resource),
                 .ignored = ignored_fields(resource, "")},
                origin.manager, stamp(resource));
  write_managers(object.document(), managers);
}

Answer Cluster::insert(Object object, const Origin& origin) {
  const auto ref = object.ref();
  const auto& rules = rules_of(ref.resource);
  if (rules.has_status) {
    auto* document = object.document().as_object();
    document->erase("status");
    fill_in(object.document(), skeleton(ref.resource));
    set_defaults(ref.resource, object.document());
  }
  prepare_new(object);
  if (rules.has_approval) set_requester(object);
  if (auto why = why_not_valid(object); !why.empty()) return base::fail(invalid(ref, why));
  if (auto why = why_not_to_be_signed(object); !why.empty()) return base::fail(forbidden(ref, why));
  if (origin.refuses_version && !origin.dry_run && !object.resource_version().empty()) {
    return base::fail(
        refusal(500, "", "resourceVersion should not be set on objects to be created"));
  }
  if (store_.find(ref)) return base::fail(already_exists(ref));
  return keep(std::move(object), origin);
}

void Cluster::prepare_new(Object& object) {
  const auto& resource = object.resource();
  auto& metadata = object["metadata"];
  metadata["uid"] = random_uid(random_);
  metadata["creationTimestamp"] = now();
  if (!rules_of(resource).generation.empty()) metadata["generation"] = 1;
  fill_in(object.document(), skeleton(resource));
  if (resource.kind == "Namespace") {
    object["spec"]["finalizers"] = json::Value::array({"kubernetes"});
  }
  if (resource.kind == "Service") allocate_address(object);
}

void Cluster::allocate_address(Object& service) {
  auto& spec = service["spec"];
  if (spec.at("type").string_or("") == "ExternalName") return;
  if (spec.at("clusterIP").string_or("").empty()) {
    ++addresses_;
    spec["clusterIP"] = "10.0." + std::to_string(addresses_ / 250 % 250) + "." +
                        std::to_string(addresses_ % 250 + 1);
  }
  spec["clusterIPs"] = json::Value::array({spec.at("clusterIP")});
  if (spec.at("ipFamilies").is_null()) spec["ipFamilies"] = json::Value::array({"IPv4"});
  if (spec.at("ipFamilyPolicy").is_null()) spec["ipFamilyPolicy"] = "SingleStack";
}

}  // namespace kube::testing

#include "kube/testing/cluster.hpp"

#include <utility>

#include "kube/testing/answers.hpp"
#include "kube/testing/defaults.hpp"
#include "kube/testing/kind_rules.hpp"
#include "kube/testing/signing_request.hpp"
#include "kube/testing/unchanged.hpp"

namespace kube::testing {

Cluster::Cluster(const base::Clock& clock, std::uint64_t seed) : clock_(clock), random_(seed) {
  for (const auto* name : {"default", "kube-node-lease", "kube-public", "kube-system"}) {
    Object space = Object::make(kinds::kNamespace, "", name);
    space["spec"]["finalizers"] = json::Value::array({"kubernetes"});
    space["status"]["phase"] = "Active";
    prepare_new(space);
    store_.put(std::move(space));
  }
}

Answer Cluster::perform(const Request& request) {
  const auto before = store_.version();
  auto answer = std::visit([this](const auto& call) { return on(call); }, request);
  if (store_.version() != before) writes_.push_back(describe(request));
  return answer;
}

bool Cluster::is_stored(const Object& live, const Object& next,
                        const json::Value& leftovers) const {
  const auto stored = leftovers_.find(live.ref());
  const auto& left = stored == leftovers_.end() ? json::Value() : stored->second;
  return left == leftovers && are_stored_alike(live, next);
}

Answer Cluster::keep(Object object, const Origin& origin) {
  settle(object.document());
  if (origin.dry_run) return std::move(object.document());
  if (origin.leftovers.is_null()) {
    leftovers_.erase(object.ref());
  } else {
    leftovers_[object.ref()] = origin.leftovers;
  }
  return store_.put(std::move(object))->document();
}

std::string Cluster::now() const { return base::to_rfc3339(clock_.now()); }

Managed Cluster::stamp(const Resource& resource) const {
  return {.fields = {}, .api_version = resource.api_version(), .time = now()};
}

FieldSet ignored_fields(const Resource& resource, const std::string& subresource) {
  if (!rules_of(resource).has_status) return {};
  if (rules_of(resource).has_approval) return ignored_of_signing_request(subresource);
  if (subresource == "status") return {.members = {"f:spec"}, .children = {}};
  return {.members = {"f:status"}, .children = {}};
}

json::Value without_managed_fields(json::Value document) {
  if (auto* metadata = document["metadata"].as_object()) metadata->erase("managedFields");
  return document;
}

json::Value partial_metadata(const Object& object) {
  return json::Value::object({{"kind", "PartialObjectMetadata"},
                              {"apiVersion", "meta.k8s.io/v1"},
                              {"metadata", object.at("metadata")}});
}

}  // namespace kube::testing

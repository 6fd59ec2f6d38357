#include "operator/reconcile/observe.hpp"

#include <algorithm>
#include <set>

#include "base/base64.hpp"
#include "operator/desired/webhook_configurations.hpp"
#include "operator/plan/plan.hpp"
#include "operator/reconcile/automount.hpp"
#include "operator/reconcile/certificates.hpp"
#include "operator/reconcile/copied.hpp"
#include "operator/reconcile/secrets.hpp"

namespace reconcile {
namespace {

using desired::Cluster;
using plan::Snapshot;
namespace kinds = kube::kinds;
constexpr std::chrono::seconds kPatience{5};

/// Its name says the revision: a label can be edited.
rollout::Seen revision_of(const kube::Object& set, const Snapshot& seen) {
  const auto& status = set.at("status");
  const auto prefix = seen.resource.name() + "-";
  const auto name = set.name();
  std::string failure;
  for (const auto& condition : status.at("conditions").items())
    if (condition.at("type").string_or("") == "ReplicaFailure" &&
        condition.at("status").string_or("") == "True")
      failure = condition.at("message").string_or("");
  return {.revision = name.starts_with(prefix) ? name.substr(prefix.size()) : name,
          .replicas = static_cast<int>(set.at("spec").at("replicas").int_or(0)),
          .running = static_cast<int>(status.at("replicas").int_or(0)),
          .ready = static_cast<int>(status.at("readyReplicas").int_or(0)),
          .created = set.created().value_or(base::TimePoint{}),
          .failure = std::move(failure)};
}

/// For which side an object was made. Where one cluster is both, each cache shows both sides'
/// objects; one that lost the label that says so is judged by its name.
Cluster side_of(const kube::Object& object, const Snapshot& seen, Cluster cache) {
  const auto said = object.label(desired::kSideLabel);
  if (said == to_string(Cluster::runtime)) return Cluster::runtime;
  if (said == to_string(Cluster::target)) return Cluster::target;
  const auto& kind = object.resource();
  const bool may_be_both = kind == kinds::kRole || kind == kinds::kRoleBinding;
  if (seen.resource.is_remote() || !may_be_both) return cache;
  return object.name() == desired::names(seen.inputs()).cluster_role ? Cluster::target
                                                                     : Cluster::runtime;
}

void read_caches(const ClusterView& view, Cluster cache, Snapshot& seen) {
  for (auto& object : view.objects()) {
    if (is_pod_of(object, seen)) {
      if (cache == Cluster::runtime) ++seen.pods;
      continue;
    }
    if (!belongs_to(object, seen) || side_of(object, seen, cache) != cache) continue;
    const auto& kind = object.resource();
    if (kind == kinds::kReplicaSet) seen.revisions.push_back(revision_of(object, seen));
    if (kind == kinds::kService && object.name() == desired::names(seen.inputs()).service)
      seen.cluster_ip = object.at("spec").at("clusterIP").string_or("");
    const plan::Key key{cache, object.ref()};
    seen.world.insert_or_assign(key, std::move(object));
  }
}

/// A Secret that a cache does not show: somebody took the label that it is found by.
void put_if_absent(Cluster cluster, kube::Object secret, Snapshot& seen) {
  secret.document().as_object()->erase("data");
  const plan::Key key{cluster, secret.ref()};
  seen.world.try_emplace(key, std::move(secret));
}

/// One of the Secrets that the operator writes itself; another's of that name counts as none.
kube::Task<base::Result<std::optional<kube::Object>>> find_secret(kube::Api& api,
                                                                  std::shared_ptr<Snapshot> seen,
                                                                  std::string name) {
  kube::ObjectRef ref{kinds::kSecret, seen->resource.namespace_name(), std::move(name)};
  auto answer = co_await kube::find(api, ref);
  CO_TRY(auto secret, std::move(answer));
  if (secret) seen->secrets.insert_or_assign(ref, secret->resource_version());
  if (secret && !belongs_to(*secret, *seen)) secret.reset();
  if (secret) put_if_absent(Cluster::runtime, *secret, *seen);
  co_return secret;
}

kube::Task<base::Result<>> read_serving(kube::Api& api, std::shared_ptr<Snapshot> seen) {
  const auto all = desired::names(seen->inputs());
  auto ca_answer = co_await find_secret(api, seen, all.serving_ca);
  CO_TRY(const auto ca, std::move(ca_answer));
  auto leaf_answer = co_await find_secret(api, seen, all.serving);
  CO_TRY(const auto leaf, std::move(leaf_answer));
  const auto at = desired::address(seen->inputs(), seen->cluster_ip);
  seen->serving = read_serving_secrets(ca, leaf, at, seen->now);
  seen->served_ca_pem = served_cas(leaf, seen->now);
  if (seen->serving.ca) seen->ca_bundle_pem = data_of(*ca, "bundle.crt").value_or("");
  co_return base::Result<>{};
}

kube::Task<base::Result<>> read_delivered(kube::Api& api, std::shared_ptr<Snapshot> seen) {
  const auto& resource = seen->resource;
  const bool is_copied = resource.followed().has_value();
  if (!resource.issues_tokens() && !resource.has_certificate() && !is_copied)
    co_return base::Result<>{};
  auto answer = co_await find_secret(api, seen, desired::names(seen->inputs()).credential);
  CO_TRY(const auto secret, std::move(answer));
  if (!secret) co_return base::Result<>{};
  auto held = read_delivered_secret(*secret, is_copied);
  if (is_copied)
    seen->copied.delivered = std::move(held);
  else if (resource.has_certificate())
    seen->certificate.delivered = std::move(held);
  else
    seen->token.delivered = std::move(held);
  co_return base::Result<>{};
}

/// What others keep, as far as it is of use.
kube::Task<base::Result<>> read_followed(kube::Api& runtime, std::shared_ptr<Snapshot> seen) {
  if (!seen->resource.followed()) co_return base::Result<>{};
  auto source = co_await read_source(runtime, seen);
  if (source) {
    seen->copied.source = source->hash;
  } else if (source.error().is(base::Error::Kind::invalid)) {
    seen->copied.problem_reason = source.error().reason;
    seen->copied.problem = source.error().what;
  } else {
    co_return base::fail(std::move(source).error());
  }
  co_return base::Result<>{};
}

/// Requests are read live, as anchors are.
kube::Task<base::Result<>> read_certificates(kube::Api& runtime, kube::Api& target,
                                             std::shared_ptr<Snapshot> seen) {
  if (!seen->resource.issues_certificates()) co_return base::Result<>{};
  auto answer = co_await find_secret(runtime, seen, desired::names(seen->inputs()).pending_key);
  CO_TRY(auto secret, std::move(answer));
  if (secret) seen->certificate.pending = read_pending_key(*secret);
  auto listed = co_await read_requests(target, seen, std::move(secret));
  CO_TRY(seen->certificate.requests, std::move(listed));
  co_return base::Result<>{};
}

/// Secrets of ours in the target that the status or the cache shows and that were not `listed`.
std::set<kube::ObjectRef> unlisted(const Snapshot& seen, const std::set<kube::ObjectRef>& listed) {
  std::set<kube::ObjectRef> refs;
  for (const auto& [key, object] : seen.world)
    if (key.cluster == Cluster::target && key.ref.resource == kinds::kSecret) refs.insert(key.ref);
  for (const auto& entry : seen.resource.object.at("status").at("inventory").items())
    if (entry.at("cluster").string_or("") == "Target" && entry.at("kind").string_or("") == "Secret")
      refs.insert({kinds::kSecret, std::string(entry.at("namespace").string_or("")),
                   std::string(entry.at("name").string_or(""))});
  for (const auto& ref : listed) refs.erase(ref);
  return refs;
}

void take_anchor(const kube::Object& secret, Snapshot& seen) {
  const auto anchor = anchor_of(secret);
  if (anchor && belongs_to(secret, seen)) seen.token.anchors.push_back(*anchor);
}

/// Those among the anchors that lost, or changed, the label that they are listed by.
kube::Task<base::Result<>> read_unlisted(kube::Api& api, std::shared_ptr<Snapshot> seen,
                                         std::set<kube::ObjectRef> listed) {
  const auto refs = unlisted(*seen, listed);
  for (const auto& ref : refs) {
    auto answer = co_await kube::find(api, ref);
    CO_TRY(const auto secret, std::move(answer));
    if (!secret || !belongs_to(*secret, *seen)) continue;
    put_if_absent(Cluster::target, *secret, *seen);
    take_anchor(*secret, *seen);
  }
  co_return base::Result<>{};
}

/// Anchors and the account are read live: a cache that lags behind our own write would ask for
/// another generation.
kube::Task<base::Result<>> read_identity(kube::Api& api, std::shared_ptr<Snapshot> seen) {
  const auto space = seen->resource.target_namespace();
  kube::ObjectRef space_ref{kinds::kNamespace, "", space};
  auto namespace_answer = co_await kube::find(api, std::move(space_ref));
  CO_TRY(const auto found_space, std::move(namespace_answer));
  if (found_space && found_space->is_being_deleted())
    seen->terminating = "target namespace " + space;
  kube::List request{
      .resource = kinds::kSecret,
      .namespace_name = space,
      .label_selector = std::string(desired::kNameLabel) + "=" + seen->resource.name(),
      .metadata_only = true};
  auto anchors = co_await kube::list_all(api, std::move(request));
  CO_TRY(const auto page, std::move(anchors));
  std::set<kube::ObjectRef> listed;
  for (const auto& object : page.items) {
    listed.insert(object.ref());
    take_anchor(object, *seen);
  }
  auto others = co_await read_unlisted(api, seen, std::move(listed));
  CO_TRY_VOID(std::move(others));
  kube::ObjectRef account{kinds::kServiceAccount, space,
                          desired::names(seen->inputs()).service_account};
  auto account_answer = co_await kube::find(api, std::move(account));
  CO_TRY(const auto found, std::move(account_answer));
  if (found) seen->token.service_account_uid = found->uid().value;
  co_return base::Result<>{};
}

/// Whether anything of a kind is in a namespace that is neither ours nor made by Kubernetes in
/// every namespace. What we may not look at could be there.
kube::Task<base::Result<bool>> holds_foreign(kube::Api& api, std::shared_ptr<Snapshot> seen,
                                             kube::Resource kind) {
  kube::List request{.resource = std::move(kind),
                     .namespace_name = seen->resource.target_namespace(),
                     .metadata_only = true};
  auto answer = co_await kube::list_all(api, std::move(request));
  if (!answer && answer.error().is(base::Error::Kind::denied)) co_return true;
  if (!answer && answer.error().is(base::Error::Kind::not_found)) co_return false;
  CO_TRY(const auto page, std::move(answer));
  co_return std::ranges::any_of(page.items, [&](const kube::Object& object) {
    return !belongs_to(object, *seen) && object.name() != "default" &&
           object.name() != "kube-root-ca.crt";
  });
}

/// The target namespace, if an operator of this cluster made it: for this resource or for another
/// that shares it, and may be gone.
std::optional<kube::Object> made_namespace(const ClusterView& view, const Snapshot& seen) {
  auto found = view.find({kinds::kNamespace, "", seen.resource.target_namespace()});
  if (!found || !found->annotation(desired::kCreatedAnnotation)) return std::nullopt;
  const auto owner = found->annotation(desired::kOwnerAnnotation).value_or("");
  if (!owner.starts_with(seen.runtime_cluster_uid + "/")) return std::nullopt;
  return found;
}

kube::Task<base::Result<>> judge_namespace(Target& target, std::shared_ptr<Snapshot> seen) {
  if (!seen->resource.object.is_being_deleted()) co_return base::Result<>{};
  const auto found = made_namespace(*target.view, *seen);
  if (!found) co_return base::Result<>{};
  const plan::Key key{Cluster::target, found->ref()};
  // It is the last to go: until then nobody needs to know, and it takes a request for each kind.
  const bool is_last = std::ranges::none_of(seen->world, [&](const auto& entry) {
    return entry.first.cluster == Cluster::target && entry.first != key;
  });
  if (!is_last) co_return base::Result<>{};
  auto discovered = co_await target.connection->namespaced_kinds();
  if (!discovered) co_return base::Result<>{};  // unsure: it stays
  for (auto& kind : *discovered) {
    auto foreign = co_await holds_foreign(target.view->api(), seen, std::move(kind));
    CO_TRY(const bool is_used, std::move(foreign));
    if (is_used) co_return base::Result<>{};
  }
  seen->world.try_emplace(key, *found);
  seen->target_namespace_is_ours = true;
  co_return base::Result<>{};
}

kube::Task<base::Result<>> read_target(ClusterView& runtime, Target& target,
                                       std::shared_ptr<Snapshot> seen) {
  read_caches(*target.view, Cluster::target, *seen);
  if (!seen->resource.is_remote()) co_return base::Result<>{};
  auto certificates = co_await read_certificates(runtime.api(), target.view->api(), seen);
  CO_TRY_VOID(std::move(certificates));
  auto identity = co_await read_identity(target.view->api(), seen);
  CO_TRY_VOID(std::move(identity));
  co_return co_await judge_namespace(target, seen);
}

void take_facts(const plan::TargetFacts& facts, Snapshot& seen) {
  const auto& asked = seen.resource.spec.target.workload_endpoint;
  seen.target = facts;
  if (!asked.server.empty()) seen.target.server = asked.server;
  if (!asked.ca_bundle.empty())
    seen.target.ca_pem = base::base64_decode(asked.ca_bundle).value_or(asked.ca_bundle);
  if (!asked.tls_server_name.empty()) seen.target.tls_server_name = asked.tls_server_name;
}

}  // namespace

bool belongs_to(const kube::Object& object, const Snapshot& seen) {
  if (object.label(desired::kOwnerLabel) == seen.resource.uid().value) return true;
  return object.annotation(desired::kOwnerAnnotation) == desired::owner(seen.inputs());
}

bool is_pod_of(const kube::Object& object, const Snapshot& seen) {
  return object.resource() == kinds::kPod &&
         object.namespace_name() == seen.resource.namespace_name() &&
         object.label(desired::kNameLabel) == seen.resource.name();
}

kube::Task<base::Result<Observation>> observe(ClusterView& runtime, Targets& targets,
                                              api::AdmissionDeployment resource,
                                              std::string cluster_uid, base::TimePoint now) {
  auto seen = std::make_shared<Snapshot>();
  seen->resource = std::move(resource);
  seen->runtime_cluster_uid = std::move(cluster_uid);
  seen->now = now;
  read_caches(runtime, Cluster::runtime, *seen);
  if (seen->resource.spec.credentials.type == "InCluster" && seen->pods > 0) {
    auto mounted = co_await read_automount(runtime.api(), seen);
    CO_TRY(seen->automount, std::move(mounted));
  }
  auto serving = co_await read_serving(runtime.api(), seen);
  CO_TRY_VOID(std::move(serving));
  auto delivered = co_await read_delivered(runtime.api(), seen);
  CO_TRY_VOID(std::move(delivered));
  if (seen->resource.is_unmanaged()) {
    auto* anywhere = co_await targets.anywhere(seen->resource);
    auto followed = co_await read_followed(runtime.api(), seen);
    CO_TRY_VOID(std::move(followed));
    co_return Observation{std::move(*seen), nullptr, anywhere};
  }
  auto reached = co_await targets.reach(seen->resource, kPatience);
  seen->access = targets.term_of(seen->resource);
  if (!reached) {
    seen->target_error = reached.error();
    co_return Observation{std::move(*seen), nullptr, nullptr};
  }
  auto target = *reached;
  take_facts(target->facts, *seen);
  seen->target_skew = target->connection->clock_skew();
  seen->is_crowded = targets.is_crowded(*target);
  auto followed = co_await read_followed(runtime.api(), seen);
  CO_TRY_VOID(std::move(followed));
  auto read = co_await read_target(runtime, *target, seen);
  if (!read) seen->target_error = unreachable(read.error());
  co_return Observation{std::move(*seen), target, target->connection.get()};
}

}  // namespace reconcile

#include "operator/plan/plan.hpp"

#include <algorithm>
#include <set>

#include "base/clock.hpp"
#include "crypto/hash.hpp"
#include "json/parse.hpp"
#include "operator/desired/replica_set.hpp"
#include "operator/desired/rights.hpp"
#include "operator/desired/service.hpp"
#include "operator/desired/webhook_configurations.hpp"
#include "operator/plan/removal.hpp"

namespace plan {
namespace {

using desired::Cluster;
using desired::Stage;

template <class... F>
struct Match : F... {
  using F::operator()...;
};

/// Grows stage by stage; what is expected to exist is remembered for pruning.
struct Draft {
  const Snapshot& seen;
  Plan plan;
  std::set<Key> expected;

  void want(desired::Item item) {
    expected.insert(key_of(item));
    const bool unreachable =
        item.cluster == Cluster::target && (seen.target_error || seen.terminating);
    if (!unreachable) plan.actions.emplace_back(Apply{std::move(item)});
  }
  void want_all(std::vector<desired::Item> items) {
    for (auto& item : items) want(std::move(item));
  }
  void look_again(base::TimePoint when) { plan.look_again = std::min(plan.look_again, when); }
};

credentials::Wanted wanted_token(const Snapshot& seen) {
  const auto& rotation = seen.resource.spec.credentials.rotation;
  return {.inputs = credential_inputs(seen),
          .renew_after_percent = rotation.renew_after_percent,
          .overlap = api::duration_or(rotation.overlap, std::chrono::minutes(15))};
}

/// Whether replicas have, or need no, credential to mount.
bool plan_token(Draft& draft) {
  const auto& seen = draft.seen;
  if (!seen.resource.is_remote()) return true;
  if (seen.target_error || seen.terminating) return seen.token.delivered.has_value();
  const auto decision = credentials::decide(wanted_token(seen), seen.token, seen.now);
  std::visit(Match{[&](const credentials::Keep& keep) { draft.look_again(keep.look_again); },
                   [&](const credentials::Issue& issue) {
                     draft.plan.actions.emplace_back(IssueToken{issue});
                   },
                   [&](const credentials::Retire& retire) {
                     draft.plan.actions.emplace_back(RetireToken{retire.anchor});
                   }},
             decision);
  return seen.token.delivered.has_value();
}

bool plan_serving(Draft& draft, const desired::Address& at) {
  const auto& seen = draft.seen;
  if (at.host.empty() && !at.by_service) return false;  // the leaf must carry the ClusterIP
  const auto& by_operator = seen.resource.spec.serving.by_operator;
  const credentials::ServingWanted wanted{
      .ca_validity = api::duration_or(by_operator.ca_validity, std::chrono::hours(2160)),
      .leaf_validity = api::duration_or(by_operator.leaf_validity, std::chrono::hours(336))};
  const auto decision = credentials::decide(wanted, seen.serving, seen.now);
  std::visit(Match{[&](const credentials::KeepServing& keep) { draft.look_again(keep.look_again); },
                   [&](const credentials::MakeCa& make) {
                     draft.plan.actions.emplace_back(MakeServing{true, make.reason});
                   },
                   [&](const credentials::IssueLeaf& issue) {
                     draft.plan.actions.emplace_back(MakeServing{false, issue.reason});
                   }},
             decision);
  return seen.serving.ca && seen.serving.leaf;
}

bool was_complete(const Snapshot& seen, const std::string& revision) {
  return seen.resource.object.at("status").at("rollout").at("stableRevision").string_or("") ==
         revision;
}

void plan_replicas(Draft& draft) {
  const auto& seen = draft.seen;
  const auto& spec = seen.resource.spec;
  const auto rendered = desired::pod_template(seen.inputs());
  const auto revision = desired::revision(rendered);
  const rollout::Wanted wanted{
      .revision = revision,
      .replicas = spec.workload.replicas,
      .history_limit = spec.revision_history_limit,
      .progress_deadline = std::chrono::seconds(spec.progress_deadline_seconds),
      .was_complete = was_complete(seen, revision)};
  auto decision = rollout::decide(wanted, seen.revisions, seen.now);
  draft.want(desired::disruption_budget(seen.inputs(), revision));
  draft.want(desired::replica_set(seen.inputs(), rendered, revision, spec.workload.replicas));
  for (const auto& old : decision.keep)
    if (old.revision != revision) keep_old_revision(draft.seen, old, draft.plan, draft.expected);
  if (decision.phase == rollout::Decision::Phase::progressing)
    draft.look_again(seen.now + std::chrono::seconds(5));
  draft.plan.rollout = std::move(decision);
}

/// Configurations appear only when the replicas serve; once there they are kept as they should be.
void plan_webhooks(Draft& draft, const desired::Address& at) {
  const auto& seen = draft.seen;
  auto items = desired::webhook_configurations(seen.inputs(), at, seen.ca_bundle_pem);
  const auto exists = [&](const desired::Item& item) { return seen.world.contains(key_of(item)); };
  const bool all_ready = draft.plan.rollout && !draft.plan.rollout->stable.empty();
  for (auto& item : items) {
    if (!all_ready && !exists(item)) {
      draft.expected.insert(key_of(item));
      draft.plan.wait = Wait{"WaitingForReplicas", draft.plan.rollout->message};
      continue;
    }
    draft.want(std::move(item));
  }
  draft.plan.webhooks_wanted = !draft.plan.wait;
}

/// Objects of ours that nothing asks for any more, last stage first.
void prune(Draft& draft) {
  std::vector<Remove> gone;
  for (const auto& [key, object] : draft.seen.world) {
    if (draft.expected.contains(key) || is_content_secret(draft.seen, key)) continue;
    if (key.cluster == Cluster::target && draft.seen.target_error) continue;
    if (key.ref.resource == kube::kinds::kPod || object.is_being_deleted()) continue;
    if (key.ref.resource == kube::kinds::kNamespace) continue;  // only with the resource itself
    gone.push_back({stage_of(key), key, object.uid()});
  }
  std::ranges::sort(gone, std::greater{},
                    [](const Remove& one) { return std::pair(one.stage, one.key); });
  for (auto& one : gone) draft.plan.actions.emplace_back(std::move(one));
}

/// A namespace that is going takes the replicas or their identity along: configurations leave first
/// and at once.
void withdraw(Draft& draft) {
  for (const auto& [key, object] : draft.seen.world)
    if (stage_of(key) == Stage::webhooks && !object.is_being_deleted())
      draft.plan.actions.emplace_back(Remove{Stage::webhooks, key, object.uid()});
  draft.plan.wait = Wait{"NamespaceTerminating", *draft.seen.terminating + " is being deleted"};
  draft.look_again(draft.seen.now + std::chrono::seconds(5));
}

void plan_existence(Draft& draft) {
  const auto& seen = draft.seen;
  draft.want_all(desired::target_side(seen.inputs()));
  draft.want_all(desired::runtime_identity(seen.inputs()));
  draft.want(desired::service(seen.inputs()));
  const auto at = desired::address(seen.inputs(), seen.cluster_ip);
  const bool has_token = plan_token(draft);
  const bool has_serving = plan_serving(draft, at);
  if (!has_token || !has_serving) {
    draft.plan.wait = has_token
                          ? Wait{"WaitingForCertificate", "the serving certificate is being made"}
                          : Wait{"WaitingForCredential", "the credential is being made"};
    return;  // nothing is pruned from half a picture
  }
  plan_replicas(draft);
  plan_webhooks(draft, at);
  prune(draft);
}

}  // namespace

Key key_of(const desired::Item& item) { return {item.cluster, item.object.ref()}; }

std::string credential_inputs(const Snapshot& snapshot) {
  const auto& wanted = snapshot.resource.spec.credentials.service_account_token;
  json::Array audiences;
  for (const auto& audience : wanted.audiences) audiences.emplace_back(audience);
  const auto all = desired::names(snapshot.inputs());
  const auto inputs =
      json::Value::object({{"server", snapshot.target.server},
                           {"ca", snapshot.target.ca_pem},
                           {"tlsServerName", snapshot.target.tls_server_name},
                           {"namespace", snapshot.resource.target_namespace()},
                           {"serviceAccount", all.service_account},
                           {"expirationSeconds", wanted.expiration_seconds},
                           {"audiences", std::move(audiences)},
                           {"mountPath", snapshot.resource.spec.credentials.delivery.mount_path}});
  return crypto::sha256_hex(json::to_canonical_string(inputs)).substr(0, 16);
}

Plan make(const Snapshot& snapshot) {
  Draft draft{.seen = snapshot, .plan = {}, .expected = {}};
  const auto interval = api::duration_or(snapshot.resource.spec.interval, std::chrono::minutes(10));
  draft.plan.look_again = snapshot.now + interval;
  if (snapshot.resource.object.is_being_deleted()) return make_removal(snapshot);
  if (snapshot.resource.spec.suspend) return std::move(draft.plan);
  if (snapshot.terminating)
    withdraw(draft);
  else
    plan_existence(draft);
  return std::move(draft.plan);
}

std::string describe(const Action& action) {
  const auto where = [](const Key& key) {
    return kube::to_string(key.ref) + " in the " + std::string(to_string(key.cluster)) + " cluster";
  };
  return std::visit(
      Match{[&](const Apply& apply) { return "apply " + where(key_of(apply.item)); },
            [&](const Remove& remove) { return "delete " + where(remove.key); },
            [](const IssueToken& token) {
              return "issue token generation " + std::to_string(token.issue.generation) + ": " +
                     token.issue.reason;
            },
            [](const RetireToken& token) {
              return "retire token generation " + std::to_string(token.anchor.generation);
            },
            [](const MakeServing& serving) {
              return std::string(serving.with_ca ? "make serving CA and certificate: "
                                                 : "make serving certificate: ") +
                     serving.reason;
            },
            [&](const Rescale& rescale) {
              return "scale " + where(rescale.key) + " to " + std::to_string(rescale.replicas);
            },
            [](const ReleaseFinalizer&) { return std::string("release the resource"); }},
      action);
}

bool is_content_secret(const Snapshot& snapshot, const Key& key) {
  if (key.ref.resource != kube::kinds::kSecret) return false;
  if (key.cluster == Cluster::target) return true;  // generations: the token's decision
  const auto all = desired::names(snapshot.inputs());
  const auto& name = key.ref.name;
  return name == all.serving || name == all.serving_ca ||
         (name == all.credential && snapshot.resource.is_remote());
}

}  // namespace plan

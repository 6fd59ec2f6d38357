#include "operator/plan/plan.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "operator/desired/replica_set.hpp"
#include "operator/desired/rights.hpp"
#include "operator/desired/service.hpp"
#include "operator/desired/webhook_configurations.hpp"
#include "operator/plan/draft.hpp"
#include "operator/plan/removal.hpp"
#include "operator/plan/times.hpp"

namespace plan {
namespace {

using desired::Cluster;
using desired::Stage;

bool plan_serving(Draft& draft, const desired::Address& at) {
  const auto& seen = draft.seen;
  if (at.host.empty() && !at.by_service) return false;  // the leaf must carry the ClusterIP
  // It carries it in any case: a leaf made before the Service is there would be made twice.
  if (seen.cluster_ip.empty()) return seen.serving.ca && seen.serving.leaf;
  const auto& by_operator = seen.resource.spec.serving.by_operator;
  const credentials::ServingWanted wanted{
      .ca_validity = api::duration_or(by_operator.ca_validity, std::chrono::hours(2160)),
      .leaf_validity = api::duration_or(by_operator.leaf_validity, std::chrono::hours(336))};
  const bool is_there = seen.serving.ca && seen.serving.leaf;
  if (is_clock_wrong(seen)) {
    draft.look_again(seen.now + std::chrono::minutes(1));
    return is_there;
  }
  const auto decision = credentials::decide(wanted, seen.serving, seen.now);
  std::visit(Match{[&](const credentials::KeepServing& keep) { draft.look_again(keep.look_again); },
                   [&](const credentials::MakeCa& make) {
                     draft.plan.actions.emplace_back(MakeServing{true, make.reason});
                   },
                   [&](const credentials::IssueLeaf& issue) {
                     draft.plan.actions.emplace_back(MakeServing{false, issue.reason});
                   }},
             decision);
  return is_there;
}

/// Configurations appear, and change, only when the wanted revision serves: what is there was made
/// for the one that served before, and paths of the new one may be unknown to it. Trust does not
/// suffer meanwhile: a new CA's chain verifies under the old bundle.
void plan_webhooks(Draft& draft, const desired::Address& at) {
  const auto& seen = draft.seen;
  const auto& rollout = *draft.plan.rollout;
  auto items = desired::webhook_configurations(seen.inputs(), at, seen.ca_bundle_pem);
  const bool serves = rollout.stable == draft.plan.revision;
  for (auto& item : items) {
    if (serves) {
      draft.want(std::move(item));
      continue;
    }
    draft.expected.insert(key_of(item));
    if (!seen.world.contains(key_of(item)))
      draft.plan.wait = Wait{"WaitingForReplicas", rollout.message};
  }
  draft.plan.webhooks_wanted = !draft.plan.wait;
}

/// Whether an object that nothing asks for has to stay for now.
bool is_still_needed(const Draft& draft, const Key& key, const kube::Object& object) {
  const auto& seen = draft.seen;
  if (key.cluster == Cluster::target && seen.target_error) return true;
  if (key.ref.resource == kube::kinds::kPod || object.is_being_deleted()) return true;
  if (key.ref.resource == kube::kinds::kNamespace) return true;  // only with the resource itself
  // Replicas of the revision before may still mount what their type of credentials needed.
  if (key.ref.resource == kube::kinds::kSecret) return old_replicas_run(draft);
  // Tokens die with their account.
  if (key.cluster != Cluster::target || key.ref.resource != kube::kinds::kServiceAccount)
    return false;
  return seen.resource.issues_tokens() ? is_overlapping(seen) : old_replicas_run(draft);
}

/// Objects of ours that nothing asks for any more, last stage first.
void prune(Draft& draft) {
  std::vector<Remove> gone;
  for (const auto& [key, object] : draft.seen.world) {
    if (draft.expected.contains(key) || is_content_secret(draft.seen, key)) continue;
    const bool is_request = key.ref.resource == kube::kinds::kCertificateSigningRequest;
    if (is_request && draft.seen.resource.issues_certificates()) continue;  // a decision's
    if (is_still_needed(draft, key, object)) continue;
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

bool carries(const kube::Object& object, const kube::Object& marks, const char* part) {
  return std::ranges::all_of(marks.at("metadata").at(part).members(), [&](const auto& mark) {
    return object.at("metadata").at(part).at(mark.first) == mark.second;
  });
}

/// Contents are other decisions' business; what they are found by is as it should be.
void mend_marks(Draft& draft) {
  for (const auto& [key, object] : draft.seen.world) {
    if (!is_content_secret(draft.seen, key) || object.is_being_deleted()) continue;
    auto bare = bare_secret(draft.seen, key);
    if (carries(object, bare, "labels") && carries(object, bare, "annotations")) continue;
    bare["metadata"]["uid"] = object.uid().value;  // this one only, and none anew
    draft.want({stage_of(key), key.cluster, std::move(bare), desired::kIdentityManager});
  }
}

/// Those that the resource names stay as long as it does; those that it named before may go.
void hold_secrets(Draft& draft) {
  for (const auto& secret : draft.seen.named)
    if (!is_held(secret) && !secret.is_being_deleted())
      draft.plan.actions.emplace_back(HoldSecret{secret, true});
  for (const auto& secret : draft.seen.unused)
    draft.plan.actions.emplace_back(HoldSecret{secret, false});
}

void plan_existence(Draft& draft) {
  const auto& seen = draft.seen;
  hold_secrets(draft);
  draft.rendered = desired::pod_template(seen.inputs());
  draft.plan.revision = desired::revision(draft.rendered);
  draft.want_all(desired::target_side(seen.inputs(), former_identities(draft)));
  draft.want_all(desired::runtime_identity(seen.inputs()));
  draft.want(desired::service(seen.inputs()));
  mend_marks(draft);
  const auto at = desired::address(seen.inputs(), seen.cluster_ip);
  const bool has_token = plan_credential(draft);
  const bool has_serving = plan_serving(draft, at);
  if (!has_serving && has_token)
    draft.plan.wait = is_clock_wrong(seen)
                          ? Wait{"ClockSkewed", "no serving certificate is made by a wrong clock"}
                          : Wait{"WaitingForCertificate", "the serving certificate is being made"};
  if (!has_token && !draft.plan.wait)
    draft.plan.wait = Wait{"WaitingForCredential", "the credential is being made"};
  if (!has_token || !has_serving) return;  // nothing is pruned from half a picture
  plan_replicas(draft);
  plan_webhooks(draft, at);
  prune(draft);
}

}  // namespace

bool old_replicas_run(const Draft& draft) {
  const auto& seen = draft.seen;
  std::size_t current = 0;
  for (const auto& one : seen.revisions) {
    if (one.revision == draft.plan.revision)
      current = static_cast<std::size_t>(one.running);
    else if (one.running > 0)
      return true;
  }
  return seen.pods > current;  // those that drain go on with what they have
}

Key key_of(const desired::Item& item) { return {item.cluster, item.object.ref()}; }

Plan make(const Snapshot& snapshot) {
  Draft draft{.seen = snapshot, .plan = {}, .expected = {}, .rendered = {}};
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
              return "issue token generation " + std::to_string(token.issue.generation) +
                     " in the target cluster (" + token.issue.reason + ")";
            },
            [](const RetireToken& token) {
              return "retire token generation " + std::to_string(token.anchor.generation) +
                     " in the target cluster";
            },
            [](const credentials::CertificateStep& step) { return credentials::describe(step); },
            [](const CopyCredential& copy) {
              return "copy credential generation " + std::to_string(copy.copy.generation) +
                     " in the runtime cluster (" + copy.copy.reason + ")";
            },
            [](const TrustToken&) {
              return std::string("verify a token of the runtime cluster in the target cluster");
            },
            [](const MakeServing& serving) {
              return std::string(serving.with_ca ? "make serving CA and certificate"
                                                 : "make serving certificate") +
                     " in the runtime cluster (" + serving.reason + ")";
            },
            [](const HoldSecret& hold) {
              return std::string(hold.held ? "hold " : "let go of ") +
                     kube::to_string(hold.secret.ref()) + " in the runtime cluster";
            },
            [](const ReleaseFinalizer&) {
              return std::string("release the resource in the runtime cluster");
            }},
      action);
}

kube::Object bare_secret(const Snapshot& snapshot, const Key& key) {
  const auto all = desired::names(snapshot.inputs());
  const auto& name = key.ref.name;
  auto secret = desired::owned(snapshot.inputs(), key.cluster, key.ref.resource,
                               key.ref.namespace_name, name);
  secret.set_label(desired::kPurposeLabel, key.cluster == Cluster::target ? "generation"
                                           : name == all.serving          ? "serving"
                                           : name == all.serving_ca       ? "serving-ca"
                                           : name == all.pending_key      ? "certificate-key"
                                                                          : "credential");
  return secret;
}

bool is_content_secret(const Snapshot& snapshot, const Key& key) {
  if (key.ref.resource != kube::kinds::kSecret) return false;
  const auto& resource = snapshot.resource;
  // Generations: the token's decision.
  if (key.cluster == Cluster::target) return resource.issues_tokens();
  const auto all = desired::names(snapshot.inputs());
  const auto& name = key.ref.name;
  if (name == all.serving || name == all.serving_ca) return true;
  if (name == all.pending_key) return resource.issues_certificates();
  return name == all.credential &&
         (resource.issues_tokens() || resource.has_certificate() || resource.followed());
}

}  // namespace plan

#include "operator/plan/removal.hpp"

#include <algorithm>

#include "base/clock.hpp"

namespace plan {
namespace {

using desired::Cluster;
using desired::Stage;
namespace kinds = kube::kinds;

/// Orphan: identity and roles, and the namespace that the identity lives in.
bool stays(const Snapshot& seen, const Key& key) {
  const auto stage = stage_of(key);
  const bool is_kept = stage == Stage::target_identity || stage == Stage::target_rights ||
                       stage == Stage::target_namespace;
  return is_kept && seen.resource.spec.deletion_policy == "Orphan";
}

bool is_gone(const Snapshot& seen, Stage stage) {
  return std::ranges::none_of(seen.world, [&](const auto& entry) {
    return stage_of(entry.first) == stage && !stays(seen, entry.first);
  });
}

/// Since when no configuration of ours is there, as the status remembers it; now where it does not
/// (status is a cache).
base::TimePoint withdrawn_since(const Snapshot& seen) {
  for (const auto& condition : seen.resource.object.at("status").at("conditions").items())
    if (condition.at("type").string_or("") == "WebhooksReady" &&
        condition.at("reason").string_or("") == "Withdrawn")
      return base::parse_rfc3339(condition.at("lastTransitionTime").string_or(""))
          .value_or(seen.now);
  return seen.now;
}

void remove_stage(const Snapshot& seen, Stage stage, Plan& plan) {
  for (const auto& [key, object] : seen.world) {
    if (stage_of(key) != stage || object.is_being_deleted()) continue;
    if (stays(seen, key)) continue;
    if (key.ref.resource == kinds::kPod) continue;  // go with their ReplicaSet
    if (key.ref.resource == kinds::kNamespace && !seen.target_namespace_is_ours) continue;
    plan.actions.emplace_back(Remove{stage, key, object.uid()});
  }
}

/// Whether there is nothing of the stage left to wait for.
bool is_done(const Snapshot& seen, Stage stage) {
  if (stage == Stage::replicas && seen.pods > 0) return false;
  if (stage == Stage::target_namespace && !seen.target_namespace_is_ours) return true;
  return is_gone(seen, stage);
}

std::string left(const Snapshot& seen, Stage stage) {
  if (stage == Stage::replicas && seen.pods > 0)
    return std::to_string(seen.pods) + " Pods are draining";
  std::string text;
  for (const auto& [key, object] : seen.world)
    if (stage_of(key) == stage && !stays(seen, key))
      text += (text.empty() ? "" : ", ") + kube::to_string(key.ref);
  return "waiting for the deletion of " + text;
}

/// All stages behind the configurations, and in the end the resource itself.
void remove_rest(const Snapshot& seen, Plan& plan) {
  for (const auto stage :
       {Stage::replicas, Stage::serving, Stage::credential, Stage::runtime_identity,
        Stage::target_identity, Stage::target_rights, Stage::target_namespace}) {
    remove_stage(seen, stage, plan);
    if (is_done(seen, stage)) continue;
    plan.wait = Wait{"Deleting", left(seen, stage)};
    return;
  }
  for (const auto& secret : seen.unused) plan.actions.emplace_back(HoldSecret{secret, false});
  plan.actions.emplace_back(ReleaseFinalizer{});
  // For a status that is written because the release was refused.
  plan.wait = Wait{"Deleting", "nothing is left but the resource"};
}

/// Whether the target has been away for longer than the resource's deletion is to wait for.
bool is_forced(const Snapshot& seen) {
  const auto bound = base::parse_duration(seen.resource.spec.force_after);
  const auto& metadata = seen.resource.object.at("metadata");
  const auto asked = base::parse_rfc3339(metadata.at("deletionTimestamp").string_or(""));
  return bound && asked && seen.now >= *asked + *bound;
}

/// What the status remembers of the target, and how a person removes it.
std::string left_behind(const Snapshot& seen) {
  std::string text;
  for (const auto& one : seen.resource.object.at("status").at("inventory").items()) {
    if (one.at("cluster").string_or("") != "Target") continue;
    const auto word = [&](const char* key) { return std::string(one.at(key).string_or("")); };
    const auto kind = kube::known_kind(word("group"), word("kind"));
    text += "kubectl delete " + (kind ? kind->name() : word("kind")) + " " + word("name");
    if (!word("namespace").empty()) text += " --namespace " + word("namespace");
    text += "\n";
  }
  return text;
}

/// Lets go of a target that cannot be reached: what is there is listed for a person, what is here
/// is removed.
Plan let_go(const Snapshot& seen) {
  Plan plan;
  plan.look_again = seen.now + std::chrono::seconds(5);
  const auto name = seen.resource.name() + "-left-behind";
  auto list = kube::Object::make(kinds::kConfigMap, seen.resource.namespace_name(), name);
  list["data"]["remove.sh"] = left_behind(seen);
  plan.actions.emplace_back(
      Apply{{Stage::replicas, Cluster::runtime, std::move(list), desired::kWorkloadManager}});
  auto here = seen;
  std::erase_if(here.world, [](const auto& one) { return one.first.cluster == Cluster::target; });
  remove_rest(here, plan);
  plan.wait = Wait{"LetGo",
                   "the target cannot be reached and spec.forceAfter is over: what is left "
                   "there is listed, with the commands to remove it, in ConfigMap " +
                       name};
  return plan;
}

}  // namespace

Stage stage_of(const Key& key) {
  const auto& kind = key.ref.resource;
  const bool in_target = key.cluster == Cluster::target;
  if (kind == kinds::kValidatingWebhookConfiguration ||
      kind == kinds::kMutatingWebhookConfiguration)
    return Stage::webhooks;
  if (kind == kinds::kReplicaSet || kind == kinds::kControllerRevision || kind == kinds::kPod ||
      kind == kinds::kPodDisruptionBudget)
    return Stage::replicas;
  if (kind == kinds::kSecret) return Stage::credential;
  if (kind == kinds::kNamespace) return Stage::target_namespace;
  if (!in_target) return Stage::runtime_identity;
  return kind == kinds::kServiceAccount ? Stage::target_identity : Stage::target_rights;
}

Plan make_removal(const Snapshot& seen) {
  Plan plan;
  plan.look_again = seen.now + std::chrono::seconds(5);
  if (seen.target_error && is_forced(seen)) return let_go(seen);
  if (seen.target_error) {
    plan.wait = Wait{"DeletionBlocked",
                     "the target cluster cannot be reached, so everything goes on serving: " +
                         seen.target_error->what};
    return plan;
  }
  remove_stage(seen, Stage::webhooks, plan);
  if (!is_gone(seen, Stage::webhooks)) {
    plan.wait = Wait{"Withdrawing", left(seen, Stage::webhooks)};
    return plan;
  }
  if (const auto settled = withdrawn_since(seen) + kWithdrawalSettles; seen.now < settled) {
    plan.wait = Wait{"Withdrawn", "waiting until no API server calls the webhooks any more"};
    plan.look_again = settled;
    return plan;
  }
  remove_rest(seen, plan);
  return plan;
}

}  // namespace plan

#include "operator/plan/report.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "operator/desired/webhook_configurations.hpp"
#include "operator/plan/conditions.hpp"
#include "operator/plan/removal.hpp"
#include "operator/plan/times.hpp"

namespace plan {
namespace {

using desired::Cluster;
using json::Value;

/// The first failure that only a person can end.
const Outcome::Failure* terminal(const Outcome& outcome) {
  const auto found = std::ranges::find_if(outcome.failures, [](const Outcome::Failure& failure) {
    return failure.error.reason == kForeignOwner || failure.error.is(base::Error::Kind::invalid);
  });
  return found == outcome.failures.end() ? nullptr : &*found;
}

std::string text_of(const Outcome::Failure& failure) {
  return failure.doing + ": " + failure.error.what;
}

std::string reason_of(const base::Error& error) {
  if (error.reason == kForeignOwner) return "ForeignOwner";
  switch (error.kind) {
    case base::Error::Kind::unauthenticated:
      return "Unauthorized";
    case base::Error::Kind::denied:
      return "Forbidden";
    case base::Error::Kind::invalid:
      return "Invalid";
    case base::Error::Kind::not_found:
      return "NotFound";
    default:
      return "Unreachable";
  }
}

void target_reachable(const Snapshot& seen, Conditions& conditions) {
  if (seen.resource.is_unmanaged())
    return conditions.set("TargetReachable", true, "Unmanaged",
                          "nothing is read from a target or written to one");
  if (seen.target_error)
    conditions.set("TargetReachable", false,
                   seen.target_error->reason.empty() ? reason_of(*seen.target_error)
                                                     : seen.target_error->reason,
                   "target cluster: " + seen.target_error->what);
  else
    conditions.set("TargetReachable", true, "Reachable", "the target's API server answers");
}

const Outcome::Failure* failed_for(const Outcome& outcome, std::string_view reason) {
  const auto found = std::ranges::find_if(
      outcome.failures, [&](const Outcome::Failure& one) { return one.error.reason == reason; });
  return found == outcome.failures.end() ? nullptr : &*found;
}

void projected_ready(const Snapshot& seen, const Outcome& outcome, Conditions& conditions) {
  if (const auto* failure = failed_for(outcome, kNotTrusted))
    return conditions.set("CredentialsReady", false, std::string(kNotTrusted), failure->error.what);
  const Key access{
      Cluster::runtime,
      {kube::kinds::kSecret, seen.resource.namespace_name(), desired::names(seen.inputs()).access}};
  if (!seen.world.contains(access))
    return conditions.set("CredentialsReady", false, "NotIssued", "there is no kubeconfig yet");
  const auto& asked = seen.resource.spec.credentials;
  if (seen.resource.is_federated())
    return conditions.set("CredentialsReady", true, "Federated",
                          "the target takes the replicas' tokens for " +
                              seen.resource.named_user() +
                              "; kubelets keep them fresh, and they end only by expiry, after " +
                              std::to_string(asked.federated_token.expiration_seconds) + " s");
  conditions.set("CredentialsReady", true, "Projected",
                 "kubelets keep the replicas' tokens fresh; lifetime asked for: " +
                     std::to_string(asked.projected_token.expiration_seconds) + " s");
}

void automounted(const Snapshot& seen, Conditions& conditions) {
  if (seen.automount == Automount::endless)
    return conditions.set("CredentialsReady", false, "LegacyToken",
                          "the token that is mounted into the replicas is a Secret's and never "
                          "ends: take the volume or the admission that puts it there away");
  conditions.set("CredentialsReady", true, "InCluster",
                 seen.automount ? "replicas use their ServiceAccount's token: bound to the Pod, "
                                  "and renewed by the kubelet"
                                : "replicas will use their ServiceAccount's token");
}

std::string end_of(const credentials::Delivered& held) {
  return held.not_after == credentials::kNever ? "it does not end by itself"
                                               : "valid until " + base::to_rfc3339(held.not_after);
}

/// What there is to say of what was delivered.
std::string told_of(const credentials::Delivered& held, const Plan& plan,
                    const credentials::CopiedObserved& copied, base::TimePoint now) {
  auto text = "generation " + std::to_string(held.generation) + " is " + end_of(held);
  if (held.former_not_after && now < *held.former_not_after)
    text += "; the one before it ends only by expiry, at " +
            base::to_rfc3339(*held.former_not_after) + ": a certificate cannot be revoked";
  if (plan.awaited) text += "; its successor: " + plan.awaited->message;
  if (!copied.problem.empty()) text += "; what is there now was not copied: " + copied.problem;
  return text;
}

void credentials_ready(const Snapshot& seen, const Plan& plan, const Outcome& outcome,
                       Conditions& conditions) {
  if (seen.resource.projects_token()) return projected_ready(seen, outcome, conditions);
  if (seen.resource.spec.credentials.type == "InCluster") return automounted(seen, conditions);
  const auto held = seen.delivered();
  if (!held && plan.awaited)
    return conditions.set("CredentialsReady", false, plan.awaited->reason, plan.awaited->message);
  if (!held)
    return conditions.set("CredentialsReady", false, "NotIssued",
                          "no credential has been delivered");
  if (seen.now >= held->not_after)
    return conditions.set("CredentialsReady", false, "Expired",
                          "the credential ended " + base::to_rfc3339(held->not_after));
  conditions.set("CredentialsReady", true, seen.resource.followed() ? "Copied" : "Issued",
                 told_of(*held, plan, seen.copied, seen.now));
}

void serving_ready(const Snapshot& seen, Conditions& conditions) {
  if (!seen.serving.ca || !seen.serving.leaf)
    return conditions.set("ServingReady", false, "NotIssued", "there is no serving certificate");
  const bool valid = seen.now < seen.serving.leaf->not_after;
  conditions.set(
      "ServingReady", valid, valid ? "Issued" : "Expired",
      "the serving certificate is valid until " + base::to_rfc3339(seen.serving.leaf->not_after));
}

void rolled_out(const Plan& plan, Conditions& conditions) {
  if (!plan.rollout) return conditions.keep("RolledOut", "Pending", "nothing has been rolled out");
  using Phase = rollout::Decision::Phase;
  const auto& rollout = *plan.rollout;
  const auto reason = rollout.phase == Phase::complete ? "Complete"
                      : rollout.phase == Phase::stuck  ? "ProgressDeadlineExceeded"
                                                       : "Progressing";
  conditions.set("RolledOut", rollout.phase == Phase::complete, reason, rollout.message);
}

void webhooks_ready(const Snapshot& seen, const Plan& plan, const Outcome& outcome,
                    Conditions& conditions) {
  const bool any = std::ranges::any_of(seen.world, [](const auto& entry) {
    return stage_of(entry.first) == desired::Stage::webhooks;
  });
  if (seen.resource.object.is_being_deleted() || seen.terminating) {
    if (seen.target_error)
      return conditions.set("WebhooksReady", false, "Unknown", "the target cannot be reached");
    return conditions.set(
        "WebhooksReady", false, any ? "Withdrawing" : "Withdrawn",
        any ? "the configurations are being removed" : "no configuration is left in the target");
  }
  if (plan.wait)
    return conditions.set("WebhooksReady", false, plan.wait->reason, plan.wait->message);
  if (seen.resource.is_unmanaged())
    return conditions.set("WebhooksReady", true, "Unmanaged",
                          "the configurations in the target are kept by others");
  if (!plan.webhooks_wanted)
    return conditions.keep("WebhooksReady", "Pending", "nothing has been applied yet");
  const auto failed = std::ranges::find_if(outcome.failures, [](const Outcome::Failure& failure) {
    return failure.doing.contains("WebhookConfiguration");
  });
  if (failed != outcome.failures.end())
    return conditions.set("WebhooksReady", false, reason_of(failed->error), text_of(*failed));
  if (seen.target_error)
    return conditions.keep("WebhooksReady", "Unknown", "the target cannot be reached");
  conditions.set("WebhooksReady", true, "Applied", "the configurations are in the target");
}

/// Stalled says that only a person can help.
void stalled(const Snapshot& seen, const Outcome& outcome, Conditions& conditions) {
  if (const auto* ended = terminal(outcome))
    return conditions.set("Stalled", true, reason_of(ended->error),
                          std::string(to_string(ended->cluster)) + " cluster: " + text_of(*ended));
  if (!seen.target_error || !seen.target_error->is(base::Error::Kind::invalid)) return;
  const auto& error = *seen.target_error;
  conditions.set("Stalled", true, error.reason.empty() ? "InvalidTarget" : error.reason,
                 "target cluster: " + error.what);
}

void contested(const Outcome& outcome, Conditions& conditions) {
  if (outcome.contested.empty()) return;
  std::string all;
  for (const auto& one : outcome.contested) all += (all.empty() ? "" : "; ") + one;
  conditions.set("FieldContested", true, "TakenBack", all);
}

void suspended(const Snapshot& seen, Conditions& conditions) {
  const auto held = seen.delivered();
  const bool ends = held && held->not_after != credentials::kNever;
  conditions.set(
      "Ready", false, "Suspended",
      ends ? "suspended; the credential ends " + base::to_rfc3339(held->not_after) : "suspended");
}

/// Ready sums up what the other conditions say.
void ready(const Snapshot& seen, const Plan& plan, const Outcome& outcome, Conditions& conditions) {
  const bool is_leaving = seen.resource.object.is_being_deleted();
  if (seen.resource.spec.suspend && !is_leaving) return suspended(seen, conditions);
  // Why it stalls stands beside it; that the deletion waits for it is the news.
  const bool is_blocked = is_leaving && seen.target_error && plan.wait;
  if (is_blocked && conditions.find("Stalled"))
    return conditions.set("Ready", false, plan.wait->reason, plan.wait->message);
  const auto* failure = outcome.failures.empty() ? nullptr : &outcome.failures.front();
  // Behind a target that cannot be reached every other wait is a consequence.
  const bool is_consequence = seen.target_error && !is_leaving;
  if (const auto* blocking = conditions.first_false())
    return conditions.not_ready(*blocking, is_consequence ? std::nullopt : plan.wait,
                                failure ? text_of(*failure) : std::string());
  if (failure) return conditions.not_ready_because(reason_of(failure->error), text_of(*failure));
  conditions.set("Ready", true, "Ready", "serving in the target");
}

void describe_credentials(const Snapshot& seen, Value& status) {
  auto& credentials = status["credentials"];
  credentials["type"] = seen.resource.spec.credentials.type;
  if (seen.resource.is_federated()) credentials["userName"] = seen.resource.named_user();
  const auto delivered = seen.delivered();
  if (!delivered) return;
  const auto& held = *delivered;
  credentials["phase"] = seen.token.anchors.size() > 1 ? "Overlap" : "Steady";
  credentials["generation"] = held.generation;
  if (!held.user.empty()) credentials["userName"] = held.user;
  credentials["issuedAt"] = base::to_rfc3339(held.issued_at);
  if (held.former_not_after && seen.now < *held.former_not_after)
    credentials["previous"] =
        Value::object({{"generation", held.generation - 1},
                       {"retireAt", base::to_rfc3339(*held.former_not_after)}});
  if (held.not_after == credentials::kNever) return;
  credentials["notAfter"] = base::to_rfc3339(held.not_after);
  if (seen.resource.followed()) return;
  credentials["renewAt"] = base::to_rfc3339(renewal_of(seen, held));
}

/// The end of what ends first, if nothing renewed it.
void describe_runway(const Snapshot& seen, Value& status) {
  std::optional<base::TimePoint> first;
  const auto held = seen.delivered();
  if (held && held->not_after != credentials::kNever) first = held->not_after;
  if (seen.serving.leaf)
    first = std::min(first.value_or(seen.serving.leaf->not_after), seen.serving.leaf->not_after);
  if (first) status["runway"] = base::to_rfc3339(*first);
}

/// Nothing was decided about them this time: what was said stands.
void keep_replicas(const Snapshot& seen, Value& status) {
  const auto& before = seen.resource.object.at("status");
  for (const auto* key : {"replicas", "readyReplicas", "rollout", "history"})
    if (!before.at(key).is_null()) status[key] = before.at(key);
}

/// The revisions that were tried, the newest first.
Value history(const Snapshot& seen, const Plan& plan) {
  auto before = seen.resource.object.at("status").at("history").items();
  const bool is_new =
      before.empty() || before.front().at("revision").string_or("") != plan.revision;
  if (is_new && !before.empty() && before.front().at("result").is_null())
    before.front()["result"] = "Superseded";
  if (is_new)
    before.insert(before.begin(), Value::object({{"revision", plan.revision},
                                                 {"image", seen.resource.spec.workload.image},
                                                 {"startedAt", base::to_rfc3339(seen.now)}}));
  if (plan.rollout->stable == plan.revision) before.front()["result"] = "Promoted";
  const auto most = static_cast<std::size_t>(seen.resource.spec.revision_history_limit) + 1;
  if (before.size() > most) before.resize(most);
  return before;
}

void describe_replicas(const Snapshot& seen, const Plan& plan, Value& status) {
  const auto selector = desired::pod_labels(seen.resource);
  std::string text;
  for (const auto& [key, value] : selector.members())
    text += (text.empty() ? "" : ",") + key + "=" + std::string(value.string_or(""));
  status["selector"] = text;
  if (!plan.rollout) return keep_replicas(seen, status);
  const auto& stable = plan.rollout->stable.empty() ? plan.revision : plan.rollout->stable;
  const auto serving = std::ranges::find(seen.revisions, stable, &rollout::Seen::revision);
  const bool is_there = serving != seen.revisions.end();
  status["replicas"] = is_there ? serving->running : 0;
  status["readyReplicas"] = is_there ? serving->ready : 0;
  auto& rollout = status["rollout"];
  using Phase = rollout::Decision::Phase;
  rollout["phase"] = plan.rollout->phase == Phase::complete ? "Complete"
                     : plan.rollout->phase == Phase::stuck  ? "Stuck"
                                                            : "Progressing";
  if (!plan.rollout->stable.empty()) rollout["stableRevision"] = plan.rollout->stable;
  if (plan.rollout->stable != plan.revision) rollout["canaryRevision"] = plan.revision;
  status["history"] = history(seen, plan);
}

void describe_serving(const Snapshot& seen, Value& status) {
  if (!seen.serving.ca || !seen.serving.leaf) return;
  status["serving"] =
      Value::object({{"phase", "Steady"},
                     {"caNotAfter", base::to_rfc3339(seen.serving.ca->not_after)},
                     {"leafNotAfter", base::to_rfc3339(seen.serving.leaf->not_after)}});
}

Value inventory(const Snapshot& seen) {
  json::Array list;
  for (const auto& [key, object] : seen.world) {
    if (key.ref.resource == kube::kinds::kPod || list.size() >= 200) continue;
    auto entry = Value::object({{"cluster", key.cluster == Cluster::runtime ? "Runtime" : "Target"},
                                {"kind", key.ref.resource.kind},
                                {"name", key.ref.name},
                                {"uid", object.uid().value}});
    if (!key.ref.resource.group.empty()) entry["group"] = key.ref.resource.group;
    if (!key.ref.namespace_name.empty()) entry["namespace"] = key.ref.namespace_name;
    list.push_back(std::move(entry));
  }
  if (!seen.target_error) return list;
  // What is in a target that cannot be seen is what was there.
  for (const auto& entry : seen.resource.object.at("status").at("inventory").items())
    if (entry.at("cluster").string_or("") == "Target" &&
        std::ranges::find(list, entry) == list.end())
      list.push_back(entry);
  return list;
}

}  // namespace

json::Value status(const Snapshot& snapshot, const Plan& plan, const Outcome& outcome) {
  Conditions conditions(snapshot.resource.object, snapshot.now);
  target_reachable(snapshot, conditions);
  credentials_ready(snapshot, plan, outcome, conditions);
  serving_ready(snapshot, conditions);
  rolled_out(plan, conditions);
  webhooks_ready(snapshot, plan, outcome, conditions);
  stalled(snapshot, outcome, conditions);
  contested(outcome, conditions);
  access_ending(snapshot, conditions);
  clock_skewed(snapshot, conditions);
  ready(snapshot, plan, outcome, conditions);
  auto status = Value::object({{"observedGeneration", snapshot.resource.object.generation()}});
  describe_credentials(snapshot, status);
  describe_replicas(snapshot, plan, status);
  describe_serving(snapshot, status);
  describe_runway(snapshot, status);
  if (snapshot.resource.spec.target.access)
    status["targetAccess"] = Value::object({{"type", snapshot.resource.spec.target.access->type}});
  if (!snapshot.target.server.empty()) status["targetAccess"]["server"] = snapshot.target.server;
  if (snapshot.access) status["targetAccess"]["notAfter"] = base::to_rfc3339(snapshot.access->end);
  status["inventory"] = inventory(snapshot);
  status["conditions"] = conditions.list();
  return status;
}

json::Value refused_status(const api::AdmissionDeployment& resource, base::TimePoint now,
                           const std::vector<base::Problem>& problems, std::string_view reason) {
  Conditions conditions(resource.object, now);
  conditions.set("Stalled", true, std::string(reason), base::to_string(problems));
  conditions.set("Ready", false, std::string(reason), base::to_string(problems));
  auto status = resource.object.at("status");  // what was made before is still there
  status["observedGeneration"] = resource.object.generation();
  status["conditions"] = conditions.list();
  return status;
}

std::vector<Transition> transitions(const json::Value& before, const json::Value& after) {
  std::vector<Transition> changes;
  for (const auto& condition : after.at("conditions").items()) {
    const auto same = [&](const Value& other) {
      return other.at("type") == condition.at("type") &&
             other.at("status") == condition.at("status") &&
             other.at("reason") == condition.at("reason");
    };
    if (std::ranges::any_of(before.at("conditions").items(), same)) continue;
    const auto text = [&](const char* key) { return std::string(condition.at(key).string_or("")); };
    changes.push_back({text("type"), text("status"), text("reason"), text("message")});
  }
  return changes;
}

}  // namespace plan

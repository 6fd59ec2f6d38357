#include <algorithm>

#include "base/clock.hpp"
#include "operator/desired/replica_set.hpp"
#include "operator/desired/service.hpp"
#include "operator/plan/draft.hpp"

// Which revisions run, with how many replicas, and from which template.
namespace plan {
namespace {

using desired::Cluster;
namespace kinds = kube::kinds;

/// The revision that served last, as the status remembers it.
std::string served_last(const Snapshot& seen) {
  return std::string(
      seen.resource.object.at("status").at("rollout").at("stableRevision").string_or(""));
}

/// As the status remembers it; now where it does not (status is a cache).
base::TimePoint wanted_since(const Snapshot& seen, const std::string& revision) {
  const auto& history = seen.resource.object.at("status").at("history").items();
  if (history.empty() || history.front().at("revision").string_or("") != revision) return seen.now;
  return base::parse_rfc3339(history.front().at("startedAt").string_or("")).value_or(seen.now);
}

const kube::Object* find(const Snapshot& seen, const kube::Resource& kind,
                         const std::string& revision) {
  const auto name = seen.resource.name() + "-" + revision;
  const auto found =
      seen.world.find({Cluster::runtime, {kind, seen.resource.namespace_name(), name}});
  return found == seen.world.end() ? nullptr : &found->second;
}

/// The template that was kept of a revision. One that does not fit the revision's name is not ours:
/// data never changes, but whoever may make such an object could make it say anything.
const json::Value* kept_template(const Snapshot& seen, const std::string& revision) {
  const auto* kept = find(seen, kinds::kControllerRevision, revision);
  if (!kept) return nullptr;
  const auto& made_from = kept->at("data").at("template");
  return desired::revision(made_from) == revision ? &made_from : nullptr;
}

/// What there is, and what served until somebody took its ReplicaSet away: that one comes back.
std::vector<rollout::Seen> revisions_of(const Draft& draft) {
  auto all = draft.seen.revisions;
  const auto served = served_last(draft.seen);
  const bool is_known = std::ranges::find(all, served, &rollout::Seen::revision) != all.end();
  if (is_known || served == draft.plan.revision) return all;
  if (kept_template(draft.seen, served))
    all.push_back({.revision = served,
                   .replicas = draft.seen.resource.spec.workload.replicas,
                   .created = {},
                   .failure = {}});
  return all;
}

/// Its own number, or the next one: kubectl's `rollout history` counts so.
std::int64_t number_of(const Snapshot& seen, const std::string& revision) {
  if (const auto* kept = find(seen, kinds::kControllerRevision, revision))
    return kept->at("revision").int_or(0);
  std::int64_t most = 0;
  for (const auto& [key, object] : seen.world)
    if (key.ref.resource == kinds::kControllerRevision)
      most = std::max(most, object.at("revision").int_or(0));
  return most + 1;
}

void keep_template(Draft& draft, const json::Value& made_from, const std::string& revision) {
  const auto number = number_of(draft.seen, revision);
  draft.want(desired::controller_revision(draft.seen.inputs(), made_from, revision, number));
}

void want_replicas(Draft& draft, const json::Value& made_from,
                   const rollout::Decision::Scale& scale) {
  const auto& [revision, replicas] = scale;
  const auto inputs = draft.seen.inputs();
  if (replicas > 0) draft.want(desired::disruption_budget(inputs, revision));
  draft.want(desired::replica_set(inputs, made_from, revision, replicas));
}

void want_current(Draft& draft, const rollout::Decision::Scale& scale) {
  // One that says something else is not asked for, so that it goes; then ours can be made.
  const bool is_free = !find(draft.seen, kinds::kControllerRevision, scale.revision);
  if (is_free || kept_template(draft.seen, scale.revision))
    keep_template(draft, draft.rendered, scale.revision);
  want_replicas(draft, draft.rendered, scale);
}

/// Never rendered anew: as it was kept, or as its ReplicaSet has it.
void want_old(Draft& draft, const rollout::Decision::Scale& scale) {
  if (const auto* kept = kept_template(draft.seen, scale.revision)) {
    keep_template(draft, *kept, scale.revision);
    want_replicas(draft, *kept, scale);
  } else if (const auto* set = find(draft.seen, kinds::kReplicaSet, scale.revision)) {
    want_replicas(draft, set->at("spec").at("template"), scale);
  }
}

}  // namespace

void plan_replicas(Draft& draft) {
  const auto& seen = draft.seen;
  const auto& spec = seen.resource.spec;
  const auto& revision = draft.plan.revision;
  const rollout::Wanted wanted{
      .revision = revision,
      .replicas = spec.workload.replicas,
      .history_limit = spec.revision_history_limit,
      .progress_deadline = std::chrono::seconds(spec.progress_deadline_seconds),
      .started = wanted_since(seen, revision),
      .served = served_last(seen)};
  auto decision = rollout::decide(wanted, revisions_of(draft), seen.now);
  want_current(draft, {revision, spec.workload.replicas});
  for (const auto& old : decision.keep)
    if (old.revision != revision) want_old(draft, old);
  if (decision.phase == rollout::Decision::Phase::progressing)
    draft.look_again(seen.now + std::chrono::seconds(5));
  draft.plan.rollout = std::move(decision);
}

}  // namespace plan

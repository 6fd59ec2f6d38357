#include "operator/rollout/rollout.hpp"

#include <algorithm>

namespace rollout {
namespace {

const Seen* find(const std::vector<Seen>& seen, const std::string& revision) {
  const auto found = std::ranges::find(seen, revision, &Seen::revision);
  return found == seen.end() ? nullptr : &*found;
}

/// The revision that served before: the newest other one that has ready replicas.
std::string predecessor(const std::vector<Seen>& seen, const std::string& wanted) {
  const Seen* best = nullptr;
  for (const auto& one : seen)
    if (one.revision != wanted && one.ready > 0 && (!best || one.created > best->created))
      best = &one;
  return best ? best->revision : std::string();
}

void place_old_ones(const Wanted& wanted, std::vector<Seen> seen, bool retire, Decision& decision) {
  std::ranges::sort(seen, std::greater{}, &Seen::created);
  int kept = 0;
  for (const auto& one : seen) {
    if (one.revision == wanted.revision) continue;
    const bool empty = one.replicas == 0 && one.running == 0;
    if (empty && retire && ++kept > wanted.history_limit)
      decision.remove.push_back(one.revision);
    else
      decision.keep.push_back({one.revision, retire ? 0 : one.replicas});
  }
}

std::string progress(const Wanted& wanted, const Seen* current) {
  const int ready = current ? current->ready : 0;
  auto text = std::to_string(ready) + " of " + std::to_string(wanted.replicas) +
              " replicas of revision " + wanted.revision + " are ready";
  if (current && !current->failure.empty()) text += ": " + current->failure;
  return text;
}

bool is_late(const Wanted& wanted, const Seen* current, base::TimePoint now) {
  if (!current) return false;
  return now >= std::max(current->created, wanted.started) + wanted.progress_deadline;
}

}  // namespace

Decision decide(const Wanted& wanted, const std::vector<Seen>& seen, base::TimePoint now) {
  Decision decision;
  const auto* current = find(seen, wanted.revision);
  const bool complete =
      current && current->replicas == wanted.replicas && current->ready >= wanted.replicas;
  decision.keep.push_back({wanted.revision, wanted.replicas});
  place_old_ones(wanted, seen, complete, decision);
  for (const auto& one : seen) decision.ready += one.ready;
  const bool serves = complete || wanted.was_complete;
  decision.stable = serves ? wanted.revision : predecessor(seen, wanted.revision);
  decision.message = progress(wanted, current);
  if (complete)
    decision.phase = Decision::Phase::complete;
  else if (!wanted.was_complete && is_late(wanted, current, now))
    decision.phase = Decision::Phase::stuck;
  return decision;
}

}  // namespace rollout

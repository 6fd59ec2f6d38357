#include "operator/rollout/rollout.hpp"

#include <algorithm>

namespace rollout {
namespace {

const Seen* find(const std::vector<Seen>& seen, const std::string& revision) {
  const auto found = std::ranges::find(seen, revision, &Seen::revision);
  return found == seen.end() ? nullptr : &*found;
}

/// The revision that served before: the newest other one that has ready replicas; without any, the
/// one that is remembered.
std::string predecessor(const std::vector<Seen>& seen, const Wanted& wanted) {
  const Seen* best = nullptr;
  for (const auto& one : seen)
    if (one.revision != wanted.revision && one.ready > 0 && (!best || one.created > best->created))
      best = &one;
  if (!best) best = find(seen, wanted.served);
  return best ? best->revision : std::string();
}

/// What serves is not to be made smaller by hand while nothing else does.
int size_of(const Seen& old, const Wanted& wanted) {
  return old.revision == wanted.served ? std::max(old.replicas, wanted.replicas) : old.replicas;
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
      decision.keep.push_back({one.revision, retire ? 0 : size_of(one, wanted)});
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
  const bool has_served = wanted.served == wanted.revision;
  decision.stable = complete || has_served ? wanted.revision : predecessor(seen, wanted);
  decision.message = progress(wanted, current);
  if (complete)
    decision.phase = Decision::Phase::complete;
  else if (!has_served && is_late(wanted, current, now))
    decision.phase = Decision::Phase::stuck;
  return decision;
}

}  // namespace rollout

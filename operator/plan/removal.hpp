#pragma once

#include <set>

#include "operator/plan/plan.hpp"

namespace plan {

/// The plan for a resource that is being deleted. One stage at a time, backwards; never creates
/// anything. An unreachable target keeps everything serving: the configurations there would fail
/// closed without replicas.
Plan make_removal(const Snapshot& snapshot);

/// Which stage made an object of this kind.
desired::Stage stage_of(const Key& key);

/// An old revision stays, with its budget, at the size that the roll-out gave it; its template is
/// the one it was made with.
void keep_old_revision(const Snapshot& snapshot, const rollout::Decision::Scale& scale, Plan& plan,
                       std::set<Key>& expected);

}  // namespace plan

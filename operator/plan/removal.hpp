#pragma once

#include "operator/plan/plan.hpp"

namespace plan {

/// The plan for a resource that is being deleted. One stage at a time, backwards; never creates
/// anything. An unreachable target keeps everything serving: the configurations there would fail
/// closed without replicas.
Plan make_removal(const Snapshot& snapshot);

/// Which stage made an object of this kind.
desired::Stage stage_of(const Key& key);

}  // namespace plan

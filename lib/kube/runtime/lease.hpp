#pragma once

#include "kube/runtime/leader_election.hpp"

namespace kube {

/// What a Lease says, seen at `now`.
LeaseView view_of(const Object& lease, base::BootTime now);

/// `lease` as it is to be written by the candidate of `options` that takes or renews it:
/// acquireTime and leaseTransitions move only where the holder changes.
Object taken(Object lease, const LeaseOptions& options, base::TimePoint now);
/// `lease` without a holder, for one second: the next candidate may have it at once.
Object released(Object lease, base::TimePoint now);

}  // namespace kube

#pragma once

#include "operator/plan/conditions.hpp"
#include "operator/plan/snapshot.hpp"

// What clocks and ends of others mean for a resource.
namespace plan {

/// Whether a clock is so wrong that no serving certificate made now can be trusted to be valid by
/// all: more than five minutes.
bool is_clock_wrong(const Snapshot& seen);

/// ClockSkewed, while the clock of a cluster's API server is more than a minute off ours.
void clock_skewed(const Snapshot& seen, Conditions& conditions);

/// AccessEnding, from one third of its lifetime left on, where others keep the operator's own way
/// in (of a TokenRequestor's, which is renewed later, from one tenth).
void access_ending(const Snapshot& seen, Conditions& conditions);

}  // namespace plan

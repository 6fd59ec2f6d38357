#include "operator/credentials/copied.hpp"

#include <algorithm>

namespace credentials {

CopiedDecision decide(const Wanted& wanted, const CopiedObserved& seen, base::TimePoint now) {
  if (seen.source.empty()) return Keep{kNever};  // its Secret is watched
  if (!seen.delivered) return Copy{1, "no credential has been delivered"};
  const auto& held = *seen.delivered;
  if (held.inputs == seen.source) return Keep{kNever};
  // A clock that was set back must not hold it up.
  const auto allowed = std::min(held.delivered_at, now) + wanted.min_interval;
  if (now < allowed) return Keep{allowed};
  return Copy{held.generation + 1, "its Secret, or the target's address or CA, has changed"};
}

}  // namespace credentials

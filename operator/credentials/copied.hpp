#pragma once

#include <optional>
#include <string>
#include <variant>

#include "operator/credentials/token.hpp"

// Decisions about a credential that others keep in a Secret and that replicas get a copy of: pure.
namespace credentials {

struct CopiedObserved {
  std::optional<Delivered> delivered;  ///< its inputs are the source's when it was copied
  std::string source;  ///< hash of what the Secret holds and of where it leads; "": of no use
  std::string problem_reason, problem;  ///< why it is of no use
};

/// Verify what is there now, and deliver it as generation `generation`.
struct Copy {
  std::int64_t generation;
  std::string reason;
};
using CopiedDecision = std::variant<Keep, Copy>;

/// A source that has changed is copied at once, but not more often than every min_interval; one
/// that is of no use leaves what was delivered as it is.
CopiedDecision decide(const Wanted& wanted, const CopiedObserved& seen, base::TimePoint now);

/// Delivered::not_after of what does not end by itself.
inline constexpr base::TimePoint kNever = base::TimePoint::max();

}  // namespace credentials

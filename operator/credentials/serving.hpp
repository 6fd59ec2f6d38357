#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"

// Decisions about the CA and the leaf that the replicas serve with.
namespace credentials {

struct Validity {
  base::TimePoint not_before, not_after;
};

struct ServingObserved {
  std::optional<Validity> ca;  ///< of a CA Secret whose key fits its certificate
  std::optional<Validity>
      leaf;  ///< of a leaf that verifies under that CA for all names wanted, and whose key fits
};

struct ServingWanted {
  std::chrono::milliseconds ca_validity{}, leaf_validity{};
};

struct KeepServing {
  base::TimePoint look_again;
};
/// A CA, and a leaf by it.
struct MakeCa {
  std::string reason;
};
struct IssueLeaf {
  std::string reason;
};
using ServingDecision = std::variant<KeepServing, MakeCa, IssueLeaf>;

/// A leaf is renewed at half of its life, under the CA there is. A CA is made when there is none
/// that works, at half of its life, and before it would end earlier than a leaf issued now.
ServingDecision decide(const ServingWanted& wanted, const ServingObserved& seen,
                       base::TimePoint now);

/// Validity of something made now: an hour back against skewed clocks, and never beyond `most`.
Validity starting(base::TimePoint now, std::chrono::milliseconds lifetime,
                  std::optional<base::TimePoint> most = {});

}  // namespace credentials

#include "operator/credentials/serving.hpp"

#include <algorithm>

namespace credentials {
namespace {

base::TimePoint half(const Validity& validity) {
  return validity.not_before + (validity.not_after - validity.not_before) / 2;
}

}  // namespace

Validity starting(base::TimePoint now, std::chrono::milliseconds lifetime,
                  std::optional<base::TimePoint> most) {
  const auto end = now + lifetime;
  return {now - std::chrono::hours(1), most ? std::min(end, *most) : end};
}

ServingDecision decide(const ServingWanted& wanted, const ServingObserved& seen,
                       base::TimePoint now) {
  if (!seen.ca) return MakeCa{"there is no usable CA"};
  const auto ca_due = seen.ca->not_after - wanted.leaf_validity;
  if (now >= ca_due) return MakeCa{"the CA would end before its next leaf"};
  if (!seen.leaf) return IssueLeaf{"there is no leaf that fits the CA and the names"};
  if (now >= half(*seen.leaf)) return IssueLeaf{"half of the leaf's life is over"};
  return KeepServing{std::min(half(*seen.leaf), ca_due)};
}

}  // namespace credentials

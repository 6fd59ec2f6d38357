#include "operator/credentials/serving.hpp"

#include <algorithm>

namespace credentials {
namespace {

/// What starting() puts between notBefore and the moment of making.
constexpr std::chrono::hours kBackdated{1};

base::TimePoint made_at(const Validity& validity) {
  return std::min(validity.not_before + kBackdated, validity.not_after);
}

base::TimePoint half(const Validity& validity) {
  return made_at(validity) + (validity.not_after - made_at(validity)) / 2;
}

/// At half of its life, or earlier: every leaf has to fit into what is left.
base::TimePoint ca_due(const Validity& ca, std::chrono::milliseconds leaf_validity) {
  const auto last_leaf = ca.not_after - leaf_validity;
  return last_leaf <= made_at(ca) ? half(ca) : std::min(half(ca), last_leaf);
}

}  // namespace

Validity starting(base::TimePoint now, std::chrono::milliseconds lifetime,
                  std::optional<base::TimePoint> most) {
  const auto end = now + lifetime;
  return {now - kBackdated, most ? std::min(end, *most) : end};
}

ServingDecision decide(const ServingWanted& wanted, const ServingObserved& seen,
                       base::TimePoint now) {
  if (!seen.ca) return MakeCa{"there is no usable CA"};
  const auto due = ca_due(*seen.ca, wanted.leaf_validity);
  if (now >= due) return MakeCa{"half of the CA's life is over, or no leaf fits into the rest"};
  if (!seen.leaf) return IssueLeaf{"there is no leaf that fits the CA and the names"};
  if (now >= half(*seen.leaf)) return IssueLeaf{"half of the leaf's life is over"};
  return KeepServing{std::min(half(*seen.leaf), due)};
}

}  // namespace credentials

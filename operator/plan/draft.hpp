#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "operator/desired/rights.hpp"
#include "operator/plan/plan.hpp"

// A plan that is being made; for the files of this room only.
namespace plan {

template <class... F>
struct Match : F... {
  using F::operator()...;
};

/// Grows stage by stage; what is expected to exist is remembered for pruning.
struct Draft {
  const Snapshot& seen;
  Plan plan;
  std::set<Key> expected;
  json::Value rendered;  ///< the Pod template that is wanted

  void want(desired::Item item) {
    expected.insert(key_of(item));
    const bool unreachable =
        item.cluster == desired::Cluster::target && (seen.target_error || seen.terminating);
    if (!unreachable) plan.actions.emplace_back(Apply{std::move(item)});
  }
  void want_all(std::vector<desired::Item> items) {
    for (auto& item : items) want(std::move(item));
  }
  void look_again(base::TimePoint when) { plan.look_again = std::min(plan.look_again, when); }
};

/// Whether replicas of another revision than the one that is wanted run, or drain.
bool old_replicas_run(const Draft& draft);

/// Plans the replicas' credential; whether they have, or need no, credential to mount. Where not,
/// the plan's wait may say why.
bool plan_credential(Draft& draft);

/// Plans the revisions: the wanted one, and old ones for as long as they serve or may again.
void plan_replicas(Draft& draft);

/// Who keeps rights because replicas may still be them.
desired::Former former_identities(const Draft& draft);

/// Whether replicas may still use a token of a generation before the delivered one.
bool is_overlapping(const Snapshot& seen);

}  // namespace plan

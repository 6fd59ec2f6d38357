#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "kube/object/object.hpp"

// Which revisions run, with how many replicas: pure, from the ReplicaSets there are.
namespace rollout {

/// One ReplicaSet of the resource.
struct Seen {
  std::string revision;
  int replicas = 0;  ///< wanted of it
  int running = 0;   ///< status.replicas: Pods not gone yet
  int ready = 0;
  base::TimePoint created;
  std::string failure;  ///< message of its ReplicaFailure condition (quota, admission), or ""
};

struct Wanted {
  std::string revision;
  int replicas = 2;
  int history_limit = 10;
  std::chrono::milliseconds progress_deadline{};
  base::TimePoint started;  ///< when this revision came to be wanted
  std::string served{};     ///< the revision that served last, as the status remembers it: where
                            ///< it is this one, missing replicas are a repair
};

struct Decision {
  struct Scale {
    std::string revision;
    int replicas;
    bool operator==(const Scale&) const = default;
  };
  std::vector<Scale> keep;          ///< every revision that stays, the wanted one first
  std::vector<std::string> remove;  ///< beyond the history limit, no Pod left
  enum class Phase { progressing, complete, stuck } phase = Phase::progressing;
  std::string stable;  ///< the revision that serves: the wanted one since it was ready once
  std::string message;
};

/// Surge: the wanted revision comes up beside the old ones, which go to zero only when all of its
/// replicas are ready; so no ready replica is ever taken away for one that is not. Past the
/// progress deadline the phase is `stuck`, old ones stay. The deadline counts from when the
/// revision was wanted: its ReplicaSet may be years old.
Decision decide(const Wanted& wanted, const std::vector<Seen>& seen, base::TimePoint now);

}  // namespace rollout

#pragma once

// Admission of objects in files, without a cluster and without a cloud.

#include <optional>
#include <string>
#include <vector>

#include "json/value.hpp"
#include "webhook/protocol/verdict.hpp"
#include "webhook/replay/case.hpp"

namespace replay {

/// What is known of the world, in the members of the corpus format: clusterObjects, cloudImages,
/// cloudVSwitches.
struct KnownWorld {
  Case known;                ///< its objects are those that rules may read
  json::Array cluster;       ///< those that are there already
  bool has_cluster = false;  ///< what is not among the objects does not exist, rather than: unknown
};

/// What admission says about one object: mutated first, then validated as it is then.
struct Opinion {
  std::string path;  ///< of the webhook that spoke last; empty: none is asked about this kind
  bool is_update = false;
  std::optional<protocol::Verdict> verdict;  ///< nullopt: it could not be found out
  json::Array patch;
  std::vector<std::string> not_checked;  ///< what the verdict does not cover, and why
};

/// An object that is in the cluster already is updated, and keeps its status; else it is created.
base::Result<Opinion> admit(const json::Value& object, const KnownWorld& world);

}  // namespace replay

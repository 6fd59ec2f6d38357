#pragma once

#include "webhook/replay/compare.hpp"

namespace replay {

/// A request beside that of a case: nearly the same, but one that the Go program answers as well as
/// any. Where the Go program fails, what the case must get is the answer to its neighbour with what
/// was changed for it changed back. The answers to such requests are recorded in other cases.
class Neighbour {
 public:
  explicit Neighbour(const Case& one);

  json::Value& object() { return beside_.review["request"]["object"]; }
  json::Value& old_object() { return beside_.review["request"]["oldObject"]; }
  json::Value& cluster_objects() { return beside_.document["clusterObjects"]; }
  json::Value& cluster_errors() { return beside_.document["clusterErrors"]; }
  bool is_update() const { return !beside_.review.at("request").at("oldObject").is_null(); }

  /// What it gets. `patched` is the object in any case: as it is after the patch, or unchanged.
  base::Result<Expectation> answer();

 private:
  Case beside_;
};

/// `answer`, with its object changed back, is what the case must get.
void expect_answer(const Case& one, Expectation& expected, Expectation answer);

}  // namespace replay

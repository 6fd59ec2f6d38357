#pragma once

#include <string>
#include <vector>

#include "operator/plan/plan.hpp"

namespace plan {

/// How performing a plan went.
struct Outcome {
  struct Failure {
    std::string doing;  ///< describe() of the action
    desired::Cluster cluster;
    base::Error error;
  };
  std::vector<Failure> failures;
  std::vector<std::string>
      contested;  ///< "ClusterRole x: /rules (by kubectl)": taken back three times, left alone
  bool changed = false;   ///< something was written
  bool released = false;  ///< the resource itself is gone
};

/// Error.reason of failures that only a person can end: they become Stalled.
inline constexpr std::string_view kForeignOwner = "ForeignOwner";
/// Of a target that does not take the runtime cluster's tokens as wanted; its text says what the
/// target's administrator has to set up.
inline constexpr std::string_view kNotTrusted = "NotTrusted";

/// The whole status of the resource: conditions by kstatus' rules (Ready; Reconciling and Stalled
/// only while true), transition times kept where nothing changed. Equal inputs give equal bytes, so
/// that a quiet cluster needs no write.
json::Value status(const Snapshot& snapshot, const Plan& plan, const Outcome& outcome);

/// The status of a resource that is refused before anything is observed.
json::Value refused_status(const api::AdmissionDeployment& resource, base::TimePoint now,
                           const std::vector<base::Problem>& problems, std::string_view reason);

/// Conditions that differ in status or reason: what events tell.
struct Transition {
  std::string type, status, reason, message;
};
std::vector<Transition> transitions(const json::Value& before, const json::Value& after);

}  // namespace plan

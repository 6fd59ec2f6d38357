#pragma once

#include <memory>

#include "operator/plan/snapshot.hpp"
#include "operator/reconcile/targets.hpp"

namespace reconcile {

/// What observing found: the snapshot, and the target behind it where there is one.
struct Observation {
  plan::Snapshot snapshot;
  std::shared_ptr<Target> target;
  Connection* asks = nullptr;  ///< of whom to ask what a credential is good for
};

/// Whether an object of ours is the snapshot's resource's.
bool belongs_to(const kube::Object& object, const plan::Snapshot& seen);

/// Whether an object is a Pod of the snapshot's resource: by its template's labels, which outlive
/// the resource.
bool is_pod_of(const kube::Object& object, const plan::Snapshot& seen);

/// One consistent-enough view for one plan: caches for what we own, live reads for the few Secrets
/// whose content matters. A target that cannot be read is part of the view; a runtime cluster that
/// cannot be read is an error.
kube::Task<base::Result<Observation>> observe(ClusterView& runtime, Targets& targets,
                                              api::AdmissionDeployment resource,
                                              std::string cluster_uid, base::TimePoint now);

}  // namespace reconcile

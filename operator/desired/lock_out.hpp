#pragma once

#include <vector>

#include "base/field_path.hpp"
#include "operator/desired/item.hpp"

// No webhook may stand in front of what the clusters, or Portcullis, need in order to recover:
// a Fail webhook whose replicas are away would refuse the very writes that bring them back.
namespace desired {

/// Rules that can only be about such objects (Nodes, Leases, CertificateSigningRequests, our own
/// resources): refused, unless an objectSelector asks for a label that none of ours has, or the
/// entry fails open.
std::vector<base::Problem> lock_outs(const api::AdmissionDeployment& resource);

/// matchConditions for an entry whose rules match more than that: each is named
/// admission.portcullis.dev/... and leaves out one kind of such objects. None where no rule matches
/// them, or a selector leaves them out already.
json::Array guards(const Inputs& inputs, const json::Value& entry);

/// What is allowed but deserves a warning: a timeout above 10 s, a failurePolicy Ignore.
std::vector<std::string> doubtful(const api::AdmissionDeployment& resource);

}  // namespace desired

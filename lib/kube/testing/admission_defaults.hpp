#pragma once

#include "json/value.hpp"

namespace kube::testing {

/// The defaults of crds/: what the server fills into an AdmissionDeployment.
void default_admission(json::Value& document);

}  // namespace kube::testing

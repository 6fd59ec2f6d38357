#pragma once

#include <map>
#include <span>
#include <string_view>

#include "webhook/alicloud/api/field_errors.hpp"

namespace alicloud {

/// Feature gates of the cloud controller manager against the shoot's version of Kubernetes.
Errors check_feature_gates(const std::map<std::string_view, bool>& gates,
                           std::string_view kubernetes_version);

/// What is known about a gate. Versions are major and minor; empty: no bound.
struct FeatureGate {
  std::string_view name;
  std::string_view added;
  std::string_view removed;
  std::string_view locked_from;
  bool locked_value;
};

/// Sorted by name.
std::span<const FeatureGate> feature_gate_table();

}  // namespace alicloud

#pragma once

#include "webhook/alicloud/api/config.hpp"
#include "webhook/alicloud/api/field_errors.hpp"
#include "webhook/alicloud/api/shoot.hpp"

namespace alicloud {

inline constexpr std::string_view kInfrastructurePath = "spec.provider.infrastructureConfig";

/// Networks, gateways and dual stack of a new or changed shoot.
Errors check_infrastructure(const InfrastructureConfig& config, const Networking& networking,
                            std::string_view region);

/// What may not change, for configurations that differ.
Errors check_infrastructure_update(const InfrastructureConfig& now,
                                   const InfrastructureConfig& before);

/// The part about dual stack: the region, and which zone takes which IPv6 block.
void check_dual_stack(const InfrastructureConfig& config, std::string_view region, Errors& errors);

}  // namespace alicloud

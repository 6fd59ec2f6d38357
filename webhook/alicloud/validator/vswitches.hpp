#pragma once

#include "webhook/alicloud/api/config.hpp"
#include "webhook/alicloud/api/shoot.hpp"
#include "webhook/alicloud/facts/facts.hpp"
#include "webhook/alicloud/facts/finding.hpp"

namespace alicloud {

/// Zones that are added to a VPC of the user's own must not overlap with what is in it already.
/// `old_zones`: how many zones there were before.
Finding check_vswitches(const Shoot& shoot, const InfrastructureConfig& config,
                        std::size_t old_zones, Facts& facts);

}  // namespace alicloud

#pragma once

#include "webhook/alicloud/api/profile.hpp"
#include "webhook/alicloud/facts/facts.hpp"
#include "webhook/alicloud/facts/finding.hpp"

namespace alicloud {

Finding validate(const NamespacedCloudProfile& profile, Facts& facts);

}  // namespace alicloud

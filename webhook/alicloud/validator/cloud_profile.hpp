#pragma once

#include <optional>
#include <string>

#include "webhook/alicloud/api/profile.hpp"

namespace alicloud {

std::optional<std::string> validate(const CloudProfile& profile);

}  // namespace alicloud

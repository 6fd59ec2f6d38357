#pragma once

#include "webhook/alicloud/api/field_errors.hpp"
#include "webhook/alicloud/api/shoot.hpp"

namespace alicloud {

/// On create only: existing shoots may have what is forbidden today.
Errors check_networking(const Networking& networking);
Errors check_networking_update(const Networking& now, const Networking& before);

}  // namespace alicloud

#pragma once

#include "webhook/alicloud/api/config.hpp"
#include "webhook/alicloud/api/field_errors.hpp"
#include "webhook/alicloud/api/shoot.hpp"

namespace alicloud {

Errors check_workers(const std::vector<Worker>& workers, const std::vector<Zone>& zones);
/// What may not change in a worker that was there before (by name, the first of it).
Errors check_workers_update(const std::vector<Worker>& now, const std::vector<Worker>& before);

}  // namespace alicloud

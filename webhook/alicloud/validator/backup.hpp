#pragma once

#include <optional>
#include <string>

#include "webhook/alicloud/api/binding.hpp"

namespace alicloud {

std::optional<std::string> validate(const Seed& seed, const std::optional<Seed>& old);
std::optional<std::string> validate(const BackupBucket& bucket,
                                    const std::optional<BackupBucket>& old);

}  // namespace alicloud

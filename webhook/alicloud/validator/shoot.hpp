#pragma once

#include <optional>

#include "webhook/alicloud/api/shoot.hpp"
#include "webhook/alicloud/facts/facts.hpp"
#include "webhook/alicloud/facts/finding.hpp"

namespace alicloud {

/// The first group of rules that finds something ends it.
Finding validate(const Shoot& shoot, const std::optional<Shoot>& old, Facts& facts);

}  // namespace alicloud

#pragma once

// Private to the rules about infrastructure.

#include "webhook/alicloud/api/config.hpp"
#include "webhook/alicloud/api/field_errors.hpp"

namespace alicloud {

/// Below spec.provider.infrastructureConfig.
std::string infrastructure_path(std::string_view name);
/// With the member names of the Go type, as messages show it.
std::string to_json(const Vpc& vpc);
std::string json_text(const std::optional<std::string_view>& text);
void check_nat_gateway(const Zone& zone, std::size_t index, Errors& errors);

}  // namespace alicloud

#pragma once

#include "webhook/alicloud/api/field_errors.hpp"
#include "webhook/alicloud/images/capabilities.hpp"

namespace alicloud {

inline constexpr std::string_view kConfigImages = "spec.providerConfig.machineImages";

/// The images of a provider configuration, each on its own. `definitions`: the capabilities of the
/// profile.
void check_config_images(const std::vector<ConfigImage>& images, const Definitions& definitions,
                         Errors& errors);

/// "<name>@<version>".
std::string name_and_version(std::string_view name, std::string_view version);

}  // namespace alicloud

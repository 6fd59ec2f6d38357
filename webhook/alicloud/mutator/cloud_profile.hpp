#pragma once

#include "webhook/alicloud/api/profile.hpp"
#include "webhook/alicloud/facts/facts.hpp"
#include "webhook/alicloud/images/capabilities.hpp"
#include "webhook/alicloud/mutator/patch.hpp"

namespace alicloud {

/// Fills in the capability flavors of the profile's images from the provider configuration.
/// `object`: the same as it stands.
Mutation mutate(const CloudProfile& profile, json::DomNode object);
Mutation mutate(const NamespacedCloudProfile& profile, json::DomNode object, Facts& facts);

/// As an object; absent ones are null, as the Go type's missing map is.
json::Value to_value(const ConfigCapabilities& capabilities);

/// The flavors of `images`, which stand at /spec/machineImages of `object`.
void fill_in_flavors(const std::vector<Image>& images, const CloudProfileConfig& config,
                     json::DomNode object, Patch& patch);

}  // namespace alicloud

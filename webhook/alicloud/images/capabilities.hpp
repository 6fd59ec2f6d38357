#pragma once

#include <string>

#include "webhook/alicloud/api/profile.hpp"

namespace alicloud {

using Definitions = std::vector<CapabilityDefinition>;

/// Exactly the defined names; a missing one gets every defined value.
Capabilities with_defaults(const Capabilities& set, const Definitions& definitions);

/// Equal where two sets have the same names, and the same values in any order.
std::string key_of(const Capabilities& set);

/// `map[architecture:[amd64] boot:[uefi bios]]`, as messages show it.
std::string to_string(const Capabilities& set);

/// The architectures of a set but amd64.
std::vector<std::string_view> other_architectures(const Capabilities& set);
bool has_amd64(const Capabilities& set);

/// The flavors of an image's version; one empty flavor where there is none.
std::vector<Capabilities> expected_flavors(const ImageVersion& version);

}  // namespace alicloud

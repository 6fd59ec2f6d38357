#pragma once

#include <optional>
#include <string>

#include "webhook/alicloud/api/secret.hpp"

namespace alicloud {

/// The rules for credentials, in order; the first that is broken. Never quotes a value.
std::optional<std::string> complaint_about_credentials(const Secret& secret);

/// A Secret of its own. An update that leaves `data` alone is not judged.
std::optional<std::string> validate(const Secret& secret, const std::optional<Secret>& old);

}  // namespace alicloud

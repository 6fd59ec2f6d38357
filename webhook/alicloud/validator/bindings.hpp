#pragma once

#include <optional>

#include "webhook/alicloud/api/binding.hpp"
#include "webhook/alicloud/facts/facts.hpp"
#include "webhook/alicloud/facts/finding.hpp"

namespace alicloud {

/// Read and judged when it is new, or when its provider changes.
Finding validate(const SecretBinding& binding, const std::optional<SecretBinding>& old,
                 Facts& facts);
/// Judged when it is new; its references cannot change.
Finding validate(const CredentialsBinding& binding, const std::optional<CredentialsBinding>& old,
                 Facts& facts);

}  // namespace alicloud

#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cloud {

enum class Product { ecs, vpc };

/// The host that serves a product for a region, as the Go SDK chooses it. `invalid` where the text
/// is no region: it comes from whoever writes a Shoot, and must not name a host.
base::Result<std::string> endpoint_host(Product product, std::string_view region);

}  // namespace cloud

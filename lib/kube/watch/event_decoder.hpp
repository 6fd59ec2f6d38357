#pragma once

#include <string_view>

#include "kube/api.hpp"

namespace kube::watch {

/// One line of a watch of `resource`. Errors: that of an ERROR event's Status (`gone` for code
/// 410), else `invalid` for what is no event. apiVersion and kind of the object are as the server
/// wrote them.
base::Result<WatchEvent> decode_event(const Resource& resource, std::string_view line);

}  // namespace kube::watch

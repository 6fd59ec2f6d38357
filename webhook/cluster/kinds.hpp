#pragma once

#include <array>

#include "kube/object/resource.hpp"
#include "webhook/alicloud/facts/facts.hpp"

namespace cluster {

/// The kinds of which a copy is kept.
constexpr std::array kCachedKinds{
    alicloud::ReadKind::cloud_profile, alicloud::ReadKind::namespaced_cloud_profile,
    alicloud::ReadKind::secret_binding, alicloud::ReadKind::credentials_binding};

kube::Resource resource_of(alicloud::ReadKind kind);

}  // namespace cluster

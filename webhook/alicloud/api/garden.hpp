#pragma once

// What Gardener's objects have in common, as far as they are read here.

#include "webhook/alicloud/api/object.hpp"

namespace alicloud {

inline constexpr std::string_view kCoreGroup = "core.gardener.cloud";

using Text = std::optional<std::string_view>;

struct KindAndName {
  std::string_view kind;
  std::string_view name;
};

template <>
struct Shape<KindAndName> {
  static constexpr auto members =
      std::tuple{member("kind", &KindAndName::kind), member("name", &KindAndName::name)};
};

}  // namespace alicloud

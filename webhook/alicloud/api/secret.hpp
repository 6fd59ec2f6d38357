#pragma once

#include "webhook/alicloud/api/object.hpp"

namespace alicloud {

inline constexpr ExpectedKind kSecretKind{.group = "", .version = "v1", .kind = "Secret"};

struct Secret {
  Metadata metadata;
  std::map<std::string_view, base::Secret> data;
  CheckedTexts string_data;
  std::string_view type;
  std::optional<bool> immutable;
};

template <>
struct Shape<Secret> {
  static constexpr auto members = std::tuple{
      member("metadata", &Secret::metadata),      member("data", &Secret::data),
      member("stringData", &Secret::string_data), member("type", &Secret::type),
      member("immutable", &Secret::immutable),
  };
};

}  // namespace alicloud

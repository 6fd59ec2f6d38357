#include "webhook/alicloud/api/config.hpp"

namespace alicloud {

template <>
struct Shape<ConfigType> {
  static constexpr auto members =
      std::tuple{member("apiVersion", &ConfigType::api_version), member("kind", &ConfigType::kind)};
};

namespace {

base::Result<> missing(std::string_view what, json::DomNode node) {
  return base::fail(
      base::invalid("Object '" + std::string(what) + "' is missing in '" + compact(node) + "'"));
}

base::Result<> check_presence(const ConfigType& given, json::DomNode node) {
  if (given.kind.empty()) return missing("Kind", node);
  if (given.api_version.empty()) return missing("apiVersion", node);
  return {};
}

}  // namespace

base::Result<Names> check_config_type(json::DomNode node, std::string_view kind, TypeFrom from) {
  if (!node.is_object()) return base::fail(base::invalid("expected an object"));
  TRY(const auto given, read_as<ConfigType>(node, Mode::lenient));
  if (from == TypeFrom::data) TRY_VOID(check_presence(given, node));
  const auto version = given.api_version.empty() ? kConfigVersion : given.api_version;
  const bool internal = version == kInternalConfigVersion;
  if ((internal || version == kConfigVersion) && (given.kind.empty() || given.kind == kind)) {
    return internal ? Names::internal : Names::json;
  }
  std::string text("expected kind \"");
  text.append(kind).append("\" of version \"").append(kConfigVersion).append("\", not kind ");
  text.append("\"").append(given.kind).append("\" of version \"").append(version).append("\"");
  return base::fail(base::invalid(std::move(text)));
}

}  // namespace alicloud

#include "webhook/alicloud/api/config.hpp"

namespace alicloud {

template <>
struct Shape<ConfigType> {
  static constexpr auto members =
      std::tuple{member("apiVersion", &ConfigType::api_version), member("kind", &ConfigType::kind)};
};

void read(Reading& reading, const Place& at, json::DomNode node, ConfigCapabilities& out) {
  read(reading, at, node, out.set);
  out.given = node.is_object();
  out.nulls.clear();
  node.each_member([&](std::string_view name, json::DomNode values) {
    if (values.is_null()) out.nulls.push_back(name);
  });
}

namespace {

base::Result<> missing(std::string_view what, const Raw& raw) {
  return base::fail(
      base::invalid("Object '" + std::string(what) + "' is missing in '" + compact(raw) + "'"));
}

base::Result<> check_presence(const ConfigType& given, const Raw& raw) {
  if (given.kind.empty()) return missing("Kind", raw);
  if (given.api_version.empty()) return missing("apiVersion", raw);
  return {};
}

std::string_view version_of(const ConfigType& given, TypeFrom from) {
  if (!given.api_version.empty()) return given.api_version;
  return from == TypeFrom::internal_place ? kInternalConfigVersion : kConfigVersion;
}

}  // namespace

base::Result<Names> check_config_type(const Raw& raw, std::string_view kind, TypeFrom from) {
  if (!raw.node.is_object()) return base::fail(base::invalid("expected an object"));
  TRY(const auto given, read_as<ConfigType>(raw.node, Mode::lenient));
  if (from == TypeFrom::data) TRY_VOID(check_presence(given, raw));
  const auto version = version_of(given, from);
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

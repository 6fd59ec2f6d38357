#include "webhook/alicloud/api/object.hpp"

namespace alicloud {

namespace {

struct TypeMeta {
  std::string_view api_version;
  std::string_view kind;
};

bool is_version(std::string_view text, const ExpectedKind& kind, std::string_view version) {
  if (kind.group.empty()) return text == version;
  const auto slash = kind.group.size();
  return text.size() > slash && text.starts_with(kind.group) && text[slash] == '/' &&
         text.substr(slash + 1) == version;
}

std::string api_version_of(const ExpectedKind& kind, std::string_view version) {
  std::string text(kind.group);
  if (!text.empty()) text += '/';
  return text.append(version);
}

}  // namespace

template <>
struct Shape<TypeMeta> {
  static constexpr auto members =
      std::tuple{member("apiVersion", &TypeMeta::api_version), member("kind", &TypeMeta::kind)};
};

base::Result<bool> check_type(json::DomNode node, const ExpectedKind& expected) {
  TRY(const auto given, read_as<TypeMeta>(node, Mode::lenient));
  const bool internal = is_version(given.api_version, expected, "__internal");
  const bool version_fits = given.api_version.empty() || internal ||
                            is_version(given.api_version, expected, expected.version);
  if (version_fits && (given.kind.empty() || given.kind == expected.kind)) return !internal;
  std::string text("expected kind \"");
  text.append(expected.kind)
      .append("\" of version \"")
      .append(api_version_of(expected, expected.version));
  return base::fail(base::invalid(text.append("\"")));
}

}  // namespace alicloud

#include "webhook/alicloud/images/capabilities.hpp"

#include <algorithm>
#include <set>

namespace alicloud {

namespace {

constexpr std::string_view kArchitecture = "architecture";
constexpr std::string_view kAmd64 = "amd64";

}  // namespace

Capabilities with_defaults(const Capabilities& set, const Definitions& definitions) {
  Capabilities all;
  for (const auto& definition : definitions) {
    const auto given = set.find(definition.name);
    all[definition.name] = given != set.end() ? given->second : definition.values;
  }
  return all;
}

bool same_capabilities(const Capabilities& a, const Capabilities& b) {
  return std::ranges::equal(a, b, [](const auto& left, const auto& right) {
    const std::set<std::string_view> values(left.second.begin(), left.second.end());
    const std::set<std::string_view> others(right.second.begin(), right.second.end());
    return left.first == right.first && values == others;
  });
}

std::string to_string(const Capabilities& set) {
  std::string text = "map[";
  for (const auto& [name, values] : set) {
    if (text.back() != '[') text += ' ';
    text.append(name).append(":[");
    for (const auto value : values) {
      if (text.back() != '[') text += ' ';
      text += value;
    }
    text += ']';
  }
  return text += ']';
}

std::vector<std::string_view> other_architectures(const Capabilities& set) {
  const auto found = set.find(kArchitecture);
  auto others = found != set.end() ? found->second : std::vector<std::string_view>();
  std::erase(others, kAmd64);
  return others;
}

bool has_amd64(const Capabilities& set) {
  const auto found = set.find(kArchitecture);
  return found != set.end() && std::ranges::find(found->second, kAmd64) != found->second.end();
}

std::vector<Capabilities> expected_flavors(const ImageVersion& version) {
  return version.flavors.empty() ? std::vector<Capabilities>(1) : version.flavors;
}

}  // namespace alicloud

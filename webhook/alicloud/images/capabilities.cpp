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

std::string key_of(const Capabilities& set) {
  std::string key;
  const auto add = [&key](std::string_view text) {
    key.append(std::to_string(text.size())).append(":").append(text);
  };
  for (const auto& [name, values] : set) {
    add(name);
    for (const auto value : std::set<std::string_view>(values.begin(), values.end())) add(value);
    key += ';';
  }
  return key;
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

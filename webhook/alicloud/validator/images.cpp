#include "webhook/alicloud/validator/images.hpp"

#include <algorithm>

#include "json/parse.hpp"
#include "json/value.hpp"

namespace alicloud {

namespace {

/// One version of one image, and what its profile knows of capabilities.
struct Version {
  std::string_view image;
  const ConfigImageVersion& version;
  const Definitions& definitions;
  std::string path;
};

const CapabilityDefinition* find(const Definitions& definitions, std::string_view name) {
  const auto found = std::ranges::find(definitions, name, &CapabilityDefinition::name);
  return found == definitions.end() ? nullptr : &*found;
}

std::string list_or_null(const ConfigCapabilities& capabilities, std::string_view name) {
  const auto found = capabilities.set.find(name);
  if (found == capabilities.set.end() || capabilities.is_null(name)) return "null";
  json::Array items;
  for (const auto value : found->second) items.emplace_back(value);
  return as_go_json(json::to_string(std::move(items)));
}

void check_values(const CapabilityDefinition& definition,
                  const std::vector<std::string_view>& values, const std::string& path,
                  Errors& errors) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::ranges::find(definition.values, values[i]) != definition.values.end()) continue;
    errors.add(unsupported(child(child(path, definition.name), i), values[i], definition.values));
  }
}

void check_capabilities(const ConfigCapabilities& capabilities, const Definitions& definitions,
                        const std::string& path, Errors& errors) {
  const auto& set = capabilities.set;
  std::vector<std::string_view> names;
  for (const auto& definition : definitions) names.push_back(definition.name);
  for (const auto& [name, values] : set) {
    const auto* definition = find(definitions, name);
    if (definition == nullptr) {
      errors.add(unsupported(path, name, names));
    } else {
      check_values(*definition, values, path, errors);
    }
  }
  constexpr std::string_view kArchitecture = "architecture";
  const auto* architectures = find(definitions, kArchitecture);
  const auto given = set.find(kArchitecture);
  if (architectures == nullptr || architectures->values.size() <= 1) return;
  if (given != set.end() && given->second.size() == 1) return;
  errors.add(invalid_value(
      path + ".architecture", list_or_null(capabilities, kArchitecture),
      "must define exactly one architecture when multiple architectures are supported by the "
      "cloud profile"));
}

void check_regions(const std::vector<RegionId>& regions, const Version& of, const std::string& path,
                   Errors& errors) {
  if (regions.empty()) {
    std::string detail("must provide at least one region for machine image \"");
    detail.append(of.image).append("\" and version \"").append(of.version.version).append("\"");
    errors.add(required(path, detail));
  }
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (regions[i].name.empty())
      errors.add(required(child(path, i) + ".name", "must provide a name"));
    if (regions[i].id.empty()) errors.add(required(child(path, i) + ".id", "must provide an id"));
  }
}

void check_with_capabilities(const Version& of, Errors& errors) {
  const auto& flavors = of.version.flavors;
  if (flavors.empty()) return check_regions(of.version.regions, of, of.path + ".regions", errors);
  if (!of.version.regions.empty()) {
    return errors.add(
        forbidden(of.path + ".regions",
                  "must not be set together with capabilityFlavors. Use one format per version."));
  }
  for (std::size_t i = 0; i < flavors.size(); ++i) {
    const auto path = child(of.path + ".capabilityFlavors", i);
    check_capabilities(flavors[i].capabilities, of.definitions, path + ".capabilities", errors);
    check_regions(flavors[i].regions, of, path + ".regions", errors);
  }
}

void check_version(const Version& of, Errors& errors) {
  if (of.version.version.empty())
    errors.add(required(of.path + ".version", "must provide a version"));
  if (!of.definitions.empty()) return check_with_capabilities(of, errors);
  check_regions(of.version.regions, of, of.path + ".regions", errors);
  if (of.version.flavors.empty()) return;
  errors.add(forbidden(
      of.path + ".capabilityFlavors",
      "must not be set as CloudProfile does not define capabilities. Use regions instead."));
}

}  // namespace

void check_config_images(const std::vector<ConfigImage>& images, const Definitions& definitions,
                         Errors& errors) {
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto& image = images[i];
    const auto path = child(kConfigImages, i);
    if (image.name.empty()) errors.add(required(path + ".name", "must provide a name"));
    if (image.versions.empty()) {
      std::string detail("must provide at least one version for machine image \"");
      errors.add(required(path + ".versions", detail.append(image.name).append("\"")));
    }
    for (std::size_t j = 0; j < image.versions.size(); ++j) {
      check_version({.image = image.name,
                     .version = image.versions[j],
                     .definitions = definitions,
                     .path = child(path + ".versions", j)},
                    errors);
    }
  }
}

std::string name_and_version(std::string_view name, std::string_view version) {
  return std::string(name).append("@").append(version);
}

}  // namespace alicloud

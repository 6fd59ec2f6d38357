#include "webhook/alicloud/validator/cloud_profile.hpp"

#include <set>

#include "webhook/alicloud/validator/images.hpp"

namespace alicloud {

namespace {

/// Of equal names the last counts.
using VersionsByName = std::map<std::string_view, const ConfigImageVersion*>;
using ImagesByName = std::map<std::string_view, VersionsByName>;

ImagesByName by_name(const std::vector<ConfigImage>& images) {
  ImagesByName all;
  for (const auto& image : images) {
    auto& versions = all[image.name];
    versions.clear();
    for (const auto& version : image.versions) versions[version.version] = &version;
  }
  return all;
}

class Mapping {
 public:
  Mapping(const CloudProfileSpec& spec, Errors& errors)
      : definitions_(spec.machine_capabilities), errors_(errors) {}

  void check(const Image& image, const ImageVersion& version, const ConfigImageVersion& config,
             const std::string& path) {
    const auto expected = expected_flavors(version);
    std::set<std::string> mapped;
    for (const auto& flavor : config.flavors) {
      mapped.insert(key_of(with_defaults(flavor.capabilities.set, definitions_)));
    }
    const bool by_regions = config.flavors.empty() && !config.regions.empty();
    for (std::size_t i = 0; i < expected.size() && !errors_.is_full(); ++i) {
      const auto set = with_defaults(expected[i], definitions_);
      for (const auto& what : by_regions ? other_architectures_of(set) : missing(set, mapped)) {
        errors_.add(required(child(path + ".capabilityFlavors", i),
                             "missing providerConfig mapping for machine image version " +
                                 name_and_version(image.name, version.version) + " and " + what));
      }
    }
  }

 private:
  /// Regions without flavors stand for one flavor of architecture amd64.
  static std::vector<std::string> other_architectures_of(const Capabilities& set) {
    std::vector<std::string> all;
    for (const auto architecture : other_architectures(set)) {
      all.push_back("architecture: " + std::string(architecture));
    }
    return all;
  }

  static std::vector<std::string> missing(const Capabilities& set,
                                          const std::set<std::string>& mapped) {
    if (mapped.contains(key_of(set))) return {};
    return {"capabilitySet " + to_string(set)};
  }

  const Definitions& definitions_;
  Errors& errors_;
};

void check_versions(const Image& image, const VersionsByName& config, const CloudProfileSpec& spec,
                    const std::string& path, Errors& errors) {
  Mapping mapping(spec, errors);
  for (std::size_t i = 0; i < image.versions.size(); ++i) {
    const auto& version = image.versions[i];
    const auto here = child(path + ".versions", i);
    const auto found = config.find(version.version);
    if (found == config.end()) {
      errors.add(required(here, "machine image version " +
                                    name_and_version(image.name, version.version) +
                                    " is not defined in the providerConfig"));
    } else if (!spec.machine_capabilities.empty()) {
      mapping.check(image, version, *found->second, here);
    }
  }
}

void check_mapping(const CloudProfileSpec& spec, const std::vector<ConfigImage>& config,
                   Errors& errors) {
  const auto images = by_name(config);
  for (std::size_t i = 0; i < spec.machine_images.size(); ++i) {
    const auto& image = spec.machine_images[i];
    if (image.versions.empty()) continue;
    const auto path = child("spec.machineImages", i);
    const auto found = images.find(image.name);
    if (found != images.end()) {
      check_versions(image, found->second, spec, path, errors);
      continue;
    }
    std::string detail("must provide an image mapping for image \"");
    errors.add(required(path, detail.append(image.name).append("\" in providerConfig")));
  }
}

}  // namespace

std::optional<std::string> validate(const CloudProfile& profile) {
  const auto& raw = profile.spec.provider_config;
  if (!raw.given()) {
    return required("spec.providerConfig",
                    "providerConfig must be set for Alicloud cloud profiles");
  }
  const auto config = read_config<CloudProfileConfig>(raw, Mode::strict, TypeFrom::data);
  if (!config) return config.error().what;
  Errors errors;
  if (config->machine_images.empty())
    errors.add(required(kConfigImages, "must provide at least one machine image"));
  check_config_images(config->machine_images, profile.spec.machine_capabilities, errors);
  check_mapping(profile.spec, config->machine_images, errors);
  return errors.text();
}

}  // namespace alicloud

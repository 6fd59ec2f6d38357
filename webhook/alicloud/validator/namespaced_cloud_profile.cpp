#include "webhook/alicloud/validator/namespaced_cloud_profile.hpp"

#include <algorithm>
#include <set>

#include "webhook/alicloud/reads/reads.hpp"
#include "webhook/alicloud/validator/images.hpp"

namespace alicloud {

namespace {

using Versions = std::map<std::string_view, const ConfigImageVersion*>;
using ImagesOfConfig = std::map<std::string_view, Versions>;
using ImagesOfSpec = std::map<std::string_view, std::map<std::string_view, const ImageVersion*>>;

template <class Map, class Images>
Map by_name(const Images& images) {
  Map all;
  for (const auto& image : images) {
    auto& versions = all[image.name];
    versions.clear();
    for (const auto& version : image.versions) versions[version.version] = &version;
  }
  return all;
}

template <class Map>
bool has(const Map& images, std::string_view name, std::string_view version) {
  const auto found = images.find(name);
  return found != images.end() && found->second.contains(version);
}

/// The images of a profile against those of its parent and of its provider configuration.
class Comparison {
 public:
  Comparison(const NamespacedCloudProfileSpec& spec, const CloudProfileSpec& parent,
             const CloudProfileConfig& config, Errors& errors)
      : in_spec_(by_name<ImagesOfSpec>(spec.machine_images)),
        in_parent_(by_name<ImagesOfSpec>(parent.machine_images)),
        in_config_(by_name<ImagesOfConfig>(config.machine_images)),
        spec_(spec),
        definitions_(parent.machine_capabilities),
        config_(config),
        errors_(errors) {}

  void run() {
    std::set<std::string_view> done;
    for (const auto& image : spec_.machine_images) {
      if (done.insert(image.name).second) check_image(image.name);
    }
    for (std::size_t i = 0; i < config_.machine_images.size(); ++i) check_config_image(i);
  }

 private:
  void complain(const std::string& text) { errors_.add(required(kConfigImages, text)); }

  void check_image(std::string_view name) {
    const auto config = in_config_.find(name);
    if (!in_parent_.contains(name) && config == in_config_.end()) {
      return complain("machine image " + std::string(name) +
                      " is not defined in the NamespacedCloudProfile providerConfig");
    }
    for (const auto& [version_name, version] : in_spec_.at(name)) {
      const auto what = "machine image version " + name_and_version(name, version_name);
      const bool in_config = config != in_config_.end() && config->second.contains(version_name);
      if (in_config) {
        if (!definitions_.empty()) check_flavors(*version, *config->second.at(version_name), what);
      } else if (!has(in_parent_, name, version_name)) {
        complain(what + " is not defined in the NamespacedCloudProfile providerConfig");
      }
    }
  }

  void check_flavors(const ImageVersion& version, const ConfigImageVersion& config,
                     const std::string& what) {
    std::vector<Capabilities> expected;
    for (const auto& flavor : expected_flavors(version))
      expected.push_back(with_defaults(flavor, definitions_));
    if (!config.flavors.empty()) {
      check_excess(expected, config, what);
      return check_missing(expected, config, what);
    }
    if (config.regions.empty()) {
      for (const auto& set : expected) complain_about_missing(set, what);
      return;
    }
    if (std::ranges::none_of(expected, has_amd64)) {
      errors_.add(forbidden(
          kConfigImages, what +
                             " has an excess architecture \"amd64\", which is not defined in the "
                             "machineImages spec"));
    }
    for (const auto& set : expected) {
      for (std::size_t i = other_architectures(set).size(); i > 0; --i)
        complain_about_missing(set, what);
    }
  }

  void complain_about_missing(const Capabilities& set, const std::string& what) {
    complain(what + " has a capabilityFlavor " + to_string(set) +
             " not defined in the NamespacedCloudProfile providerConfig");
  }

  void check_excess(const std::vector<Capabilities>& expected, const ConfigImageVersion& config,
                    const std::string& what) {
    std::set<std::string> keys;
    for (const auto& set : expected) keys.insert(key_of(set));
    for (const auto& flavor : config.flavors) {
      const auto& given = flavor.capabilities.set;
      if (keys.contains(key_of(with_defaults(given, definitions_)))) continue;
      errors_.add(forbidden(kConfigImages, what + " has an excess capabilityFlavor " +
                                               to_string(given) +
                                               ", which is not defined in the machineImages spec"));
    }
  }

  using RegionNames = std::set<std::string_view>;

  void check_missing(const std::vector<Capabilities>& expected, const ConfigImageVersion& config,
                     const std::string& what) {
    RegionNames all;
    std::map<std::string, RegionNames> mapped;  // of equal flavors the first counts
    for (const auto& flavor : config.flavors) {
      RegionNames regions;
      for (const auto& region : flavor.regions) regions.insert(region.name);
      all.insert(regions.begin(), regions.end());
      mapped.emplace(key_of(with_defaults(flavor.capabilities.set, definitions_)),
                     std::move(regions));
    }
    for (const auto& set : expected) {
      const auto flavor = mapped.find(key_of(set));
      if (flavor == mapped.end()) {
        complain_about_missing(set, what);
      } else if (!errors_.is_full()) {
        check_regions(all, flavor->second, what, to_string(set));
      }
    }
  }

  void check_regions(const RegionNames& all, const RegionNames& given, const std::string& what,
                     const std::string& set) {
    for (const auto region : all) {
      if (given.contains(region)) continue;
      complain(what + " is missing region \"" + std::string(region) + "\" in capabilityFlavor " +
               set + " in the NamespacedCloudProfile providerConfig");
    }
  }

  void check_config_image(std::size_t index) {
    const auto& image = config_.machine_images[index];
    const auto path = child(kConfigImages, index);
    const bool is_in_spec = in_spec_.contains(image.name);
    for (std::size_t j = 0; j < image.versions.size(); ++j) {
      const auto version = image.versions[j].version;
      if (!has(in_parent_, image.name, version)) continue;
      errors_.add(forbidden(child(path + ".versions", j),
                            "machine image version " + name_and_version(image.name, version) +
                                " is already defined in the parent CloudProfile"));
    }
    if (!is_in_spec) {
      return errors_.add(
          required(path, "machine image " + std::string(image.name) +
                             " is not defined in the NamespacedCloudProfile .spec.machineImages"));
    }
    for (std::size_t j = 0; j < image.versions.size(); ++j) {
      const auto version = image.versions[j].version;
      if (has(in_spec_, image.name, version)) continue;
      errors_.add(
          invalid_value(child(path + ".versions", j), quoted(name_and_version(image.name, version)),
                        "machine image version is not defined in the NamespacedCloudProfile"));
    }
  }

  ImagesOfSpec in_spec_;
  ImagesOfSpec in_parent_;
  ImagesOfConfig in_config_;
  const NamespacedCloudProfileSpec& spec_;
  const Definitions& definitions_;
  const CloudProfileConfig& config_;
  Errors& errors_;
};

base::Result<CloudProfileConfig> read_own_config(const NamespacedCloudProfile& profile) {
  const auto& raw = profile.spec.provider_config;
  if (!raw.given()) return CloudProfileConfig{};
  auto config = read_config<CloudProfileConfig>(raw, Mode::strict, TypeFrom::data);
  if (config) return config;
  const auto name = std::string(profile.metadata.name);
  return base::fail(
      base::explain("could not decode providerConfig of NamespacedCloudProfile for '" + name + "'",
                    std::move(config.error())));
}

}  // namespace

Finding validate(const NamespacedCloudProfile& profile, Facts& facts) {
  const auto config = read_own_config(profile);
  if (!config) return Finding::complaint(config.error().what);
  const auto& parent = profile.spec.parent;
  if (parent.kind != "CloudProfile") {
    return Finding::complaint("parent reference must be of kind CloudProfile (unsupported kind: " +
                              std::string(parent.kind) + ")");
  }
  const auto found = read_cloud_profile(facts, parent.name);
  if (!found) return Finding::unknown();
  if (!*found) return Finding::complaint(found->error().what);
  const auto& parent_spec = (*found)->object.spec;
  Errors errors;
  check_config_images(config->machine_images, parent_spec.machine_capabilities, errors);
  Comparison(profile.spec, parent_spec, *config, errors).run();
  return Finding::from(errors.text());
}

}  // namespace alicloud

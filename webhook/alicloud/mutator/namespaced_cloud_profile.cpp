#include <map>

#include "webhook/alicloud/mutator/cloud_profile.hpp"
#include "webhook/alicloud/reads/reads.hpp"

namespace alicloud {

namespace {

json::Value to_value(const std::vector<RegionId>& regions) {
  json::Array list;
  for (const auto& region : regions)
    list.push_back(json::Value::object({{"name", region.name}, {"id", region.id}}));
  return list;
}

json::Value to_value(const ConfigImageVersion& version) {
  json::Object object{{"version", version.version}};
  if (!version.regions.empty()) object.set("regions", to_value(version.regions));
  json::Array flavors;
  for (const auto& flavor : version.flavors) {
    json::Object one;
    if (!flavor.regions.empty()) one.set("regions", to_value(flavor.regions));
    if (!flavor.capabilities.set.empty()) one.set("capabilities", to_value(flavor.capabilities));
    flavors.emplace_back(std::move(one));
  }
  if (!flavors.empty()) object.set("capabilityFlavors", std::move(flavors));
  return object;
}

/// Things by name, in the order in which the names first come up.
template <class T>
class InOrder {
 public:
  T& operator[](std::string_view name) {
    const auto [known, fresh] = index_.try_emplace(name, items_.size());
    if (fresh) items_.emplace_back(name, T());
    return items_[known->second].second;
  }
  bool contains(std::string_view name) const { return index_.contains(name); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::map<std::string_view, std::size_t> index_;
  std::vector<std::pair<std::string_view, T>> items_;
};

/// Of equal names the last one counts.
class Merged {
 public:
  void put(const ConfigImage& image) {
    auto& versions = images_[image.name];
    versions.clear();
    for (const auto& version : image.versions) versions.push_back(&version);
  }

  /// The versions of `image` beside those that are there already, or in their place.
  void merge(const ConfigImage& image) {
    if (!images_.contains(image.name)) return put(image);
    InOrder<const ConfigImageVersion*> by_version;
    auto& versions = images_[image.name];
    for (const auto* version : versions) by_version[version->version] = version;
    for (const auto& version : image.versions) by_version[version.version] = &version;
    versions.clear();
    for (const auto& [name, version] : by_version) versions.push_back(version);
  }

  json::Value to_list() const {
    json::Array images;
    for (const auto& [name, versions] : images_) {
      json::Array list;
      for (const auto* version : versions) list.push_back(to_value(*version));
      images.push_back(json::Value::object({{"name", name}, {"versions", std::move(list)}}));
    }
    return images;
  }

 private:
  InOrder<std::vector<const ConfigImageVersion*>> images_;
};

json::Value merge(const CloudProfileConfig& status, const CloudProfileConfig& spec) {
  Merged merged;
  for (const auto& image : status.machine_images) merged.put(image);
  InOrder<const ConfigImage*> last;
  for (const auto& image : spec.machine_images) last[image.name] = &image;
  for (const auto& [name, image] : last) merged.merge(*image);
  json::Object config;
  if (!status.kind.empty()) config.set("kind", status.kind);
  if (!status.api_version.empty()) config.set("apiVersion", status.api_version);
  config.set("machineImages", merged.to_list());
  return config;
}

base::Result<CloudProfileConfig> read(const Raw& raw, std::string_view part,
                                      std::string_view name) {
  auto config = read_config<CloudProfileConfig>(raw, Mode::strict, TypeFrom::place);
  if (config) return config;
  std::string doing("could not decode providerConfig of namespacedCloudProfile ");
  doing.append(part).append(" for '").append(name).append("'");
  return base::fail(base::explain(doing, std::move(config.error())));
}

/// The parent decides whether there are capabilities at all.
Finding fill_in_from_parent(const NamespacedCloudProfile& profile, const CloudProfileConfig& config,
                            json::DomNode object, Patch& patch, Facts& facts) {
  const auto name = profile.spec.parent.name;
  if (name.empty() || profile.spec.machine_images.empty()) return Finding::fine();
  const auto parent = read_cloud_profile(facts, name);
  if (!parent) return Finding::unknown();
  if (!*parent) {
    return Finding::complaint("could not get parent CloudProfile \"" + std::string(name) +
                              "\": " + parent->error().what);
  }
  if (!(*parent)->object.spec.machine_capabilities.empty()) {
    fill_in_flavors(profile.spec.machine_images, config, object, patch);
  }
  return Finding::fine();
}

}  // namespace

Mutation mutate(const NamespacedCloudProfile& profile, json::DomNode object, Facts& facts) {
  if (profile.metadata.deleted || !profile.spec.provider_config.given()) return {};
  const auto config = read(profile.spec.provider_config, "spec", profile.metadata.name);
  if (!config) return Mutation::complaint(config.error().what);
  Mutation mutation;
  mutation.finding = fill_in_from_parent(profile, *config, object, mutation.patch, facts);
  const auto& raw = profile.status.cloud_profile_spec.provider_config;
  const bool is_current = profile.metadata.generation == profile.status.observed_generation;
  if (!mutation.finding.is_fine() || !is_current || !raw.given()) return mutation;
  const auto merged = read(raw, "status", profile.metadata.name);
  if (!merged) return Mutation::complaint(merged.error().what);
  mutation.patch.change("/status/cloudProfileSpec/providerConfig", raw.node,
                        merge(*merged, *config));
  return mutation;
}

}  // namespace alicloud

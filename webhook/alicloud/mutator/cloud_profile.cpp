#include "webhook/alicloud/mutator/cloud_profile.hpp"

#include <map>
#include <vector>

namespace alicloud {

namespace {

std::vector<json::DomNode> items_of(json::DomNode list) {
  std::vector<json::DomNode> items;
  list.each_item([&](std::size_t, json::DomNode node) { items.push_back(node); });
  return items;
}

json::Value flavors_of(const ConfigImageVersion& version) {
  json::Array flavors;
  for (const auto& flavor : version.flavors) flavors.push_back(to_value(flavor.capabilities));
  if (flavors.empty() && !version.regions.empty()) {
    flavors.push_back(json::Value::object({{"architecture", json::Value::array({"amd64"})}}));
  }
  return flavors;
}

/// Positions by name; of equal names the first.
template <class List, class Name>
std::map<std::string_view, std::size_t> positions(const List& list, Name name) {
  std::map<std::string_view, std::size_t> all;
  for (std::size_t i = 0; i < list.size(); ++i) all.emplace(list[i].*name, i);
  return all;
}

/// Which version of an image gets which flavors; the last of several in the configuration counts.
using OfImage = std::map<std::size_t, const ConfigImageVersion*>;

std::map<std::size_t, OfImage> collect(const std::vector<Image>& images,
                                       const CloudProfileConfig& config) {
  std::map<std::size_t, OfImage> wanted;
  const auto by_name = positions(images, &Image::name);
  std::map<std::size_t, std::map<std::string_view, std::size_t>> versions_of;
  for (const auto& image : config.machine_images) {
    const auto i = by_name.find(image.name);
    if (i == by_name.end()) continue;
    auto [versions, fresh] = versions_of.try_emplace(i->second);
    if (fresh) versions->second = positions(images[i->second].versions, &ImageVersion::version);
    for (const auto& version : image.versions) {
      const auto j = versions->second.find(version.version);
      if (j == versions->second.end() || (version.flavors.empty() && version.regions.empty()))
        continue;
      wanted[i->second][j->second] = &version;
    }
  }
  return wanted;
}

}  // namespace

json::Value to_value(const ConfigCapabilities& capabilities) {
  if (!capabilities.given) return {};
  json::Object object;
  for (const auto& [name, values] : capabilities.set) {
    json::Array list;
    for (const auto value : values) list.emplace_back(value);
    object.set(name, capabilities.is_null(name) ? json::Value() : json::Value(std::move(list)));
  }
  return object;
}

void fill_in_flavors(const std::vector<Image>& images, const CloudProfileConfig& config,
                     json::DomNode object, Patch& patch) {
  const auto nodes = items_of(object.at("spec").at("machineImages"));
  for (const auto& [i, of_image] : collect(images, config)) {
    const auto versions = items_of(nodes[i].at("versions"));
    const auto pointer = below(below("/spec/machineImages", i), "versions");
    for (const auto& [j, version] : of_image) {
      const auto before = versions[j].at("capabilityFlavors");
      patch.change(below(below(pointer, j), "capabilityFlavors"), before, flavors_of(*version));
    }
  }
}

Mutation mutate(const CloudProfile& profile, json::DomNode object) {
  const auto& spec = profile.spec;
  if (profile.metadata.deleted || !spec.provider_config.given() ||
      spec.machine_capabilities.empty())
    return {};
  const auto config =
      read_config<CloudProfileConfig>(spec.provider_config, Mode::strict, TypeFrom::place);
  if (!config) {
    return Mutation::complaint("could not decode providerConfig of cloudProfile for '" +
                               std::string(profile.metadata.name) + "': " + config.error().what);
  }
  Mutation mutation;
  fill_in_flavors(spec.machine_images, *config, object, mutation.patch);
  return mutation;
}

}  // namespace alicloud

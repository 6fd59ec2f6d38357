#include "webhook/alicloud/mutator/cloud_profile.hpp"

#include <algorithm>

namespace alicloud {

namespace {

json::DomNode item(json::DomNode list, std::size_t wanted) {
  json::DomNode found;
  list.each_item([&](std::size_t index, json::DomNode node) {
    if (index == wanted) found = node;
  });
  return found;
}

json::Value to_value(const Capabilities& set) {
  json::Object object;
  for (const auto& [name, values] : set) {
    json::Array list;
    for (const auto value : values) list.emplace_back(value);
    object.set(name, std::move(list));
  }
  return object;
}

/// A flavor that names no capabilities is null, as the Go type's missing map.
json::Value flavors_of(const ConfigImageVersion& version) {
  json::Array flavors;
  for (const auto& flavor : version.flavors) {
    flavors.push_back(flavor.capabilities.empty() ? json::Value() : to_value(flavor.capabilities));
  }
  if (flavors.empty() && !version.regions.empty()) {
    flavors.push_back(json::Value::object({{"architecture", json::Value::array({"amd64"})}}));
  }
  return flavors;
}

template <class List>
std::optional<std::size_t> position(const List& list, std::string_view name, auto member) {
  const auto found = std::ranges::find(list, name, member);
  if (found == list.end()) return std::nullopt;
  return static_cast<std::size_t>(found - list.begin());
}

/// Which version of which image of the profile gets which flavors; the last of several in the
/// configuration counts.
using Wanted = std::map<std::pair<std::size_t, std::size_t>, const ConfigImageVersion*>;

Wanted collect(const std::vector<Image>& images, const CloudProfileConfig& config) {
  Wanted wanted;
  for (const auto& image : config.machine_images) {
    const auto i = position(images, image.name, &Image::name);
    if (!i) continue;
    for (const auto& version : image.versions) {
      const auto j = position(images[*i].versions, version.version, &ImageVersion::version);
      if (j && (!version.flavors.empty() || !version.regions.empty())) wanted[{*i, *j}] = &version;
    }
  }
  return wanted;
}

}  // namespace

void fill_in_flavors(const std::vector<Image>& images, const CloudProfileConfig& config,
                     json::DomNode object, Patch& patch) {
  const auto list = object.at("spec").at("machineImages");
  for (const auto& [place, version] : collect(images, config)) {
    const auto [i, j] = place;
    const auto before = item(item(list, i).at("versions"), j).at("capabilityFlavors");
    const auto pointer = below(below(below("/spec/machineImages", i), "versions"), j);
    patch.change(below(pointer, "capabilityFlavors"), before, flavors_of(*version));
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

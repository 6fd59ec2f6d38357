#include <algorithm>

#include "webhook/alicloud/images/capabilities.hpp"
#include "webhook/alicloud/mutator/image_lookup.hpp"

namespace alicloud {

namespace {

/// A flavor that is there in the region: what it can do, with defaults, and the image's id.
struct Candidate {
  Capabilities set;
  std::string_view id;
};

struct Wanted {
  std::string_view region;
  std::string_view image;
  std::string_view version;
};

template <class F>
void each_version(const CloudProfileConfig& config, const Wanted& wanted, F&& visit) {
  for (const auto& image : config.machine_images) {
    if (image.name != wanted.image) continue;
    for (const auto& version : image.versions) {
      if (version.version == wanted.version) visit(version);
    }
  }
}

base::Result<std::string> find_by_region(const CloudProfileConfig& config, const Wanted& wanted) {
  std::optional<std::string> id;
  each_version(config, wanted, [&](const ConfigImageVersion& version) {
    const auto region = std::ranges::find(version.regions, wanted.region, &RegionId::name);
    if (!id && region != version.regions.end()) id = std::string(region->id);
  });
  if (id) return *std::move(id);
  std::string text("could not find an image for name \"");
  text.append(wanted.image).append("\" in version \"").append(wanted.version).append("\"");
  return base::fail(base::invalid(std::move(text)));
}

bool have_common_values(const Capabilities& a, const Capabilities& b) {
  return std::ranges::all_of(a, [&](const auto& entry) {
    const auto other = b.find(entry.first);
    return other != b.end() && std::ranges::any_of(entry.second, [&](std::string_view value) {
             return std::ranges::find(other->second, value) != other->second.end();
           });
  });
}

void add_candidate(const std::vector<RegionId>& regions, const Capabilities& set,
                   const Wanted& wanted, std::vector<Candidate>& candidates) {
  const RegionId* last = nullptr;
  for (const auto& region : regions) {
    if (region.name == wanted.region) last = &region;
  }
  if (last != nullptr) candidates.push_back({.set = set, .id = last->id});
}

/// nullopt: no version of the image has anything.
std::optional<std::vector<Candidate>> collect(const UsedProfile& profile, const Wanted& wanted) {
  std::optional<std::vector<Candidate>> candidates;
  const auto& definitions = profile.read->spec.machine_capabilities;
  each_version(profile.read->config, wanted, [&](const ConfigImageVersion& version) {
    if (candidates || (version.flavors.empty() && version.regions.empty())) return;
    candidates.emplace();
    if (version.flavors.empty()) {
      const Capabilities only_amd64{{"architecture", {"amd64"}}};
      return add_candidate(version.regions, with_defaults(only_amd64, definitions), wanted,
                           *candidates);
    }
    for (const auto& flavor : version.flavors) {
      add_candidate(flavor.regions, with_defaults(flavor.capabilities.set, definitions), wanted,
                    *candidates);
    }
  });
  return candidates;
}

/// Definitions and their values come in order of preference.
void keep_preferred(std::vector<Candidate>& candidates, const Definitions& definitions) {
  for (const auto& definition : definitions) {
    for (const auto value : definition.values) {
      if (candidates.size() <= 1) return;
      std::vector<Candidate> kept;
      for (const auto& candidate : candidates) {
        const auto& values = candidate.set.at(definition.name);
        if (std::ranges::find(values, value) != values.end()) kept.push_back(candidate);
      }
      if (!kept.empty()) candidates = std::move(kept);
    }
  }
}

base::Result<std::string> find_by_capabilities(const UsedProfile& profile, const Wanted& wanted,
                                               const Worker& worker) {
  const auto& types = profile.read->spec.machine_types;
  const auto type = std::ranges::find(types, worker.machine.type, &MachineType::name);
  if (type == types.end()) {
    std::string text("machine type \"");
    text.append(worker.machine.type)
        .append("\" not found in cloud profile \"")
        .append(profile.name)
        .append("\"");
    return base::fail(base::invalid(std::move(text)));
  }
  std::string failure("could not find an Image for region \"");
  failure.append(wanted.region)
      .append("\", image \"")
      .append(wanted.image)
      .append("\", version \"");
  failure.append(wanted.version).append("\" that supports ").append(to_string(type->capabilities));
  auto candidates = collect(profile, wanted);
  if (!candidates) return base::fail(base::invalid(std::move(failure)));
  const auto& definitions = profile.read->spec.machine_capabilities;
  const auto machine = with_defaults(type->capabilities, definitions);
  std::erase_if(*candidates,
                [&](const auto& one) { return !have_common_values(machine, one.set); });
  keep_preferred(*candidates, definitions);
  const std::string undecided = failure + ": could not determine best flavor ";
  if (candidates->empty())
    return base::fail(base::invalid(undecided + "no compatible flavor found"));
  if (candidates->size() > 1) {
    return base::fail(
        base::invalid(undecided + "could not determine a unique capability flavor; this is usually "
                                  "attributed to an invalid CloudProfile"));
  }
  if (candidates->front().id.empty()) return base::fail(base::invalid(std::move(failure)));
  return std::string(candidates->front().id);
}

}  // namespace

base::Result<std::string> find_image_id(const UsedProfile& profile, std::string_view region,
                                        const Worker& worker) {
  const Wanted wanted{.region = region,
                      .image = worker.machine.image->name,
                      .version = *worker.machine.image->version};
  if (profile.read->spec.machine_capabilities.empty())
    return find_by_region(profile.read->config, wanted);
  return find_by_capabilities(profile, wanted, worker);
}

}  // namespace alicloud

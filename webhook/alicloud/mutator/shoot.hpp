#pragma once

#include <optional>

#include "webhook/alicloud/api/shoot.hpp"
#include "webhook/alicloud/facts/facts.hpp"
#include "webhook/alicloud/mutator/image_lookup.hpp"
#include "webhook/alicloud/mutator/patch.hpp"

namespace alicloud {

/// A shoot in both readings: typed, and as it stands.
struct ShootView {
  const Shoot& typed;
  json::DomNode object;
};

/// Defaults of a new shoot; what an update left out is taken from the old one. What needs no facts
/// is drafted once, however often the rest must ask.
struct Draft {
  Mutation mutation;
  std::optional<ImageLookup> lookup;  ///< none: the workers stay as they are
};
/// `shoot.typed` outlives the draft.
Draft draft(const ShootView& shoot, const std::optional<ShootView>& old);
Mutation mutate(Draft& begun, const ShootView& shoot, const std::optional<ShootView>& old,
                Facts& facts);

/// The overlay of the network. nullopt: the configuration stays; else it becomes this.
base::Result<std::optional<json::Value>> network_config(const ShootView& shoot,
                                                        const std::optional<ShootView>& old);

/// The attach-detach controller of the CSI drivers, in the control plane's configuration.
base::Result<> mutate_control_plane(const ShootView& shoot, const std::optional<ShootView>& old,
                                    Patch& patch);

/// Encryption of the workers' volumes.
Finding mutate_workers(const ShootView& shoot, const std::optional<ShootView>& old,
                       ImageLookup& lookup, Facts& facts, Patch& patch);

}  // namespace alicloud

#pragma once

#include <memory>
#include <optional>

#include "webhook/alicloud/facts/facts.hpp"
#include "webhook/alicloud/mutator/patch.hpp"
#include "webhook/alicloud/mutator/workers.hpp"

namespace alicloud {

/// Defaults of a new shoot; what an update left out is taken from the old one. What needs no facts
/// is drafted once, however often the rest must ask.
struct Draft {
  Mutation mutation;
  std::unique_ptr<WorkersMutation> workers;  ///< none: the workers stay as they are
};
/// What the views refer to outlives the draft.
Draft draft(const ShootView& shoot, const std::optional<ShootView>& old);
Mutation mutate(Draft& begun, Facts& facts);

/// The overlay of the network. nullopt: the configuration stays; else it becomes this.
base::Result<std::optional<json::Value>> network_config(const ShootView& shoot,
                                                        const std::optional<ShootView>& old);

/// The attach-detach controller of the CSI drivers, in the control plane's configuration.
base::Result<> mutate_control_plane(const ShootView& shoot, const std::optional<ShootView>& old,
                                    Patch& patch);

}  // namespace alicloud

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/alicloud/api/by_name.hpp"
#include "webhook/alicloud/api/shoot.hpp"
#include "webhook/alicloud/mutator/image_lookup.hpp"
#include "webhook/alicloud/mutator/patch.hpp"

namespace alicloud {

/// A shoot in both readings: typed, and as it stands.
struct ShootView {
  const Shoot& typed;
  json::DomNode object;
};

/// Encryption of the workers' volumes: first what must be known, in as many rounds as it takes,
/// then the operations. What the views refer to outlives it.
class WorkersMutation {
 public:
  WorkersMutation(const ShootView& shoot, const std::optional<ShootView>& old);
  WorkersMutation(WorkersMutation&&) = delete;

  Finding look_up_images(Facts& facts);
  /// Once all is known.
  void write(Patch& patch) const;

 private:
  bool is_null(std::size_t index) const { return index < nodes_.size() && nodes_[index].is_null(); }
  ImageLookup::Entry* entry_of(const Worker& worker);

  ShootView shoot_;
  std::optional<ShootView> old_;
  const std::vector<Worker> none_;
  const ByName<Worker> before_;
  std::vector<json::DomNode> nodes_;  ///< the same as they stand
  ImageLookup lookup_;
  std::vector<ImageLookup::Entry*> entries_;  ///< of each worker; nullptr: nothing is asked
};

}  // namespace alicloud

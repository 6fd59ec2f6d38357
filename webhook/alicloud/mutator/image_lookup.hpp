#pragma once

#include <map>
#include <tuple>

#include "webhook/alicloud/mutator/shoot.hpp"
#include "webhook/alicloud/reads/reads.hpp"

namespace alicloud {

/// A profile that is used by a shoot, wherever it came from. The views of both point into `dom`.
struct UsedProfile {
  std::shared_ptr<const json::Dom> dom;
  std::string_view name;
  CloudProfileSpec spec;
  CloudProfileConfig config;
};
Known<UsedProfile> find_profile(const Shoot& shoot, Facts& facts);

/// The image's id in a region. Empty: it has none.
base::Result<std::string> find_image_id(const UsedProfile& profile, std::string_view region,
                                        const Worker& worker);

/// Whether the images of workers are the customer's own: profile, image id, credentials, cloud.
/// What all workers of a shoot have in common is read once.
class ImageLookup {
 public:
  ImageLookup(const Shoot& shoot, Facts& facts) : shoot_(shoot), facts_(facts) {}

  /// The worker has an image and a version.
  Known<bool> is_customised(const Worker& worker);

 private:
  const Known<UsedProfile>& profile();
  const Known<CloudCredentials>& credentials();
  Known<bool> look_up(const Worker& worker);

  const Shoot& shoot_;
  Facts& facts_;
  std::optional<Known<UsedProfile>> profile_;
  std::optional<Known<CloudCredentials>> credentials_;
  /// By machine type, image and version.
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, Known<bool>> answers_;
};

}  // namespace alicloud

#pragma once

#include "webhook/alicloud/mutator/shoot.hpp"
#include "webhook/alicloud/reads/reads.hpp"

namespace alicloud {

/// Whether the image of a worker is the customer's own: profile, image id, credentials, cloud.
class ImageLookup {
 public:
  ImageLookup(const Shoot& shoot, Facts& facts) : shoot_(shoot), facts_(facts) {}

  /// The worker has an image and a version.
  Known<bool> is_customised(const Worker& worker);

 private:
  Known<CloudCredentials> find_credentials();

  const Shoot& shoot_;
  Facts& facts_;
};

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

}  // namespace alicloud

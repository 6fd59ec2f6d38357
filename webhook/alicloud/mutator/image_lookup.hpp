#pragma once

#include <map>
#include <tuple>

#include "webhook/alicloud/api/config.hpp"
#include "webhook/alicloud/reads/reads.hpp"

namespace alicloud {

/// What a profile says of machines and images.
struct ReadProfile {
  CloudProfileSpec spec;
  CloudProfileConfig config;
};

/// A profile that is used by a shoot, wherever it came from. The views of `read` point into `dom`.
struct UsedProfile {
  std::shared_ptr<const json::Dom> dom;
  std::string_view name;
  std::shared_ptr<const ReadProfile> read;
};
Known<UsedProfile> find_profile(const Shoot& shoot, Facts& facts);

/// The image's id in a region. Empty: it has none.
base::Result<std::string> find_image_id(const UsedProfile& profile, std::string_view region,
                                        const Worker& worker);

/// Whether the images of workers are the customer's own: profile, image id, credentials, cloud.
/// What all workers of a shoot have in common is read once, however often the rules must ask.
class ImageLookup {
 public:
  explicit ImageLookup(const Shoot& shoot) : shoot_(shoot) {}
  ImageLookup(ImageLookup&&) = delete;

  /// Of all workers with the same machine type, image and version.
  struct Entry {
    const Worker* worker;
    Known<bool> is_customised = std::nullopt;
    std::size_t asked_in = 0;  ///< the round
  };
  /// The worker has an image and a version, and outlives this.
  Entry& entry_of(const Worker& worker);
  /// There are new facts.
  void begin_round() { ++round_; }
  const Known<bool>& is_customised(Entry& entry, Facts& facts);

 private:
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
  const Known<UsedProfile>& profile(Facts& facts);
  const Known<CloudCredentials>& credentials(Facts& facts);
  Known<bool> look_up(const Worker& worker, Facts& facts);

  const Shoot& shoot_;
  Known<UsedProfile> profile_;
  Known<CloudCredentials> credentials_;
  std::map<Key, Entry> entries_;
  std::map<Key, Entry>::iterator last_ = entries_.end();
  std::size_t round_ = 0;
};

}  // namespace alicloud

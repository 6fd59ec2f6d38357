#pragma once

// One function for each kind and path: from a review to its verdict.

#include <optional>

#include "webhook/alicloud/api/binding.hpp"
#include "webhook/alicloud/api/profile.hpp"
#include "webhook/alicloud/api/secret.hpp"
#include "webhook/alicloud/api/shoot.hpp"
#include "webhook/alicloud/facts/facts.hpp"
#include "webhook/protocol/review.hpp"
#include "webhook/protocol/verdict.hpp"

namespace alicloud {

using Handler = std::optional<protocol::Verdict> (*)(const protocol::Review&, Facts&);

std::optional<protocol::Verdict> validate_secret(const protocol::Review& review, Facts& facts);
std::optional<protocol::Verdict> validate_shoot(const protocol::Review& review, Facts& facts);
std::optional<protocol::Verdict> validate_cloud_profile(const protocol::Review& review,
                                                        Facts& facts);
std::optional<protocol::Verdict> validate_namespaced_cloud_profile(const protocol::Review& review,
                                                                   Facts& facts);
std::optional<protocol::Verdict> validate_secret_binding(const protocol::Review& review,
                                                         Facts& facts);
std::optional<protocol::Verdict> validate_credentials_binding(const protocol::Review& review,
                                                              Facts& facts);
std::optional<protocol::Verdict> validate_seed(const protocol::Review& review, Facts& facts);
std::optional<protocol::Verdict> validate_backup_bucket(const protocol::Review& review,
                                                        Facts& facts);
std::optional<protocol::Verdict> mutate_shoot(const protocol::Review& review, Facts& facts);
std::optional<protocol::Verdict> mutate_cloud_profile(const protocol::Review& review, Facts& facts);
std::optional<protocol::Verdict> mutate_namespaced_cloud_profile(const protocol::Review& review,
                                                                 Facts& facts);

/// The object of a review and, for an update, what it was. An operation is an update where there is
/// an old object.
template <class T>
struct Change {
  T now;
  std::optional<T> before;
  bool is_being_deleted() const { return now.metadata.deleted.has_value(); }
};

/// The error, where there is one, is the text of a 400.
template <class T>
base::Result<Change<T>> read_change(const protocol::Review& review, const ExpectedKind& kind) {
  auto now = read_object<T>(review.object, kind, review.source);
  if (!now) return base::fail(base::explain("could not decode request", std::move(now.error())));
  Change<T> change{.now = *std::move(now), .before = std::nullopt};
  if (review.old_object.is_null()) return change;
  auto before = read_object<T>(review.old_object, kind, review.source);
  if (!before)
    return base::fail(base::explain("could not decode old object", std::move(before.error())));
  change.before = *std::move(before);
  return change;
}

}  // namespace alicloud

#include "webhook/alicloud/handlers.hpp"
#include "webhook/alicloud/mutator/cloud_profile.hpp"
#include "webhook/alicloud/mutator/shoot.hpp"

namespace alicloud {

namespace {

using protocol::Review;
using protocol::Verdict;
using OrUnknown = std::optional<Verdict>;

OrUnknown to_verdict(Mutation mutation) {
  if (mutation.finding.is_unknown()) return std::nullopt;
  if (!mutation.finding.is_fine()) return protocol::deny(mutation.finding.text());
  return protocol::allow_with(mutation.patch.take());
}

}  // namespace

OrUnknown mutate_shoot(const Review& review, Facts& facts) {
  const auto change = read_change<Shoot>(review, kShootKind);
  if (!change) return protocol::refuse(change.error().what);
  const ShootView shoot{.typed = change->now, .object = review.object};
  std::optional<ShootView> old;
  if (change->before) old.emplace(*change->before, review.old_object);
  return to_verdict(mutate(shoot, old, facts));
}

OrUnknown mutate_cloud_profile(const Review& review, Facts&) {
  const auto change = read_change<CloudProfile>(review, kCloudProfileKind);
  if (!change) return protocol::refuse(change.error().what);
  return to_verdict(mutate(change->now, review.object));
}

OrUnknown mutate_namespaced_cloud_profile(const Review& review, Facts& facts) {
  const auto change = read_change<NamespacedCloudProfile>(review, kNamespacedCloudProfileKind);
  if (!change) return protocol::refuse(change.error().what);
  return to_verdict(mutate(change->now, review.object, facts));
}

}  // namespace alicloud

#include "webhook/alicloud/handlers.hpp"
#include "webhook/alicloud/mutator/cloud_profile.hpp"
#include "webhook/alicloud/mutator/shoot.hpp"

namespace alicloud {

namespace {

using protocol::Review;
using protocol::Verdict;

OrUnknown to_verdict(Mutation mutation) {
  if (mutation.finding.is_unknown()) return std::nullopt;
  if (!mutation.finding.is_fine()) return protocol::deny(mutation.finding.text());
  return protocol::allow_with(mutation.patch.take());
}

}  // namespace

std::unique_ptr<Judgement> mutate_shoot(const Review& review) {
  auto rule = [begun = std::optional<Draft>()](const auto& about, const auto& change,
                                               Facts& facts) mutable {
    const ShootView shoot{.typed = change.now, .object = about.object};
    std::optional<ShootView> old;
    if (change.before) old.emplace(*change.before, about.old_object);
    if (!begun) begun.emplace(draft(shoot, old));
    return to_verdict(mutate(*begun, facts));
  };
  return judge<Shoot>(review, kShootKind, std::move(rule));
}

std::unique_ptr<Judgement> mutate_cloud_profile(const Review& review) {
  return judge<CloudProfile>(review, kCloudProfileKind,
                             [](const auto& about, const auto& change, Facts&) {
                               return to_verdict(mutate(change.now, about.object));
                             });
}

std::unique_ptr<Judgement> mutate_namespaced_cloud_profile(const Review& review) {
  return judge<NamespacedCloudProfile>(review, kNamespacedCloudProfileKind,
                                       [](const auto& about, const auto& change, Facts& facts) {
                                         return to_verdict(mutate(change.now, about.object, facts));
                                       });
}

}  // namespace alicloud

#include "webhook/alicloud/facts/finding.hpp"
#include "webhook/alicloud/handlers.hpp"
#include "webhook/alicloud/validator/backup.hpp"
#include "webhook/alicloud/validator/bindings.hpp"
#include "webhook/alicloud/validator/cloud_profile.hpp"
#include "webhook/alicloud/validator/namespaced_cloud_profile.hpp"
#include "webhook/alicloud/validator/secret.hpp"
#include "webhook/alicloud/validator/shoot.hpp"

namespace alicloud {

namespace {

using protocol::Review;
using protocol::Verdict;

OrUnknown to_verdict(std::optional<std::string> complaint) {
  return complaint ? protocol::deny(*std::move(complaint)) : protocol::allow();
}

OrUnknown to_verdict(const Finding& finding) {
  if (finding.is_unknown()) return std::nullopt;
  return finding.is_fine() ? protocol::allow() : protocol::deny(finding.text());
}

/// What was let in once is not judged again while only metadata and status change, or on its way
/// out: rules that became stricter must not keep a finalizer from being removed.
template <class T>
bool need_not_be_judged(const Review& review, const Change<T>& change) {
  if (change.is_being_deleted()) return true;
  return change.before && equal(review.object.at("spec"), review.old_object.at("spec"));
}

/// Passes over what need not be judged, asks `rule` about the rest.
template <class T, class Rule>
std::unique_ptr<Judgement> judge_spec(const Review& review, const ExpectedKind& kind, Rule rule) {
  return judge<T>(review, kind,
                  [rule](const auto& about, const auto& change, Facts& facts) -> OrUnknown {
                    if (need_not_be_judged(about, change)) return protocol::allow();
                    return to_verdict(rule(change, facts));
                  });
}

template <class T, class Rule>
std::unique_ptr<Judgement> judge_all(const Review& review, const ExpectedKind& kind, Rule rule) {
  return judge<T>(review, kind, [rule](const auto&, const auto& change, Facts& facts) {
    return to_verdict(rule(change, facts));
  });
}

}  // namespace

std::unique_ptr<Judgement> validate_secret(const Review& review) {
  return judge_all<Secret>(review, kSecretKind, [](const auto& change, Facts&) {
    return validate(change.now, change.before);
  });
}

std::unique_ptr<Judgement> validate_shoot(const Review& review) {
  return judge_spec<Shoot>(review, kShootKind, [](const auto& change, Facts& facts) {
    return validate(change.now, change.before, facts);
  });
}

std::unique_ptr<Judgement> validate_cloud_profile(const Review& review) {
  return judge_spec<CloudProfile>(review, kCloudProfileKind,
                                  [](const auto& change, Facts&) { return validate(change.now); });
}

std::unique_ptr<Judgement> validate_namespaced_cloud_profile(const Review& review) {
  return judge_spec<NamespacedCloudProfile>(
      review, kNamespacedCloudProfileKind,
      [](const auto& change, Facts& facts) { return validate(change.now, facts); });
}

std::unique_ptr<Judgement> validate_secret_binding(const Review& review) {
  return judge_all<SecretBinding>(review, kSecretBindingKind, [](const auto& change, Facts& facts) {
    return validate(change.now, change.before, facts);
  });
}

std::unique_ptr<Judgement> validate_credentials_binding(const Review& review) {
  return judge_all<CredentialsBinding>(
      review, kCredentialsBindingKind,
      [](const auto& change, Facts& facts) { return validate(change.now, change.before, facts); });
}

std::unique_ptr<Judgement> validate_seed(const Review& review) {
  return judge_spec<Seed>(review, kSeedKind, [](const auto& change, Facts&) {
    return validate(change.now, change.before);
  });
}

std::unique_ptr<Judgement> validate_backup_bucket(const Review& review) {
  return judge_spec<BackupBucket>(review, kBackupBucketKind, [](const auto& change, Facts&) {
    return validate(change.now, change.before);
  });
}

}  // namespace alicloud

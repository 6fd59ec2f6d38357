#pragma once

// One function for each kind and path: from a review to its verdict.

#include <memory>
#include <optional>
#include <utility>

#include "webhook/alicloud/admission.hpp"
#include "webhook/alicloud/api/binding.hpp"
#include "webhook/alicloud/api/profile.hpp"
#include "webhook/alicloud/api/secret.hpp"
#include "webhook/alicloud/api/shoot.hpp"
#include "webhook/alicloud/facts/facts.hpp"
#include "webhook/protocol/review.hpp"
#include "webhook/protocol/verdict.hpp"

namespace alicloud {

/// What a rule says about a review; nullopt: facts are missing, and noted.
using OrUnknown = std::optional<protocol::Verdict>;
using Handler = std::unique_ptr<Judgement> (*)(const protocol::Review&);

std::unique_ptr<Judgement> validate_secret(const protocol::Review& review);
std::unique_ptr<Judgement> validate_shoot(const protocol::Review& review);
std::unique_ptr<Judgement> validate_cloud_profile(const protocol::Review& review);
std::unique_ptr<Judgement> validate_namespaced_cloud_profile(const protocol::Review& review);
std::unique_ptr<Judgement> validate_secret_binding(const protocol::Review& review);
std::unique_ptr<Judgement> validate_credentials_binding(const protocol::Review& review);
std::unique_ptr<Judgement> validate_seed(const protocol::Review& review);
std::unique_ptr<Judgement> validate_backup_bucket(const protocol::Review& review);
std::unique_ptr<Judgement> mutate_shoot(const protocol::Review& review);
std::unique_ptr<Judgement> mutate_cloud_profile(const protocol::Review& review);
std::unique_ptr<Judgement> mutate_namespaced_cloud_profile(const protocol::Review& review);

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

/// Reads the review's objects once, and asks `rule` as often as it takes.
template <class T, class Rule>
class JudgementOf final : public Judgement {
 public:
  JudgementOf(const protocol::Review& review, const ExpectedKind& kind, Rule rule)
      : review_(review), change_(read_change<T>(review, kind)), rule_(std::move(rule)) {}
  OrUnknown next(Facts& facts) override {
    if (!change_) return protocol::refuse(change_.error().what);
    return rule_(review_, *change_, facts);
  }

 private:
  const protocol::Review& review_;
  base::Result<Change<T>> change_;
  Rule rule_;
};

/// `rule`: from review, change and facts to a verdict.
template <class T, class Rule>
std::unique_ptr<Judgement> judge(const protocol::Review& review, const ExpectedKind& kind,
                                 Rule rule) {
  return std::make_unique<JudgementOf<T, Rule>>(review, kind, std::move(rule));
}

}  // namespace alicloud

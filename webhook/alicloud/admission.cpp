#include "webhook/alicloud/admission.hpp"

#include <algorithm>
#include <array>

#include "webhook/alicloud/handlers.hpp"

namespace alicloud {

namespace {

using protocol::GroupVersionKind;
using protocol::Review;
using protocol::Verdict;

constexpr std::string_view kValidate = "/webhooks/validate";
constexpr std::string_view kValidateSecrets = "/webhooks/validate/secrets";
constexpr std::string_view kMutate = "/webhooks/mutate";
constexpr std::array kPaths{kValidate, kValidateSecrets, kMutate};

/// Who judges what. `any_version`: the Go program reads unknown versions of these kinds as its
/// internal types.
struct Route {
  std::string_view path;
  ExpectedKind kind;
  bool any_version;
  Handler begin;
};

constexpr std::array kRoutes{
    Route{kValidateSecrets, kSecretKind, false, &validate_secret},
    Route{kValidate, kShootKind, true, &validate_shoot},
    Route{kValidate, kCloudProfileKind, true, &validate_cloud_profile},
    Route{kValidate, kNamespacedCloudProfileKind, true, &validate_namespaced_cloud_profile},
    Route{kValidate, kSecretBindingKind, true, &validate_secret_binding},
    Route{kValidate, kCredentialsBindingKind, true, &validate_credentials_binding},
    Route{kValidate, kSeedKind, true, &validate_seed},
    Route{kValidate, kBackupBucketKind, true, &validate_backup_bucket},
    Route{kMutate, kShootKind, false, &mutate_shoot},
    Route{kMutate, kCloudProfileKind, false, &mutate_cloud_profile},
    Route{kMutate, kNamespacedCloudProfileKind, false, &mutate_namespaced_cloud_profile},
};

bool leads(const Route& route, std::string_view path, const GroupVersionKind& kind) {
  return route.path == path && route.kind.group == kind.group && route.kind.kind == kind.kind &&
         (route.any_version || route.kind.version == kind.version);
}

const Route* find_route(std::string_view path, const GroupVersionKind& kind) {
  const auto found =
      std::ranges::find_if(kRoutes, [&](const auto& one) { return leads(one, path, kind); });
  return found == kRoutes.end() ? nullptr : &*found;
}

class Unexpected final : public Judgement {
 public:
  explicit Unexpected(const GroupVersionKind& kind) : kind_(kind) {}
  std::optional<Verdict> next(Facts&) override {
    return protocol::refuse("unexpected request kind " + to_string(kind_));
  }

 private:
  GroupVersionKind kind_;
};

}  // namespace

std::span<const std::string_view> served_paths() { return kPaths; }

bool is_judged(std::string_view path, const GroupVersionKind& kind) {
  return find_route(path, kind) != nullptr;
}

std::unique_ptr<Judgement> begin(std::string_view path, const Review& review) {
  const auto* route = find_route(path, review.kind);
  if (route == nullptr) return std::make_unique<Unexpected>(review.kind);
  return route->begin(review);
}

}  // namespace alicloud

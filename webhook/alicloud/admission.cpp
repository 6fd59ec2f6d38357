#include "webhook/alicloud/admission.hpp"

#include <algorithm>
#include <array>

#include "webhook/alicloud/validator/secret.hpp"

namespace alicloud {

namespace {

using protocol::GroupVersionKind;
using protocol::Review;
using protocol::Verdict;

constexpr std::string_view kValidate = "/webhooks/validate";
constexpr std::string_view kValidateSecrets = "/webhooks/validate/secrets";
constexpr std::string_view kMutate = "/webhooks/mutate";
constexpr std::array kPaths{kValidate, kValidateSecrets, kMutate};

/// The object of a review and, for an update, what it was. An operation is an update where there is
/// an old object.
template <class T>
struct Change {
  T now;
  std::optional<T> before;
};

/// The error, where there is one, is the text of a 400.
template <class T>
base::Result<Change<T>> read_change(const Review& review, const ExpectedKind& kind) {
  auto now = read_object<T>(review.object, kind);
  if (!now) return base::fail(base::explain("could not decode request", std::move(now.error())));
  Change<T> change{.now = *std::move(now), .before = std::nullopt};
  if (review.old_object.is_null()) return change;
  auto before = read_object<T>(review.old_object, kind);
  if (!before)
    return base::fail(base::explain("could not decode old object", std::move(before.error())));
  change.before = *std::move(before);
  return change;
}

std::optional<Verdict> judge_secret(const Review& review, Facts&) {
  const auto change = read_change<Secret>(review, kSecretKind);
  if (!change) return protocol::refuse(change.error().what);
  auto complaint = validate(change->now, change->before);
  return complaint ? protocol::deny(*std::move(complaint)) : protocol::allow();
}

struct Handler {
  std::string_view path;
  ExpectedKind kind;
  bool any_version;  // the Go program reads unknown versions of these as its internal types
  std::optional<Verdict> (*judge)(const Review&, Facts&);
};

constexpr std::array kHandlers{
    Handler{kValidateSecrets, kSecretKind, false, &judge_secret},
};

bool handles(const Handler& handler, std::string_view path, const GroupVersionKind& kind) {
  return handler.path == path && handler.kind.group == kind.group &&
         handler.kind.kind == kind.kind &&
         (handler.any_version || handler.kind.version == kind.version);
}

}  // namespace

std::span<const std::string_view> served_paths() { return kPaths; }

std::optional<Verdict> judge(std::string_view path, const Review& review, Facts& facts) {
  const auto handler = std::ranges::find_if(
      kHandlers, [&](const auto& one) { return handles(one, path, review.kind); });
  if (handler == kHandlers.end()) {
    return protocol::refuse("unexpected request kind " + to_string(review.kind));
  }
  return handler->judge(review, facts);
}

}  // namespace alicloud

#include "webhook/alicloud/facts/facts.hpp"

namespace alicloud {

namespace {

std::string_view live_name(ReadKind kind) {
  switch (kind) {
    case ReadKind::cloud_profile:
      return "cloudprofiles.core.gardener.cloud";
    case ReadKind::namespaced_cloud_profile:
      return "namespacedcloudprofiles.core.gardener.cloud";
    case ReadKind::secret_binding:
      return "secretbindings.core.gardener.cloud";
    case ReadKind::credentials_binding:
      return "credentialsbindings.security.gardener.cloud";
    case ReadKind::secret:
      break;
  }
  return "secrets";
}

std::string cached_name(ReadKind kind) {
  const auto live = live_name(kind);
  return std::string(to_string(kind)).append(live.substr(std::min(live.find('.'), live.size())));
}

}  // namespace

base::Error not_found(const ObjectQuestion& question) {
  std::string text = question.source == Source::cache ? cached_name(question.kind)
                                                      : std::string(live_name(question.kind));
  text.append(" \"").append(question.name).append("\" not found");
  return {.kind = base::Error::Kind::not_found,
          .what = std::move(text),
          .code = 404,
          .reason = "NotFound",
          .cause = {}};
}

ProfileReadings::Reading ProfileReadings::find(const Document& of) const {
  const auto found =
      std::ranges::find_if(kept_, [&](const auto& one) { return one.first.lock() == of; });
  return found == kept_.end() ? nullptr : found->second;
}

void ProfileReadings::keep(const Document& of, Reading reading) {
  std::erase_if(kept_, [](const auto& one) { return one.first.expired(); });
  if (kept_.size() >= kMost) kept_.erase(kept_.begin());
  kept_.emplace_back(of, std::move(reading));
}

std::string_view to_string(ReadKind kind) {
  switch (kind) {
    case ReadKind::cloud_profile:
      return "CloudProfile";
    case ReadKind::namespaced_cloud_profile:
      return "NamespacedCloudProfile";
    case ReadKind::secret_binding:
      return "SecretBinding";
    case ReadKind::credentials_binding:
      return "CredentialsBinding";
    case ReadKind::secret:
      break;
  }
  return "Secret";
}

}  // namespace alicloud

#include "webhook/alicloud/mutator/image_lookup.hpp"

namespace alicloud {

namespace {

base::Result<CloudCredentials> credentials_in(const Secret& secret) {
  const auto missing = [&](std::string_view key) {
    std::string text("missing \"");
    text.append(key).append("\" field in secret ").append(secret.metadata.name);
    return base::fail(base::invalid(std::move(text)));
  };
  const auto id = secret.data.find("accessKeyID");
  if (id == secret.data.end()) return missing("accessKeyID");
  const auto key = secret.data.find("accessKeySecret");
  if (key == secret.data.end()) return missing("accessKeySecret");
  return CloudCredentials{.key_id = std::string(id->second.reveal()),
                          .key_secret = std::make_shared<const base::Secret>(key->second.copy())};
}

base::Result<UsedProfile> with_config(UsedProfile profile, std::string_view namespace_name) {
  std::string doing("could not decode providerConfig of cloudProfile for '");
  doing.append(namespace_name).append("/").append(profile.name).append("'");
  if (!profile.spec.provider_config.given()) {
    return base::fail(base::explain(doing, base::invalid("providerConfig is not set")));
  }
  auto config = read_config<CloudProfileConfig>(profile.spec.provider_config, Mode::strict,
                                                TypeFrom::internal_place);
  if (!config) return base::fail(base::explain(doing, std::move(config.error())));
  profile.config = *std::move(config);
  return profile;
}

Known<UsedProfile> find_namespaced(Facts& facts, std::string_view space, std::string_view name) {
  auto found = read_namespaced_cloud_profile(facts, space, name);
  if (!found) return std::nullopt;
  if (!*found) return base::fail(found->error());
  auto& spec = (*found)->object.status.cloud_profile_spec;
  return with_config({.dom = (*found)->dom, .name = name, .spec = std::move(spec), .config = {}},
                     space);
}

Known<UsedProfile> find_cluster_wide(Facts& facts, std::string_view name) {
  auto found = read_cloud_profile(facts, name);
  if (!found) return std::nullopt;
  if (!*found) return base::fail(found->error());
  return with_config(
      {.dom = (*found)->dom, .name = name, .spec = std::move((*found)->object.spec), .config = {}},
      "");
}

}  // namespace

Known<UsedProfile> find_profile(const Shoot& shoot, Facts& facts) {
  const auto& spec = shoot.spec;
  if (!spec.cloud_profile) {
    if (!spec.cloud_profile_name.value_or("").empty())
      return find_cluster_wide(facts, *spec.cloud_profile_name);
    return base::fail(base::invalid("could not determine cloudprofile from shoot"));
  }
  const auto& ref = *spec.cloud_profile;
  if (ref.kind.empty() || ref.kind == "CloudProfile") return find_cluster_wide(facts, ref.name);
  if (ref.kind == "NamespacedCloudProfile")
    return find_namespaced(facts, shoot.metadata.namespace_name, ref.name);
  return base::fail(base::invalid("cloudprofile could not be found"));
}

const Known<UsedProfile>& ImageLookup::profile() {
  if (!profile_) profile_ = find_profile(shoot_, facts_);
  return *profile_;
}

const Known<CloudCredentials>& ImageLookup::credentials() {
  if (credentials_) return *credentials_;
  credentials_.emplace();
  const auto secret =
      read_secret_of(facts_, shoot_, BindingSource::cache_then_live,
                     "secretBindingName and credentialsBindingName cannot be both nil");
  if (secret && *secret) {
    *credentials_ = credentials_in((*secret)->object);
  } else if (secret) {
    *credentials_ = base::fail(secret->error());
  }
  return *credentials_;
}

Known<bool> ImageLookup::is_customised(const Worker& worker) {
  const auto& image = *worker.machine.image;
  const auto [answer, fresh] =
      answers_.try_emplace({worker.machine.type, image.name, *image.version});
  if (fresh) answer->second = look_up(worker);
  return answer->second;
}

Known<bool> ImageLookup::look_up(const Worker& worker) {
  if (!profile()) return std::nullopt;
  if (!*profile()) return base::fail(profile()->error());
  const auto id = find_image_id(**profile(), shoot_.spec.region, worker);
  if (!id) return base::fail(id.error());
  if (id->empty()) return false;
  if (!credentials()) return std::nullopt;
  if (!*credentials()) return base::fail(credentials()->error());
  const ImageQuestion question{
      .credentials = **credentials(), .region = std::string(shoot_.spec.region), .image_id = *id};
  const auto* answer = facts_.ask(question);
  if (answer == nullptr) return std::nullopt;
  return *answer;
}

}  // namespace alicloud

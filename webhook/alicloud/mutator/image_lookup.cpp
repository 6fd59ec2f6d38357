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

base::Result<CloudProfileConfig> config_of(const CloudProfileSpec& spec,
                                           std::string_view namespace_name, std::string_view name) {
  std::string doing("could not decode providerConfig of cloudProfile for '");
  doing.append(namespace_name).append("/").append(name).append("'");
  if (!spec.provider_config.given()) {
    return base::fail(base::explain(doing, base::invalid("providerConfig is not set")));
  }
  auto config =
      read_config<CloudProfileConfig>(spec.provider_config, Mode::strict, TypeFrom::internal_place);
  if (!config) return base::fail(base::explain(doing, std::move(config.error())));
  return config;
}

CloudProfileSpec& spec_of(CloudProfile& profile) { return profile.spec; }
CloudProfileSpec& spec_of(NamespacedCloudProfile& profile) {
  return profile.status.cloud_profile_spec;
}

template <class T>
base::Result<std::shared_ptr<const ReadProfile>> read_profile(const json::Dom& dom,
                                                              const ExpectedKind& kind,
                                                              const ObjectQuestion& question) {
  TRY(auto object, read_object<T>(dom.root(), kind));
  auto& spec = spec_of(object);
  TRY(auto config, config_of(spec, question.namespace_name, question.name));
  return std::make_shared<const ReadProfile>(std::move(spec), std::move(config));
}

template <class T>
Known<UsedProfile> find(Facts& facts, const ObjectQuestion& question, const ExpectedKind& kind,
                        std::string_view name) {
  const auto* answer = facts.ask(question);
  if (answer == nullptr) return std::nullopt;
  if (!*answer) return base::fail(answer->error());
  auto* readings = facts.readings();
  UsedProfile used{.dom = **answer, .name = name, .read = nullptr};
  if (readings != nullptr) used.read = readings->find(used.dom);
  if (used.read) return used;
  auto read = read_profile<T>(*used.dom, kind, question);
  if (!read) return base::fail(std::move(read.error()));
  used.read = *std::move(read);
  if (readings != nullptr) readings->keep(used.dom, used.read);
  return used;
}

Known<UsedProfile> find_cluster_wide(Facts& facts, std::string_view name) {
  return find<CloudProfile>(facts, cloud_profile_question(name), kCloudProfileKind, name);
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
    return find<NamespacedCloudProfile>(
        facts, namespaced_cloud_profile_question(shoot.metadata.namespace_name, ref.name),
        kNamespacedCloudProfileKind, ref.name);
  return base::fail(base::invalid("cloudprofile could not be found"));
}

const Known<UsedProfile>& ImageLookup::profile(Facts& facts) {
  if (!profile_) profile_ = find_profile(shoot_, facts);
  return profile_;
}

const Known<CloudCredentials>& ImageLookup::credentials(Facts& facts) {
  if (credentials_) return credentials_;
  const auto secret =
      read_secret_of(facts, shoot_, BindingSource::cache_then_live,
                     "secretBindingName and credentialsBindingName cannot be both nil");
  if (secret && *secret) {
    credentials_ = credentials_in((*secret)->object);
  } else if (secret) {
    credentials_ = base::fail(secret->error());
  }
  return credentials_;
}

ImageLookup::Entry& ImageLookup::entry_of(const Worker& worker) {
  const auto& image = *worker.machine.image;
  const Key key(worker.machine.type, image.name, *image.version);
  // Mostly the one of the worker before.
  if (last_ == entries_.end() || last_->first != key)
    last_ = entries_.try_emplace(key, Entry{.worker = &worker}).first;
  return last_->second;
}

const Known<bool>& ImageLookup::is_customised(Entry& entry, Facts& facts) {
  if (!entry.is_customised && entry.asked_in != round_) {
    entry.asked_in = round_;
    entry.is_customised = look_up(*entry.worker, facts);
  }
  return entry.is_customised;
}

Known<bool> ImageLookup::look_up(const Worker& worker, Facts& facts) {
  const auto& used = profile(facts);
  if (!used) {
    want_binding(facts, shoot_);  // it will be needed as well, and costs no more together
    return std::nullopt;
  }
  if (!*used) return base::fail(used->error());
  const auto id = find_image_id(**used, shoot_.spec.region, worker);
  if (!id) return base::fail(id.error());
  if (id->empty()) return false;
  const auto& keys = credentials(facts);
  if (!keys) return std::nullopt;
  if (!*keys) return base::fail(keys->error());
  const ImageQuestion question{
      .credentials = **keys, .region = std::string(shoot_.spec.region), .image_id = *id};
  const auto* answer = facts.ask(question);
  if (answer == nullptr) return std::nullopt;
  return *answer;
}

}  // namespace alicloud

#pragma once

#include "webhook/alicloud/api/garden.hpp"

namespace alicloud {

inline constexpr ExpectedKind kSecretBindingKind{kCoreGroup, "v1beta1", "SecretBinding"};
inline constexpr ExpectedKind kCredentialsBindingKind{"security.gardener.cloud", "v1alpha1",
                                                      "CredentialsBinding"};
inline constexpr ExpectedKind kSeedKind{kCoreGroup, "v1beta1", "Seed"};
inline constexpr ExpectedKind kBackupBucketKind{kCoreGroup, "v1beta1", "BackupBucket"};

struct ObjectReference {
  std::string_view kind, namespace_name, name, uid, api_version, resource_version, field_path;
};

struct ProviderType {
  std::string_view type;
};

struct SecretBinding {
  Metadata metadata;
  std::optional<ProviderType> provider;
  ObjectReference secret_ref;
};

struct CredentialsBinding {
  Metadata metadata;
  ProviderType provider;
  ObjectReference credentials_ref;
};

struct Backup {
  std::optional<ObjectReference> credentials_ref;
  Raw provider_config;
};

struct SeedSpec {
  std::optional<Backup> backup;
};

struct Seed {
  Metadata metadata;
  SeedSpec spec;
};

struct BackupBucket {
  Metadata metadata;
  Backup spec;
};

template <>
struct Shape<ObjectReference> {
  static constexpr auto members =
      std::tuple{member("kind", &ObjectReference::kind),
                 member("namespace", &ObjectReference::namespace_name),
                 member("name", &ObjectReference::name),
                 member("uid", &ObjectReference::uid),
                 member("apiVersion", &ObjectReference::api_version),
                 member("resourceVersion", &ObjectReference::resource_version),
                 member("fieldPath", &ObjectReference::field_path)};
};

template <>
struct Shape<ProviderType> {
  static constexpr auto members = std::tuple{member("type", &ProviderType::type)};
};

template <>
struct Shape<SecretBinding> {
  static constexpr auto members = std::tuple{member("metadata", &SecretBinding::metadata),
                                             member("provider", &SecretBinding::provider),
                                             member("secretRef", &SecretBinding::secret_ref)};
};

template <>
struct Shape<CredentialsBinding> {
  static constexpr auto members =
      std::tuple{member("metadata", &CredentialsBinding::metadata),
                 member("provider", &CredentialsBinding::provider),
                 member("credentialsRef", &CredentialsBinding::credentials_ref)};
};

template <>
struct Shape<Backup> {
  static constexpr auto members = std::tuple{member("credentialsRef", &Backup::credentials_ref),
                                             member("providerConfig", &Backup::provider_config)};
};

template <>
struct Shape<SeedSpec> {
  static constexpr auto members = std::tuple{member("backup", &SeedSpec::backup)};
};

template <>
struct Shape<Seed> {
  static constexpr auto members =
      std::tuple{member("metadata", &Seed::metadata), member("spec", &Seed::spec)};
};

template <>
struct Shape<BackupBucket> {
  static constexpr auto members =
      std::tuple{member("metadata", &BackupBucket::metadata), member("spec", &BackupBucket::spec)};
};

}  // namespace alicloud

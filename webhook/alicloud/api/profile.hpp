#pragma once

#include "webhook/alicloud/api/config.hpp"
#include "webhook/alicloud/api/garden.hpp"

namespace alicloud {

inline constexpr ExpectedKind kCloudProfileKind{kCoreGroup, "v1beta1", "CloudProfile"};
inline constexpr ExpectedKind kNamespacedCloudProfileKind{kCoreGroup, "v1beta1",
                                                          "NamespacedCloudProfile"};

struct CapabilityDefinition {
  std::string_view name;
  std::vector<std::string_view> values;
};

struct ImageVersion {
  std::string_view version;
  std::vector<Capabilities> flavors;
  std::vector<std::string_view> architectures;
};

struct Image {
  std::string_view name;
  std::vector<ImageVersion> versions;
};

struct MachineType {
  std::string_view name;
  Capabilities capabilities;
};

struct CloudProfileSpec {
  std::vector<CapabilityDefinition> machine_capabilities;
  std::vector<Image> machine_images;
  std::vector<MachineType> machine_types;
  Raw provider_config;
};

struct CloudProfile {
  Metadata metadata;
  CloudProfileSpec spec;
};

struct NamespacedCloudProfileSpec {
  KindAndName parent;
  std::vector<Image> machine_images;
  Raw provider_config;
};

struct NamespacedCloudProfileStatus {
  std::int64_t observed_generation = 0;
  CloudProfileSpec cloud_profile_spec;
};

struct NamespacedCloudProfile {
  Metadata metadata;
  NamespacedCloudProfileSpec spec;
  NamespacedCloudProfileStatus status;
};

template <>
struct Shape<CapabilityDefinition> {
  static constexpr auto members = std::tuple{member("name", &CapabilityDefinition::name),
                                             member("values", &CapabilityDefinition::values)};
};

template <>
struct Shape<ImageVersion> {
  static constexpr auto members = std::tuple{member("version", &ImageVersion::version),
                                             member("capabilityFlavors", &ImageVersion::flavors),
                                             member("architectures", &ImageVersion::architectures)};
};

template <>
struct Shape<Image> {
  static constexpr auto members =
      std::tuple{member("name", &Image::name), member("versions", &Image::versions)};
};

template <>
struct Shape<MachineType> {
  static constexpr auto members = std::tuple{member("name", &MachineType::name),
                                             member("capabilities", &MachineType::capabilities)};
};

template <>
struct Shape<CloudProfileSpec> {
  static constexpr auto members =
      std::tuple{member("machineCapabilities", &CloudProfileSpec::machine_capabilities),
                 member("machineImages", &CloudProfileSpec::machine_images),
                 member("machineTypes", &CloudProfileSpec::machine_types),
                 member("providerConfig", &CloudProfileSpec::provider_config)};
};

template <>
struct Shape<CloudProfile> {
  static constexpr auto members =
      std::tuple{member("metadata", &CloudProfile::metadata), member("spec", &CloudProfile::spec)};
};

template <>
struct Shape<NamespacedCloudProfileSpec> {
  static constexpr auto members =
      std::tuple{member("parent", &NamespacedCloudProfileSpec::parent),
                 member("machineImages", &NamespacedCloudProfileSpec::machine_images),
                 member("providerConfig", &NamespacedCloudProfileSpec::provider_config)};
};

template <>
struct Shape<NamespacedCloudProfileStatus> {
  static constexpr auto members =
      std::tuple{member("observedGeneration", &NamespacedCloudProfileStatus::observed_generation),
                 member("cloudProfileSpec", &NamespacedCloudProfileStatus::cloud_profile_spec)};
};

template <>
struct Shape<NamespacedCloudProfile> {
  static constexpr auto members = std::tuple{member("metadata", &NamespacedCloudProfile::metadata),
                                             member("spec", &NamespacedCloudProfile::spec),
                                             member("status", &NamespacedCloudProfile::status)};
};

}  // namespace alicloud

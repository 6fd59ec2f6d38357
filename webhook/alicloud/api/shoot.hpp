#pragma once

#include "webhook/alicloud/api/garden.hpp"

namespace alicloud {

inline constexpr ExpectedKind kShootKind{kCoreGroup, "v1beta1", "Shoot"};

struct MachineImage {
  std::string_view name;
  Text version;
};

struct Machine {
  std::string_view type;
  std::optional<MachineImage> image;
};

struct Volume {
  Text type;
  std::string_view size;
  std::optional<bool> encrypted;
};

struct DataVolume {
  std::string_view name;
  Text type;
  std::string_view size;
  std::optional<bool> encrypted;
  bool operator==(const DataVolume&) const = default;
};

struct Worker {
  std::string_view name;
  Machine machine;
  std::optional<Volume> volume;
  std::vector<DataVolume> data_volumes;
  std::vector<std::string_view> zones;
  Raw provider_config;
  Text update_strategy;
};

struct Networking {
  Text type, nodes, pods, services;
  Raw provider_config;
  std::vector<std::string_view> ip_families;
};

struct Provider {
  std::string_view type;
  Raw infrastructure_config;
  Raw control_plane_config;
  std::vector<Worker> workers;
};

struct Kubernetes {
  std::string_view version;
};

struct AutoUpdate {
  bool kubernetes_version = false;
  std::optional<bool> machine_image_version;
};

struct Maintenance {  // checked, not used
  std::optional<AutoUpdate> auto_update;
};

struct ShootSpec {
  Text cloud_profile_name;
  std::optional<KindAndName> cloud_profile;
  std::string_view region;
  Text secret_binding_name, credentials_binding_name, seed_name;
  Kubernetes kubernetes;
  Networking networking;
  Provider provider;
  std::optional<Maintenance> maintenance;
};

struct LastOperation {
  std::string_view type;
  std::string_view state;
};

struct ShootStatus {
  Text seed_name;
  std::optional<LastOperation> last_operation;
};

struct Shoot {
  Metadata metadata;
  ShootSpec spec;
  ShootStatus status;
};

template <>
struct Shape<MachineImage> {
  static constexpr auto members =
      std::tuple{member("name", &MachineImage::name), member("version", &MachineImage::version)};
};

template <>
struct Shape<Machine> {
  static constexpr auto members =
      std::tuple{member("type", &Machine::type), member("image", &Machine::image)};
};

template <>
struct Shape<Volume> {
  static constexpr auto members =
      std::tuple{member("type", &Volume::type), member("size", &Volume::size),
                 member("encrypted", &Volume::encrypted)};
};

template <>
struct Shape<DataVolume> {
  static constexpr auto members =
      std::tuple{member("name", &DataVolume::name), member("type", &DataVolume::type),
                 member("size", &DataVolume::size), member("encrypted", &DataVolume::encrypted)};
};

template <>
struct Shape<Worker> {
  static constexpr auto members = std::tuple{member("name", &Worker::name),
                                             member("machine", &Worker::machine),
                                             member("volume", &Worker::volume),
                                             member("dataVolumes", &Worker::data_volumes),
                                             member("zones", &Worker::zones),
                                             member("providerConfig", &Worker::provider_config),
                                             member("updateStrategy", &Worker::update_strategy)};
};

template <>
struct Shape<Networking> {
  static constexpr auto members = std::tuple{member("type", &Networking::type),
                                             member("nodes", &Networking::nodes),
                                             member("pods", &Networking::pods),
                                             member("services", &Networking::services),
                                             member("providerConfig", &Networking::provider_config),
                                             member("ipFamilies", &Networking::ip_families)};
};

template <>
struct Shape<Provider> {
  static constexpr auto members =
      std::tuple{member("type", &Provider::type),
                 member("infrastructureConfig", &Provider::infrastructure_config),
                 member("controlPlaneConfig", &Provider::control_plane_config),
                 member("workers", &Provider::workers)};
};

template <>
struct Shape<Kubernetes> {
  static constexpr auto members = std::tuple{member("version", &Kubernetes::version)};
};

template <>
struct Shape<AutoUpdate> {
  static constexpr auto members =
      std::tuple{member("kubernetesVersion", &AutoUpdate::kubernetes_version),
                 member("machineImageVersion", &AutoUpdate::machine_image_version)};
};

template <>
struct Shape<Maintenance> {
  static constexpr auto members = std::tuple{member("autoUpdate", &Maintenance::auto_update)};
};

template <>
struct Shape<ShootSpec> {
  static constexpr auto members =
      std::tuple{member("cloudProfileName", &ShootSpec::cloud_profile_name),
                 member("cloudProfile", &ShootSpec::cloud_profile),
                 member("region", &ShootSpec::region),
                 member("secretBindingName", &ShootSpec::secret_binding_name),
                 member("credentialsBindingName", &ShootSpec::credentials_binding_name),
                 member("seedName", &ShootSpec::seed_name),
                 member("kubernetes", &ShootSpec::kubernetes),
                 member("networking", &ShootSpec::networking),
                 member("provider", &ShootSpec::provider),
                 member("maintenance", &ShootSpec::maintenance)};
};

template <>
struct Shape<LastOperation> {
  static constexpr auto members =
      std::tuple{member("type", &LastOperation::type), member("state", &LastOperation::state)};
};

template <>
struct Shape<ShootStatus> {
  static constexpr auto members = std::tuple{member("seedName", &ShootStatus::seed_name),
                                             member("lastOperation", &ShootStatus::last_operation)};
};

template <>
struct Shape<Shoot> {
  static constexpr auto members =
      std::tuple{member("metadata", &Shoot::metadata), member("spec", &Shoot::spec),
                 member("status", &Shoot::status)};
};

}  // namespace alicloud

#pragma once

// The provider's own configurations (alicloud.provider.extensions.gardener.cloud/v1alpha1),
// embedded in Gardener's objects as raw JSON.

#include <algorithm>

#include "webhook/alicloud/api/read.hpp"

namespace alicloud {

inline constexpr std::string_view kConfigVersion =
    "alicloud.provider.extensions.gardener.cloud/v1alpha1";
inline constexpr std::string_view kInternalConfigVersion =
    "alicloud.provider.extensions.gardener.cloud/__internal";

/// apiVersion and kind are members of every configuration, in both naming schemes.
struct ConfigType {
  std::string_view api_version;
  std::string_view kind;
};

struct Vpc {
  std::optional<std::string_view> id;
  std::optional<std::string_view> cidr;
  std::optional<bool> gardener_managed_nat_gateway;
  std::optional<bool> use_custom_route_table;
  bool operator==(const Vpc&) const = default;
};

struct NatGateway {
  std::optional<std::string_view> eip_allocation_id;
  bool operator==(const NatGateway&) const = default;
};

struct Zone {
  std::string_view name;
  std::string_view worker;
  std::string_view workers;
  std::optional<std::int64_t> ipv6_cidr_block;
  std::optional<NatGateway> nat_gateway;
  bool operator==(const Zone&) const = default;
};

struct Networks {
  Vpc vpc;
  std::vector<Zone> zones;
  bool operator==(const Networks&) const = default;
};

struct DualStack {
  bool enabled = false;
  bool operator==(const DualStack&) const = default;
};

struct InfrastructureConfig {
  static constexpr std::string_view kKind = "InfrastructureConfig";
  std::string_view api_version, kind;
  std::optional<DualStack> dual_stack;
  Networks networks;
  bool is_dual_stack() const { return dual_stack && dual_stack->enabled; }
};

struct CloudControllerManager {
  std::map<std::string_view, bool> feature_gates;
};

struct Csi {
  std::optional<bool> enable_ad_controller;
};

struct ControlPlaneConfig {
  static constexpr std::string_view kKind = "ControlPlaneConfig";
  std::string_view api_version, kind;
  std::optional<CloudControllerManager> cloud_controller_manager;
  std::optional<Csi> csi;
};

struct RegionId {
  std::string_view name;
  std::string_view id;
};

using Capabilities = std::map<std::string_view, std::vector<std::string_view>>;

/// A null list is none, which messages and mutators tell from an empty one.
struct ConfigCapabilities {
  bool given = false;
  Capabilities set;
  std::vector<std::string_view> nulls;
  bool is_null(std::string_view name) const {
    return std::ranges::find(nulls, name) != nulls.end();
  }
};
void read(Reading& reading, const Place& at, json::DomNode node, ConfigCapabilities& out);

struct ConfigFlavor {
  std::vector<RegionId> regions;
  ConfigCapabilities capabilities;
};

struct ConfigImageVersion {
  std::string_view version;
  std::vector<RegionId> regions;
  std::vector<ConfigFlavor> flavors;
};

struct ConfigImage {
  std::string_view name;
  std::vector<ConfigImageVersion> versions;
};

struct CloudProfileConfig {
  static constexpr std::string_view kKind = "CloudProfileConfig";
  std::string_view api_version, kind;
  std::vector<ConfigImage> machine_images;
};

struct Immutability {
  std::string_view retention_type;
  std::int64_t retention_period = 0;
  bool locked = false;
};

struct BackupBucketConfig {
  static constexpr std::string_view kKind = "BackupBucketConfig";
  std::string_view api_version, kind;
  std::optional<Immutability> immutability;
};

template <>
struct Shape<Vpc> {
  static constexpr auto members = std::tuple{
      member("id", "ID", &Vpc::id), member("cidr", "CIDR", &Vpc::cidr),
      member("gardenerManagedNATGateway", "GardenerManagedNATGateway",
             &Vpc::gardener_managed_nat_gateway),
      member("useCustomRouteTable", "UseCustomRouteTable", &Vpc::use_custom_route_table)};
};
template <>
struct Shape<NatGateway> {
  static constexpr auto members =
      std::tuple{member("eipAllocationID", "EIPAllocationID", &NatGateway::eip_allocation_id)};
};
template <>
struct Shape<Zone> {
  static constexpr auto members =
      std::tuple{member("name", "Name", &Zone::name), member("worker", "Worker", &Zone::worker),
                 member("workers", "Workers", &Zone::workers),
                 member("ipv6CidrBlock", "Ipv6CidrBlock", &Zone::ipv6_cidr_block),
                 member("natGateway", "NatGateway", &Zone::nat_gateway)};
};
template <>
struct Shape<Networks> {
  static constexpr auto members =
      std::tuple{member("vpc", "VPC", &Networks::vpc), member("zones", "Zones", &Networks::zones)};
};
template <>
struct Shape<DualStack> {
  static constexpr auto members = std::tuple{member("enabled", "Enabled", &DualStack::enabled)};
};
template <>
struct Shape<InfrastructureConfig> {
  static constexpr auto members =
      std::tuple{member("apiVersion", &InfrastructureConfig::api_version),
                 member("kind", &InfrastructureConfig::kind),
                 member("dualStack", "DualStack", &InfrastructureConfig::dual_stack),
                 member("networks", "Networks", &InfrastructureConfig::networks)};
};
template <>
struct Shape<CloudControllerManager> {
  static constexpr auto members =
      std::tuple{member("featureGates", "FeatureGates", &CloudControllerManager::feature_gates)};
};
template <>
struct Shape<Csi> {
  static constexpr auto members =
      std::tuple{member("enableADController", "EnableADController", &Csi::enable_ad_controller)};
};
template <>
struct Shape<ControlPlaneConfig> {
  static constexpr auto members =
      std::tuple{member("apiVersion", &ControlPlaneConfig::api_version),
                 member("kind", &ControlPlaneConfig::kind),
                 member("cloudControllerManager", "CloudControllerManager",
                        &ControlPlaneConfig::cloud_controller_manager),
                 member("csi", "CSI", &ControlPlaneConfig::csi)};
};
template <>
struct Shape<RegionId> {
  static constexpr auto members =
      std::tuple{member("name", "Name", &RegionId::name), member("id", "ID", &RegionId::id)};
};
template <>
struct Shape<ConfigFlavor> {
  static constexpr auto members =
      std::tuple{member("regions", "Regions", &ConfigFlavor::regions),
                 member("capabilities", "Capabilities", &ConfigFlavor::capabilities)};
};
template <>
struct Shape<ConfigImageVersion> {
  static constexpr auto members =
      std::tuple{member("version", "Version", &ConfigImageVersion::version),
                 member("regions", "Regions", &ConfigImageVersion::regions),
                 member("capabilityFlavors", "CapabilityFlavors", &ConfigImageVersion::flavors)};
};
template <>
struct Shape<ConfigImage> {
  static constexpr auto members =
      std::tuple{member("name", "Name", &ConfigImage::name),
                 member("versions", "Versions", &ConfigImage::versions)};
};
template <>
struct Shape<CloudProfileConfig> {
  static constexpr auto members =
      std::tuple{member("apiVersion", &CloudProfileConfig::api_version),
                 member("kind", &CloudProfileConfig::kind),
                 member("machineImages", "MachineImages", &CloudProfileConfig::machine_images)};
};
template <>
struct Shape<Immutability> {
  static constexpr auto members =
      std::tuple{member("retentionType", "RetentionType", &Immutability::retention_type),
                 member("retentionPeriod", "RetentionPeriod", &Immutability::retention_period),
                 member("locked", "Locked", &Immutability::locked)};
};
template <>
struct Shape<BackupBucketConfig> {
  static constexpr auto members =
      std::tuple{member("apiVersion", &BackupBucketConfig::api_version),
                 member("kind", &BackupBucketConfig::kind),
                 member("immutability", "Immutability", &BackupBucketConfig::immutability)};
};

/// Who says what a configuration is: its own apiVersion and kind, which must be there, or the place
/// it stands at.
/// `internal_place`: as `place`, but where the version is missing the members have the names of the
/// Go types.
enum class TypeFrom { data, place, internal_place };

/// Checks apiVersion and kind; gives the names that the members have in that version.
base::Result<Names> check_config_type(const Raw& raw, std::string_view kind, TypeFrom from);

/// An embedded configuration. Errors are texts for the user, and quote nothing but names of members
/// and kinds, or the configuration itself where its kind is missing.
template <class T>
base::Result<T> read_config(const Raw& raw, Mode mode, TypeFrom from) {
  TRY(const auto names, check_config_type(raw, T::kKind, from));
  return read_as<T>(raw.node, mode, names);
}

}  // namespace alicloud

#include "webhook/alicloud/validator/shoot.hpp"

#include <expected>

#include "webhook/alicloud/api/config.hpp"
#include "webhook/alicloud/validator/feature_gates.hpp"
#include "webhook/alicloud/validator/infrastructure.hpp"
#include "webhook/alicloud/validator/networking.hpp"
#include "webhook/alicloud/validator/vswitches.hpp"
#include "webhook/alicloud/validator/workers.hpp"

namespace alicloud {

namespace {

template <class T>
using OrComplaint = std::expected<T, std::string>;

OrComplaint<InfrastructureConfig> infrastructure_of(const Shoot& shoot, Mode mode) {
  const auto& raw = shoot.spec.provider.infrastructure_config;
  if (!raw.given()) {
    return std::unexpected(
        required(kInfrastructurePath, "InfrastructureConfig must be set for Alicloud shoots"));
  }
  auto config = read_config<InfrastructureConfig>(raw, mode, TypeFrom::data);
  if (config) return *std::move(config);
  return std::unexpected(forbidden(
      kInfrastructurePath,
      "not allowed to configure an unsupported infrastructureConfig: " + config.error().what));
}

/// Absent is fine, and an empty one.
OrComplaint<ControlPlaneConfig> control_plane_of(const Shoot& shoot) {
  const auto& raw = shoot.spec.provider.control_plane_config;
  if (!raw.given()) return ControlPlaneConfig{};
  auto config = read_config<ControlPlaneConfig>(raw, Mode::lenient, TypeFrom::data);
  if (config) return *std::move(config);
  return std::unexpected(invalid_value("spec.provider.controlPlaneConfig", quoted(compact(raw)),
                                       "isn't a supported version: " + config.error().what));
}

struct Configs {
  InfrastructureConfig infrastructure;
  std::optional<InfrastructureConfig> old_infrastructure;
  ControlPlaneConfig control_plane;
};

OrComplaint<Configs> read_configs(const Shoot& shoot, const std::optional<Shoot>& old) {
  Configs configs;
  auto infrastructure = infrastructure_of(shoot, Mode::strict);
  if (!infrastructure) return std::unexpected(std::move(infrastructure.error()));
  configs.infrastructure = *std::move(infrastructure);
  if (old) {
    auto before = infrastructure_of(*old, Mode::lenient);
    if (!before) return std::unexpected(std::move(before.error()));
    configs.old_infrastructure = *std::move(before);
  }
  auto control_plane = control_plane_of(shoot);
  if (!control_plane) return std::unexpected(std::move(control_plane.error()));
  configs.control_plane = *std::move(control_plane);
  return configs;
}

bool differ(const InfrastructureConfig& a, const InfrastructureConfig& b) {
  return a.networks != b.networks || a.dual_stack != b.dual_stack;
}

/// The rules about what changed, group by group.
std::optional<std::string> check_change(const Shoot& shoot, const Shoot& old,
                                        const Configs& configs) {
  if (differ(configs.infrastructure, *configs.old_infrastructure)) {
    auto errors =
        check_infrastructure_update(configs.infrastructure, *configs.old_infrastructure).text();
    if (errors) return errors;
  }
  const auto& workers = shoot.spec.provider.workers;
  if (auto errors = check_workers_update(workers, old.spec.provider.workers).text()) return errors;
  return check_networking_update(shoot.spec.networking, old.spec.networking).text();
}

/// The rules about what is there.
std::optional<std::string> check_state(const Shoot& shoot, const Configs& configs) {
  const auto& spec = shoot.spec;
  auto errors = check_infrastructure(configs.infrastructure, spec.networking, spec.region).text();
  if (errors) return errors;
  errors = check_workers(spec.provider.workers, configs.infrastructure.networks.zones).text();
  const auto& manager = configs.control_plane.cloud_controller_manager;
  if (errors || !manager) return errors;
  return check_feature_gates(manager->feature_gates, spec.kubernetes.version).text();
}

}  // namespace

Finding validate(const Shoot& shoot, const std::optional<Shoot>& old, Facts& facts) {
  if (shoot.spec.provider.workers.empty()) return Finding::fine();
  const auto configs = read_configs(shoot, old);
  if (!configs) return Finding::complaint(configs.error());
  if (old) {
    if (auto complaint = check_change(shoot, *old, *configs))
      return Finding::complaint(*std::move(complaint));
  }
  if (auto complaint = check_state(shoot, *configs))
    return Finding::complaint(*std::move(complaint));
  if (!old) return Finding::from(check_networking(shoot.spec.networking).text());
  const auto old_zones = configs->old_infrastructure->networks.zones.size();
  return check_vswitches(shoot, configs->infrastructure, old_zones, facts);
}

}  // namespace alicloud

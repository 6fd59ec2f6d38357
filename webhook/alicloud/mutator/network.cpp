#include "json/parse.hpp"
#include "webhook/alicloud/api/field_errors.hpp"
#include "webhook/alicloud/mutator/shoot.hpp"

namespace alicloud {

namespace {

constexpr std::string_view kPath = "spec.networking.providerConfig";

json::Value off() { return json::Value::object({{"enabled", false}}); }

/// On its way between seeds a shoot stays as it is.
bool is_moving(const ShootView& shoot, bool is_update) {
  const auto& status = shoot.typed.status;
  const auto& seed = shoot.typed.spec.seed_name;
  if (!status.last_operation) return false;
  const auto& operation = *status.last_operation;
  const bool migrates = operation.type == "Migrate";
  if (!migrates && seed && status.seed_name && *seed != *status.seed_name) return true;
  return is_update && (migrates || (operation.type == "Restore" && operation.state != "Succeeded"));
}

bool stays(const ShootView& shoot, const std::optional<ShootView>& old) {
  if (!shoot.typed.spec.networking.type || is_moving(shoot, old.has_value())) return true;
  if (shoot.typed.metadata.deleted) return true;
  return old &&
         (old->typed.metadata.deleted || equal(shoot.object.at("spec"), old->object.at("spec")));
}

base::Result<json::Value> config_of(const ShootView& shoot) {
  const auto& raw = shoot.typed.spec.networking.provider_config;
  if (!raw.given()) return json::Object();
  if (!raw.node.is_object())
    return base::fail(base::invalid(std::string(kPath) + ": expected an object"));
  return raw.node.to_value();
}

/// An overlay that is off needs source NAT to the upstream DNS off as well.
base::Result<> adapt_calico(json::Value& config) {
  const auto& enabled = config.at("overlay").at("enabled");
  if (config.at("overlay").as_object() == nullptr || enabled.is_null()) return {};
  if (enabled.as_bool() == nullptr) {
    return base::fail(base::invalid(std::string(kPath) + ".overlay.enabled: Invalid value"));
  }
  if (!*enabled.as_bool()) config["snatToUpstreamDNS"] = off();
  return {};
}

}  // namespace

base::Result<std::optional<json::Value>> network_config(const ShootView& shoot,
                                                        const std::optional<ShootView>& old) {
  if (stays(shoot, old)) return std::nullopt;
  TRY(auto config, config_of(shoot));
  const bool has_overlay = !config.at("overlay").is_null();
  if (!has_overlay && !old) config["overlay"] = off();
  if (!has_overlay && old) {
    TRY(const auto before, config_of(*old));
    if (!before.at("overlay").is_null()) config["overlay"] = before.at("overlay");
  }
  if (shoot.typed.spec.networking.type == "calico") TRY_VOID(adapt_calico(config));
  return config;
}

}  // namespace alicloud

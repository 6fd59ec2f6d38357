#include <algorithm>
#include <array>

#include "webhook/alicloud/api/config.hpp"
#include "webhook/alicloud/mutator/shoot.hpp"

namespace alicloud {

namespace {

base::Result<ControlPlaneConfig> read(const ShootView& shoot) {
  const auto& raw = shoot.typed.spec.provider.control_plane_config;
  if (!raw.given()) return ControlPlaneConfig{};
  auto config = read_config<ControlPlaneConfig>(raw, Mode::lenient, TypeFrom::place);
  if (config) return config;
  return base::fail(
      base::explain("could not decode providerConfig of controlplane", std::move(config.error())));
}

constexpr std::array<std::string_view, 4> kMayBeEmpty{"apiVersion", "kind",
                                                      "cloudControllerManager", "csi"};

/// What is there without saying anything is not written: null, and no feature gates. The types of
/// all of it are checked.
void drop_what_is_empty(json::Object& config) {
  for (const auto member : kMayBeEmpty) {
    const auto* value = config.find(member);
    if (value != nullptr && (value->is_null() || value->string_or("-").empty()))
      config.erase(member);
  }
  auto* manager = config.find("cloudControllerManager");
  auto* gates = manager != nullptr ? manager->as_object()->find("featureGates") : nullptr;
  if (gates == nullptr) return;
  if (gates->members().empty()) return void(manager->as_object()->erase("featureGates"));
  for (auto& [name, value] : *gates->as_object()) value = value.bool_or(false);
}

/// Whether drop_what_is_empty() surely finds nothing.
bool is_tidy(json::DomNode config) {
  bool is_tidy = true;
  config.each_member([&](std::string_view name, json::DomNode value) {
    if (std::ranges::find(kMayBeEmpty, name) == kMayBeEmpty.end()) return;
    is_tidy =
        is_tidy && !value.is_null() && value.string() != "" && name != "cloudControllerManager";
  });
  return is_tidy;
}

/// The configuration as it stands, members unknown to us included; a new one says what it is.
json::Value start_from(const Raw& raw, std::string_view version) {
  if (!raw.given())
    return json::Value::object(
        {{"kind", ControlPlaneConfig::kKind}, {"apiVersion", kConfigVersion}});
  auto config = raw.node.to_value();
  if (version != kInternalConfigVersion) drop_what_is_empty(*config.as_object());
  return config;
}

/// Members of that name, in the version the configuration is written in.
std::string_view name(const ControlPlaneConfig& config, std::string_view json_name,
                      std::string_view internal_name) {
  return config.api_version == kInternalConfigVersion ? internal_name : json_name;
}

void set_controller(json::Value& value, const ControlPlaneConfig& config,
                    std::optional<bool> enabled) {
  auto& csi = value[name(config, "csi", "CSI")];
  if (csi.is_null()) csi = json::Object();
  if (enabled) csi[name(config, "enableADController", "EnableADController")] = *enabled;
}

}  // namespace

base::Result<> mutate_control_plane(const ShootView& shoot, const std::optional<ShootView>& old,
                                    Patch& patch) {
  const auto& raw = shoot.typed.spec.provider.control_plane_config;
  ControlPlaneConfig before;
  if (old) {
    TRY(before, read(*old));
  }
  TRY(const auto config, read(shoot));
  const bool has_controller = config.csi && config.csi->enable_ad_controller;
  auto wanted = std::optional(true);
  if (old) wanted = before.csi ? before.csi->enable_ad_controller : std::nullopt;
  const bool stays = old && (!before.csi || (config.csi && (has_controller || !wanted)));
  if (stays || (has_controller && is_tidy(raw.node))) return {};
  auto value = start_from(raw, config.api_version);
  if (!has_controller) set_controller(value, config, wanted);
  patch.change("/spec/provider/controlPlaneConfig", raw.node, value);
  return {};
}

}  // namespace alicloud

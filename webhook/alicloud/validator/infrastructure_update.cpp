#include "json/parse.hpp"
#include "webhook/alicloud/validator/infrastructure.hpp"
#include "webhook/alicloud/validator/infrastructure_parts.hpp"

namespace alicloud {

namespace {

constexpr std::string_view kImmutable = "field is immutable";

void check_vpc(const Vpc& now, const Vpc& before, Errors& errors) {
  auto comparable = now;
  auto comparable_before = before;
  comparable.use_custom_route_table = comparable_before.use_custom_route_table = std::nullopt;
  if (comparable != comparable_before) {
    errors.add(invalid_value(infrastructure_path("networks.vpc"), to_json(comparable), kImmutable));
  }
  if (now.use_custom_route_table.value_or(false) != before.use_custom_route_table.value_or(false)) {
    errors.add(forbidden(infrastructure_path("networks.vpc.useCustomRouteTable"),
                         "useCustomRouteTable can only be set at shoot creation time and cannot be "
                         "changed afterwards"));
  }
}

/// `worker` may be renamed to `workers`, its successor.
void check_cidrs(const Zone& now, const Zone& before, const std::string& path, Errors& errors) {
  const auto must_stay = [&](std::string_view text, std::string_view old) {
    if (text != old) errors.add(invalid_value(path, quoted(old), kImmutable));
  };
  if (before.workers.empty() && !before.worker.empty() && now.worker.empty() &&
      !now.workers.empty()) {
    return must_stay(now.workers, before.worker);
  }
  must_stay(now.workers, before.workers);
  must_stay(now.worker, before.worker);
}

void check_zone(const Zone& now, const Zone& before, const std::string& path, Errors& errors) {
  if (now.name != before.name) errors.add(invalid_value(path, quoted(before.name), kImmutable));
  check_cidrs(now, before, path, errors);
  if (before.ipv6_cidr_block && !now.ipv6_cidr_block) {
    errors.add(
        invalid_value(path + ".ipv6CidrBlock", "null", "ipv6CidrBlock cannot be removed once set"));
  }
}

}  // namespace

std::string json_text(const std::optional<std::string_view>& text) {
  return text ? as_go_json(json::to_string(*text)) : std::string("null");
}

Errors check_infrastructure_update(const InfrastructureConfig& now,
                                   const InfrastructureConfig& before) {
  Errors errors;
  check_vpc(now.networks.vpc, before.networks.vpc, errors);
  const auto& zones = now.networks.zones;
  const auto& old_zones = before.networks.zones;
  const auto path = infrastructure_path("networks.zones");
  if (zones.size() < old_zones.size()) {
    errors.add(forbidden(path, "zones cannot be removed"));
  } else {
    for (std::size_t i = 0; i < old_zones.size(); ++i)
      check_zone(zones[i], old_zones[i], child(path, i), errors);
  }
  for (std::size_t i = 0; i < zones.size(); ++i) check_nat_gateway(zones[i], i, errors);
  if (before.is_dual_stack() && !now.is_dual_stack()) {
    errors.add(
        forbidden(infrastructure_path("dualStack"), "dualStack cannot be disabled once enabled"));
  }
  return errors;
}

}  // namespace alicloud

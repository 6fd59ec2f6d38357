#include "webhook/alicloud/validator/infrastructure.hpp"

#include <array>

#include "webhook/alicloud/validator/cidr.hpp"
#include "webhook/alicloud/validator/infrastructure_parts.hpp"

namespace alicloud {

namespace {

constexpr std::size_t kMostOverlaps = 2'000;

/// A CIDR and where it stands, which is spelled out only where something is wrong.
struct Named {
  enum class Of { networking, vpc, zone };
  Of of;
  std::string_view member;
  std::size_t index;  ///< of the zone
  std::string_view text;
  std::optional<Cidr> cidr = Cidr::parse(text);

  /// How messages about others refer to it.
  std::string name() const {
    if (of == Of::networking) return child("networking", member);
    return child(of == Of::vpc ? "networks.vpc" : child("networks.zones", index), member);
  }
  std::string path() const {
    return child(of == Of::networking ? "spec" : kInfrastructurePath, name());
  }
};

std::string detail(std::string_view what, const Named& other) {
  return std::string(what)
      .append(" \"")
      .append(other.name())
      .append("\" (\"")
      .append(other.text)
      .append("\")");
}

void must_be_canonical(const Named& one, Errors& errors) {
  if (one.cidr && !one.cidr->is_canonical()) {
    errors.add(invalid_value(one.path(), quoted(one.text), "must be valid canonical CIDR"));
  }
}

void must_parse(const Named& one, Errors& errors) {
  if (!one.cidr) errors.add(invalid_value(one.path(), quoted(one.text), why_not_cidr(one.text)));
}

void must_be_inside(const Named& outer, const Named& inner, Errors& errors) {
  if (!outer.cidr || !inner.cidr || outer.cidr->contains(*inner.cidr)) return;
  errors.add(invalid_value(inner.path(), quoted(inner.text), detail("must be a subset of", outer)));
}

void must_not_overlap(const Named& other, const Named& one, Errors& errors) {
  if (!other.cidr || !one.cidr || !other.cidr->overlaps(*one.cidr)) return;
  errors.add(invalid_value(one.path(), quoted(one.text), detail("must not overlap with", other)));
}

/// The CIDRs of a shoot; networks that are absent do not parse and so take no part.
struct Cidrs {
  Named nodes, pods, services;
  std::vector<Named> zones;
};

Named of_shoot(std::string_view name, const Text& text) {
  return {.of = Named::Of::networking, .member = name, .index = 0, .text = text.value_or("")};
}

Named of_zone(std::string_view name, std::size_t index, std::string_view text) {
  return {.of = Named::Of::zone, .member = name, .index = index, .text = text};
}

Cidrs collect(const InfrastructureConfig& config, const Networking& networking) {
  const auto& zones = config.networks.zones;
  Cidrs all{.nodes = of_shoot("nodes", networking.nodes),
            .pods = of_shoot("pods", networking.pods),
            .services = of_shoot("services", networking.services),
            .zones = {}};
  all.zones.reserve(zones.size());
  for (std::size_t i = 0; i < zones.size(); ++i) {
    if (!zones[i].worker.empty()) all.zones.push_back(of_zone("worker", i, zones[i].worker));
    if (!zones[i].workers.empty()) all.zones.push_back(of_zone("workers", i, zones[i].workers));
  }
  return all;
}

void check_zones(const InfrastructureConfig& config, const Cidrs& all, Errors& errors) {
  if (config.networks.zones.empty()) {
    errors.add(required(infrastructure_path("networks.zones"),
                        "must specify at least the network for one zone"));
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < config.networks.zones.size(); ++i) {
    const auto& zone = config.networks.zones[i];
    for (const auto text : {zone.worker, zone.workers}) {
      if (!text.empty()) must_be_canonical(all.zones[next++], errors);
    }
    check_nat_gateway(zone, i, errors);
  }
  for (const auto& zone : all.zones) must_parse(zone, errors);
  for (const auto& zone : all.zones) must_be_inside(all.nodes, zone, errors);
}

void check_own_vpc(const Vpc& vpc, Errors& errors) {
  if (!vpc.use_custom_route_table.value_or(false) ||
      vpc.gardener_managed_nat_gateway.value_or(false))
    return;
  errors.add(
      required(infrastructure_path("networks.vpc.gardenerManagedNATGateway"),
               "gardenerManagedNATGateway must be true when useCustomRouteTable is enabled with a "
               "user-provided VPC"));
}

void check_vpc(const Vpc& vpc, const Cidrs& all, Errors& errors) {
  if (vpc.id.has_value() == vpc.cidr.has_value()) {
    errors.add(invalid_value(infrastructure_path("networks.vpc"), to_json(vpc),
                             "must specify either a vpc id or a cidr"));
  } else if (vpc.cidr) {
    const Named cidr{.of = Named::Of::vpc, .member = "cidr", .index = 0, .text = *vpc.cidr};
    must_be_canonical(cidr, errors);
    must_parse(cidr, errors);
    must_be_inside(cidr, all.nodes, errors);
    for (const auto& zone : all.zones) must_be_inside(cidr, zone, errors);
    must_not_overlap(cidr, all.pods, errors);
    must_not_overlap(cidr, all.services, errors);
  }
  if (vpc.id) check_own_vpc(vpc, errors);
}

void check_overlaps(const Cidrs& all, Errors& errors) {
  std::vector<std::optional<Cidr>> networks;
  for (const auto& zone : all.zones) networks.push_back(zone.cidr);
  for (const auto& [i, j] : overlapping_pairs(networks, kMostOverlaps)) {
    must_not_overlap(all.zones[i], all.zones[j], errors);
  }
  for (const auto& zone : all.zones) must_not_overlap(all.pods, zone, errors);
  for (const auto& zone : all.zones) must_not_overlap(all.services, zone, errors);
}

}  // namespace

std::string infrastructure_path(std::string_view name) { return child(kInfrastructurePath, name); }

std::string to_json(const Vpc& vpc) {
  const auto boolean = [](const std::optional<bool>& value) {
    return std::string(!value ? "null" : *value ? "true" : "false");
  };
  return "{\"ID\":" + json_text(vpc.id) + ",\"CIDR\":" + json_text(vpc.cidr) +
         ",\"GardenerManagedNATGateway\":" + boolean(vpc.gardener_managed_nat_gateway) +
         ",\"UseCustomRouteTable\":" + boolean(vpc.use_custom_route_table) + "}";
}

void check_nat_gateway(const Zone& zone, std::size_t index, Errors& errors) {
  if (!zone.nat_gateway) return;
  const auto& id = zone.nat_gateway->eip_allocation_id;
  if (id && !id->empty()) return;
  errors.add(invalid_value(child(infrastructure_path("networks.zones"), index) + ".natGateway",
                           "{\"EIPAllocationID\":" + json_text(id) + "}",
                           id ? "eip id cannot be empty string" : "eip id is not specified"));
}

Errors check_infrastructure(const InfrastructureConfig& config, const Networking& networking,
                            std::string_view region) {
  Errors errors;
  const auto all = collect(config, networking);
  check_zones(config, all, errors);
  check_vpc(config.networks.vpc, all, errors);
  check_overlaps(all, errors);
  check_dual_stack(config, region, errors);
  return errors;
}

}  // namespace alicloud

#include "webhook/alicloud/validator/infrastructure.hpp"

#include <array>

#include "webhook/alicloud/validator/cidr.hpp"
#include "webhook/alicloud/validator/infrastructure_parts.hpp"

namespace alicloud {

namespace {

constexpr std::size_t kMostOverlaps = 2'000;

/// A CIDR and where it stands. `name` is how other messages refer to it.
struct Named {
  std::string path;
  std::string name;
  std::string_view text;
  std::optional<Cidr> cidr;
};

Named named(std::string path, std::string name, std::string_view text) {
  return {
      .path = std::move(path), .name = std::move(name), .text = text, .cidr = Cidr::parse(text)};
}

std::string detail(std::string_view what, const Named& other) {
  return std::string(what)
      .append(" \"")
      .append(other.name)
      .append("\" (\"")
      .append(other.text)
      .append("\")");
}

void must_be_canonical(const Named& one, Errors& errors) {
  if (one.cidr && !one.cidr->is_canonical()) {
    errors.add(invalid_value(one.path, quoted(one.text), "must be valid canonical CIDR"));
  }
}

void must_parse(const Named& one, Errors& errors) {
  if (!one.cidr) errors.add(invalid_value(one.path, quoted(one.text), why_not_cidr(one.text)));
}

void must_be_inside(const Named& outer, const Named& inner, Errors& errors) {
  if (!outer.cidr || !inner.cidr || outer.cidr->contains(*inner.cidr)) return;
  errors.add(invalid_value(inner.path, quoted(inner.text), detail("must be a subset of", outer)));
}

void must_not_overlap(const Named& other, const Named& one, Errors& errors) {
  if (!other.cidr || !one.cidr || !other.cidr->overlaps(*one.cidr)) return;
  errors.add(invalid_value(one.path, quoted(one.text), detail("must not overlap with", other)));
}

/// The CIDRs of a shoot; networks that are absent do not parse and so take no part.
struct Cidrs {
  Named nodes, pods, services;
  std::vector<Named> zones;
};

Named of_shoot(std::string_view name, const Text& text) {
  return named("spec.networking." + std::string(name), "networking." + std::string(name),
               text.value_or(""));
}

Cidrs collect(const InfrastructureConfig& config, const Networking& networking) {
  Cidrs all{.nodes = of_shoot("nodes", networking.nodes),
            .pods = of_shoot("pods", networking.pods),
            .services = of_shoot("services", networking.services),
            .zones = {}};
  for (std::size_t i = 0; i < config.networks.zones.size(); ++i) {
    const auto& zone = config.networks.zones[i];
    const auto name = child("networks.zones", i);
    const auto path = child(kInfrastructurePath, name);
    if (!zone.worker.empty())
      all.zones.push_back(named(path + ".worker", name + ".worker", zone.worker));
    if (!zone.workers.empty())
      all.zones.push_back(named(path + ".workers", name + ".workers", zone.workers));
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
    const auto cidr =
        named(infrastructure_path("networks.vpc.cidr"), "networks.vpc.cidr", *vpc.cidr);
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

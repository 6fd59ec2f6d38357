#include "webhook/alicloud/mutator/shoot.hpp"

namespace alicloud {

namespace {

/// Whether all members but `but` are equal, where one side may have a member that the other has
/// not.
bool equal_but(json::DomNode a, json::DomNode b, std::string_view but) {
  bool same = true;
  const auto compare = [&](json::DomNode from, json::DomNode to) {
    from.each_member([&](std::string_view key, json::DomNode value) {
      if (key != but) same = same && equal(value, to.at(key));
    });
  };
  compare(a, b);
  compare(b, a);
  return same;
}

/// Whether the spec, with its network configuration as it will be, is what it was.
bool is_unchanged(const ShootView& shoot, const ShootView& old,
                  const std::optional<json::Value>& network) {
  const auto spec = shoot.object.at("spec");
  const auto old_spec = old.object.at("spec");
  const auto networking = spec.at("networking");
  const auto old_networking = old_spec.at("networking");
  constexpr std::string_view kConfig = "providerConfig";
  if (!equal_but(spec, old_spec, "networking") || !equal_but(networking, old_networking, kConfig))
    return false;
  if (!network) return equal(networking.at(kConfig), old_networking.at(kConfig));
  return *network == old_networking.at(kConfig).to_value();
}

}  // namespace

Draft draft(const ShootView& shoot, const std::optional<ShootView>& old) {
  if (shoot.typed.spec.provider.workers.empty()) return {};
  const auto network = network_config(shoot, old);
  if (!network) return {.mutation = Mutation::complaint(network.error().what)};
  Draft begun;
  auto& patch = begun.mutation.patch;
  if (*network) {
    const auto& raw = shoot.typed.spec.networking.provider_config;
    patch.change("/spec/networking/providerConfig", raw.node, **network);
  }
  if (old && is_unchanged(shoot, *old, *network)) return begun;
  const auto control_plane = mutate_control_plane(shoot, old, patch);
  if (!control_plane) return {.mutation = Mutation::complaint(control_plane.error().what)};
  begun.workers = std::make_unique<WorkersMutation>(shoot, old);
  return begun;
}

Mutation mutate(Draft& begun, Facts& facts) {
  if (!begun.workers) return begun.mutation;
  auto finding = begun.workers->look_up_images(facts);
  if (!finding.is_fine()) return {.finding = std::move(finding), .patch = {}};
  auto mutation = begun.mutation;
  begun.workers->write(mutation.patch);
  return mutation;
}

}  // namespace alicloud

#include "webhook/alicloud/validator/feature_gates.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace alicloud {

namespace {

using KubernetesVersion = std::array<std::uint64_t, 3>;

constexpr std::string_view kPath =
    "spec.provider.controlPlaneConfig.cloudControllerManager.featureGates";

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Every `v` goes, then what follows the first of - + ~; one to three numbers remain.
std::optional<KubernetesVersion> parse_version(std::string_view text) {
  std::string plain(text);
  std::erase(plain, 'v');
  plain.resize(std::min(plain.find_first_of("-+~"), plain.size()));
  KubernetesVersion version{};
  std::size_t part = 0;
  for (std::size_t at = 0; at <= plain.size(); ++part) {
    const auto end = std::min(plain.find('.', at), plain.size());
    const auto number = part < version.size()
                            ? parse_number(std::string_view(plain).substr(at, end - at))
                            : std::nullopt;
    if (!number) return std::nullopt;
    version[part] = *number;
    at = end + 1;
  }
  return version;
}

const FeatureGate* find(std::string_view name) {
  const auto table = feature_gate_table();
  const auto found = std::ranges::lower_bound(table, name, {}, &FeatureGate::name);
  return found != table.end() && found->name == name ? &*found : nullptr;
}

bool is_from(const KubernetesVersion& version, std::string_view bound) {
  return !bound.empty() && version >= parse_version(bound).value_or(KubernetesVersion{});
}

std::optional<std::string> check(std::string_view name, bool value, std::string_view version_text) {
  const auto path = child(kPath, name);
  const auto* gate = find(name);
  if (gate == nullptr)
    return invalid_value(path, quoted(name), "unknown feature gate " + std::string(name));
  const auto version = parse_version(version_text);
  if (!version) return invalid_value(path, quoted(name), "invalid semantic version");
  const bool too_early = !gate->added.empty() && !is_from(*version, gate->added);
  if (too_early || is_from(*version, gate->removed)) {
    return forbidden(path, "not supported in Kubernetes version " + std::string(version_text));
  }
  if (!is_from(*version, gate->locked_from) || value == gate->locked_value) return std::nullopt;
  const auto text = [](bool boolean) { return std::string(boolean ? "true" : "false"); };
  return forbidden(path, "cannot set feature gate to " + text(value) + ", feature is locked to " +
                             text(gate->locked_value));
}

}  // namespace

Errors check_feature_gates(const std::map<std::string_view, bool>& gates,
                           std::string_view kubernetes_version) {
  Errors errors;
  for (const auto& [name, value] : gates) {
    if (auto error = check(name, value, kubernetes_version)) errors.add(*std::move(error));
  }
  return errors;
}

}  // namespace alicloud

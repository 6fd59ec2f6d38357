#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "kube/testing/is_one_of.hpp"
#include "kube/testing/validate_kinds.hpp"

namespace kube::testing {
namespace {

using json::Value;

constexpr std::int64_t kMostPort = 65535;

bool is_port(const Value& port) { return port.int_or(0) >= 1 && port.int_or(0) <= kMostPort; }

std::string why_not_service_ports(const Value& spec) {
  const auto& ports = spec.at("ports").items();
  const bool headless = spec.at("clusterIP").string_or("") == "None";
  if (ports.empty() && !headless && spec.at("type").string_or("") != "ExternalName") {
    return "spec.ports: Required value";
  }
  std::set<std::string> names;
  for (const auto& port : ports) {
    const std::string name(port.at("name").string_or(""));
    if (name.empty() && ports.size() > 1) return "spec.ports.name: Required value";
    if (!name.empty() && !why_not_dns_label(name).empty()) return "spec.ports.name: Invalid value";
    if (!names.insert(name).second) return "spec.ports.name: Duplicate value";
    if (!is_port(port.at("port"))) return "spec.ports.port: Invalid value";
  }
  return {};
}

bool is_address(std::string_view text) {
  int parts = 0;
  for (auto rest = text; parts < 5;) {
    const auto dot = rest.find('.');
    const std::string part(rest.substr(0, dot));
    const auto digit = [](char letter) { return letter >= '0' && letter <= '9'; };
    if (part.empty() || part.size() > 3 || !std::ranges::all_of(part, digit)) return false;
    if (std::stoi(part) > 255) return false;
    ++parts;
    if (dot == std::string_view::npos) break;
    rest = rest.substr(dot + 1);
  }
  return parts == 4;
}

bool labels_match(const Value& selector, const Value& labels) {
  for (const auto& [key, value] : selector.at("matchLabels").members()) {
    if (labels.at(key) != value) return false;
  }
  return true;
}

std::string why_not_container(const Value& container) {
  const auto name = container.at("name").string_or("");
  if (!why_not_dns_label(name).empty()) return "containers.name: Invalid value";
  if (container.at("image").string_or("").empty()) return "containers.image: Required value";
  for (const auto& port : container.at("ports").items()) {
    if (!is_port(port.at("containerPort"))) return "containers.ports.containerPort: Invalid value";
  }
  return {};
}

std::string why_not_pod(const Value& spec) {
  if (spec.at("containers").items().empty()) return "spec.containers: Required value";
  std::set<std::string> names;
  for (const auto& container : spec.at("containers").items()) {
    if (auto why = why_not_container(container); !why.empty()) return why;
    if (!names.insert(std::string(container.at("name").string_or(""))).second) {
      return "containers.name: Duplicate value";
    }
  }
  return spec.at("restartPolicy").string_or("") == "Always" ? ""
                                                            : "restartPolicy: Unsupported value";
}

std::string why_not_counts(const Value& status) {
  const auto count = [&](const char* name) { return status.at(name).int_or(0); };
  for (const auto* name : {"replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas",
                           "observedGeneration"}) {
    if (count(name) < 0) return std::string("status.") + name + ": Invalid value";
  }
  const bool fits = count("fullyLabeledReplicas") <= count("replicas") &&
                    count("readyReplicas") <= count("replicas") &&
                    count("availableReplicas") <= count("readyReplicas");
  return fits ? "" : "status: Invalid value: cannot be greater than status.replicas";
}

}  // namespace

std::string why_not_service(const Object& service) {
  const auto& spec = service.at("spec");
  if (auto why = why_not_service_ports(spec); !why.empty()) return why;
  constexpr std::array<std::string_view, 4> kTypes = {"ClusterIP", "NodePort", "LoadBalancer",
                                                      "ExternalName"};
  if (!is_one_of(kTypes, spec.at("type").string_or(""))) return "spec.type: Unsupported value";
  constexpr std::array<std::string_view, 2> kAffinities = {"None", "ClientIP"};
  if (!is_one_of(kAffinities, spec.at("sessionAffinity").string_or(""))) {
    return "spec.sessionAffinity: Unsupported value";
  }
  const auto address = spec.at("clusterIP").string_or("");
  if (!address.empty() && address != "None" && !is_address(address)) {
    return "spec.clusterIPs: Invalid value";
  }
  return {};
}

std::string why_not_replica_set(const Object& object) {
  const auto& spec = object.at("spec");
  if (spec.at("replicas").int_or(0) < 0) return "spec.replicas: Invalid value";
  if (spec.at("minReadySeconds").int_or(0) < 0) return "spec.minReadySeconds: Invalid value";
  const auto& selector = spec.at("selector");
  if (selector.at("matchLabels").members().empty() &&
      selector.at("matchExpressions").items().empty()) {
    return "spec.selector: Invalid value: empty selector is invalid";
  }
  if (!labels_match(selector, spec.at("template").at("metadata").at("labels"))) {
    return "spec.template.metadata.labels: Invalid value: selector does not match";
  }
  if (auto why = why_not_pod(spec.at("template").at("spec")); !why.empty()) return why;
  return why_not_counts(object.at("status"));
}

}  // namespace kube::testing

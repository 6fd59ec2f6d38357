#include "operator/desired/webhook_configurations.hpp"

#include <arpa/inet.h>

#include "base/base64.hpp"
#include "operator/desired/lock_out.hpp"

namespace desired {
namespace {

using json::Array;
using json::Value;

bool is_ip(const std::string& host) {
  in6_addr buffer;
  return inet_pton(AF_INET, host.c_str(), &buffer) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &buffer) == 1;
}

/// "[::1]:8443" and "::1" -> "::1", "a:8443" -> "a".
std::string without_port(const std::string& host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  const auto colon = host.find(':');
  const bool is_bare_ipv6 =
      colon != std::string::npos && host.find(':', colon + 1) != std::string::npos;
  return is_bare_ipv6 ? host : host.substr(0, colon);
}

std::string bracketed(const std::string& host) {
  return host.contains(':') && is_ip(host) ? "[" + host + "]" : host;
}

/// With the Service's port where the host names none and HTTPS would mean another.
std::string with_port(const std::string& host, int port) {
  const auto last = host.substr(host.rfind(']') == std::string::npos ? 0 : host.rfind(']'));
  const bool has_port = last.contains(':');
  return host.empty() || has_port || port == 443 ? host : host + ":" + std::to_string(port);
}

Value client_config(const Inputs& inputs, const Address& at, const std::string& path,
                    const std::string& ca_bundle) {
  auto config = Value::object({{"caBundle", base::base64_encode(ca_bundle)}});
  if (at.by_service)
    config["service"] = Value::object({{"namespace", inputs.resource.namespace_name()},
                                       {"name", names(inputs).service},
                                       {"path", path},
                                       {"port", inputs.resource.spec.service.port}});
  else
    config["url"] = "https://" + at.host + path;
  return config;
}

void set_default(Value& entry, std::string_view key, Value value) {
  if (entry.at(key).is_null()) entry[key] = std::move(value);
}

Value entry_of(const Inputs& inputs, const Address& at, const Value& given,
               const std::string& ca_bundle, bool mutating) {
  auto entry = given;
  const std::string path(given.at("path").string_or("/"));
  entry.as_object()->erase("path");
  entry["clientConfig"] = client_config(inputs, at, path, ca_bundle);
  set_default(entry, "matchPolicy", "Equivalent");
  set_default(entry, "timeoutSeconds", 10);
  set_default(entry, "namespaceSelector", json::Object{});
  set_default(entry, "objectSelector", json::Object{});
  if (mutating) set_default(entry, "reinvocationPolicy", "Never");
  Array rules;
  for (auto rule : given.at("rules").items()) {
    set_default(rule, "scope", "*");
    rules.push_back(std::move(rule));
  }
  entry["rules"] = std::move(rules);
  Array conditions = given.at("matchConditions").items();
  for (auto& guard : guards(inputs, given)) conditions.push_back(std::move(guard));
  if (!conditions.empty()) entry["matchConditions"] = std::move(conditions);
  return entry;
}

void add_configuration(std::vector<Item>& items, const Inputs& inputs, const Address& at,
                       const std::string& ca_bundle, const kube::Resource& kind,
                       const std::vector<Value>& entries) {
  if (entries.empty()) return;
  const auto& metadata = inputs.resource.spec.webhooks.metadata;
  auto object = owned(inputs, Cluster::target, kind, "", names(inputs).webhooks);
  for (const auto& [key, value] : metadata.labels) object.set_label(key, value);
  for (const auto& [key, value] : metadata.annotations) object.set_annotation(key, value);
  Array webhooks;
  const bool mutating = kind == kube::kinds::kMutatingWebhookConfiguration;
  for (const auto& entry : entries)
    webhooks.push_back(entry_of(inputs, at, entry, ca_bundle, mutating));
  object["webhooks"] = std::move(webhooks);
  items.push_back({Stage::webhooks, Cluster::target, std::move(object), kWebhooksManager});
}

}  // namespace

Address address(const Inputs& inputs, const std::string& cluster_ip) {
  const auto& resource = inputs.resource;
  const auto service = names(inputs).service;
  const auto in_namespace = service + "." + resource.namespace_name();
  const auto& asked = resource.spec.webhooks.client_config;
  Address at{
      .by_service = asked.type == "Service" || (asked.type.empty() && !resource.is_remote()),
      .host = in_namespace,
      .dns_names = {in_namespace + ".svc", in_namespace, in_namespace + ".svc.cluster.local"},
      .ip_addresses = {}};
  if (asked.url.host == "ClusterIP")
    at.host = bracketed(cluster_ip);
  else if (asked.url.host != "DNS")
    at.host = bracketed(asked.url.host);
  if (const auto host = without_port(at.host); is_ip(host))
    at.ip_addresses.push_back(host);
  else if (!host.empty() && host != in_namespace)
    at.dns_names.push_back(host);
  if (!cluster_ip.empty() && at.host != bracketed(cluster_ip))
    at.ip_addresses.push_back(cluster_ip);
  at.host = with_port(at.host, resource.spec.service.port);
  const auto& more = resource.spec.serving.by_operator;
  at.dns_names.insert(at.dns_names.end(), more.dns_names.begin(), more.dns_names.end());
  at.ip_addresses.insert(at.ip_addresses.end(), more.ip_addresses.begin(), more.ip_addresses.end());
  return at;
}

std::vector<Item> webhook_configurations(const Inputs& inputs, const Address& at,
                                         const std::string& ca_bundle_pem) {
  std::vector<Item> items;
  const auto& webhooks = inputs.resource.spec.webhooks;
  add_configuration(items, inputs, at, ca_bundle_pem, kube::kinds::kValidatingWebhookConfiguration,
                    webhooks.validating);
  add_configuration(items, inputs, at, ca_bundle_pem, kube::kinds::kMutatingWebhookConfiguration,
                    webhooks.mutating);
  return items;
}

}  // namespace desired

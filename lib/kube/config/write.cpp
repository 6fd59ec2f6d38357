#include <string_view>

#include "base/base64.hpp"
#include "json/parse.hpp"
#include "kube/config/kubeconfig.hpp"

namespace kube {
namespace {

void set_unless_empty(json::Value& into, std::string_view key, std::string_view value) {
  if (!value.empty()) into[key] = value;
}

json::Value cluster_of(const KubeconfigSpec& spec) {
  auto cluster = json::Value::object({{"server", spec.server}});
  set_unless_empty(cluster, "tls-server-name", spec.tls_server_name);
  set_unless_empty(cluster, "certificate-authority-data", base::base64_encode(spec.ca_pem));
  return cluster;
}

json::Value user_of(const KubeconfigSpec& spec) {
  json::Value user = json::Object{};
  set_unless_empty(user, "tokenFile", spec.token_file);
  set_unless_empty(user, "client-certificate", spec.certificate_file);
  set_unless_empty(user, "client-key", spec.key_file);
  return user;
}

json::Value context_of(const KubeconfigSpec& spec) {
  auto context = json::Value::object({{"cluster", spec.context_name}, {"user", spec.user_name}});
  set_unless_empty(context, "namespace", spec.default_namespace);
  return context;
}

json::Value named(std::string_view name, std::string_view what, json::Value value) {
  return json::Value::array(
      {json::Value::object({{"name", name}, {std::string(what), std::move(value)}})});
}

}  // namespace

std::string write_kubeconfig(const KubeconfigSpec& spec) {
  const auto config =
      json::Value::object({{"apiVersion", "v1"},
                           {"kind", "Config"},
                           {"current-context", spec.context_name},
                           {"clusters", named(spec.context_name, "cluster", cluster_of(spec))},
                           {"users", named(spec.user_name, "user", user_of(spec))},
                           {"contexts", named(spec.context_name, "context", context_of(spec))}});
  return json::to_pretty_string(config) + "\n";
}

}  // namespace kube

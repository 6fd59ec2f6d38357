#include "kube/testing/pod_defaults.hpp"

#include <string>
#include <utility>

namespace kube::testing {
namespace {

using json::Value;

constexpr int kReadableByOthers = 0644;

void default_probe(Value& container, std::string_view name) {
  if (!container.at(name).as_object()) return;
  auto& probe = container[name];
  set_default(probe, "timeoutSeconds", 1);
  set_default(probe, "periodSeconds", 10);
  set_default(probe, "successThreshold", 1);
  set_default(probe, "failureThreshold", 3);
  if (probe.at("httpGet").as_object()) {
    set_default(probe["httpGet"], "path", "/");
    set_default(probe["httpGet"], "scheme", "HTTP");
  }
}

std::string_view pull_policy(std::string_view image) {
  const auto name = image.substr(image.rfind('/') == std::string_view::npos ? 0 : image.rfind('/'));
  const bool latest = name.ends_with(":latest") || !(name.contains(':') || name.contains('@'));
  return latest ? "Always" : "IfNotPresent";
}

void default_env(Value& container) {
  if (!container.at("env").as_array()) return;
  for (auto& variable : *container["env"].as_array()) {
    if (variable.at("valueFrom").at("fieldRef").as_object()) {
      set_default(variable["valueFrom"]["fieldRef"], "apiVersion", "v1");
    }
  }
}

void default_container(Value& container) {
  set_default(container, "imagePullPolicy", pull_policy(container.at("image").string_or("")));
  set_default(container, "terminationMessagePath", "/dev/termination-log");
  set_default(container, "terminationMessagePolicy", "File");
  set_default(container, "resources", json::Object());
  if (container.at("ports").as_array()) {
    for (auto& port : *container["ports"].as_array()) set_default(port, "protocol", "TCP");
  }
  for (const auto* probe : {"livenessProbe", "readinessProbe", "startupProbe"}) {
    default_probe(container, probe);
  }
  default_env(container);
}

void default_volume(Value& volume) {
  for (const auto* source : {"secret", "configMap", "projected", "downwardAPI"}) {
    if (volume.at(source).as_object())
      set_default(volume[source], "defaultMode", kReadableByOthers);
  }
  if (!volume.at("projected").at("sources").as_array()) return;
  for (auto& source : *volume["projected"]["sources"].as_array()) {
    if (source.at("serviceAccountToken").as_object()) {
      set_default(source["serviceAccountToken"], "expirationSeconds", 3600);
    }
  }
}

/// serviceAccount is the old name of the same field: it follows the new one, and where only it is
/// left the new one is read from it.
void default_account(Value& spec) {
  const auto account = spec.at("serviceAccountName"), old = spec.at("serviceAccount");
  const auto& name = account.string_or("").empty() ? old : account;
  if (name.string_or("").empty()) return;
  spec["serviceAccountName"] = name;
  spec["serviceAccount"] = name;
}

}  // namespace

void set_default(Value& object, std::string_view key, Value value) {
  if (object.at(key).is_null()) object[key] = std::move(value);
}

void default_pod_spec(Value& spec) {
  set_default(spec, "restartPolicy", "Always");
  set_default(spec, "dnsPolicy", "ClusterFirst");
  set_default(spec, "schedulerName", "default-scheduler");
  set_default(spec, "securityContext", json::Object());
  set_default(spec, "terminationGracePeriodSeconds", 30);
  default_account(spec);
  for (const auto* list : {"containers", "initContainers"}) {
    if (!spec.at(list).as_array()) continue;
    for (auto& container : *spec[list].as_array()) default_container(container);
  }
  if (!spec.at("volumes").as_array()) return;
  for (auto& volume : *spec["volumes"].as_array()) default_volume(volume);
}

}  // namespace kube::testing

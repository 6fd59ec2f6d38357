#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "json/parse.hpp"
#include "json/patch.hpp"
#include "operator/api/testing.hpp"
#include "operator/desired/kubeconfig.hpp"
#include "operator/desired/replica_set.hpp"
#include "operator/desired/rights.hpp"
#include "operator/desired/service.hpp"
#include "operator/desired/webhook_configurations.hpp"

// Every object that is made for a resource, as people would read it: testdata/<case>/*.json.
// PORTCULLIS_UPDATE_GOLDEN=1 writes them anew.
namespace desired {
namespace {

namespace fs = std::filesystem;

fs::path folder(const std::string& which) {
  return fs::path("testdata") / which;  // tests run in their room's folder
}

std::string file_name(const Item& item) {
  auto name = std::string(to_string(item.cluster)) + "-" + item.object.resource().kind + "-" +
              (item.object.namespace_name().empty() ? "" : item.object.namespace_name() + "-") +
              item.object.name() + ".json";
  return name;
}

json::Value shown(const Item& item) {
  return json::Value::object({{"stage", static_cast<int>(item.stage)},
                              {"manager", item.manager},
                              {"ifAbsent", item.if_absent},
                              {"object", item.object.document()}});
}

std::vector<Item> render(const api::AdmissionDeployment& resource, const std::string& cluster_ip) {
  const Inputs inputs{resource, "aaaaabbb-0000-4000-8000-000000000000"};
  auto all = target_side(inputs);
  const auto add = [&](std::vector<Item> more) {
    for (auto& item : more) all.push_back(std::move(item));
  };
  add(runtime_identity(inputs));
  all.push_back(service(inputs));
  const auto rendered = pod_template(inputs);
  const auto hash = revision(rendered);
  all.push_back(replica_set(inputs, rendered, hash, resource.spec.workload.replicas));
  all.push_back(disruption_budget(inputs, hash));
  add(webhook_configurations(inputs, address(inputs, cluster_ip), "-----BEGIN CERTIFICATE-----\n"));
  if (resource.projects_token())
    all.push_back(access(inputs, {"https://kubernetes.default.svc", "CA", ""}));
  return all;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string difference(const std::string& before, const json::Value& now) {
  const auto golden = json::parse(before);
  return golden ? json::to_pretty_string(json::diff(*golden, now)) : "the golden file is no JSON";
}

void compare(const std::string& which, const std::vector<Item>& items) {
  const bool update = std::getenv("PORTCULLIS_UPDATE_GOLDEN") != nullptr;
  if (update) fs::remove_all(folder(which)), fs::create_directories(folder(which));
  std::set<std::string> names;
  for (const auto& item : items) {
    const auto path = folder(which) / file_name(item);
    ASSERT_TRUE(names.insert(path.filename()).second) << "twice: " << path.filename();
    const auto now = json::to_pretty_string(shown(item)) + "\n";
    if (update) std::ofstream(path) << now;
    const auto before = read_file(path);
    EXPECT_EQ(before, now) << path.filename() << ": " << difference(before, shown(item));
  }
  for (const auto& entry : fs::directory_iterator(folder(which)))
    EXPECT_TRUE(names.contains(entry.path().filename())) << "is not rendered: " << entry.path();
}

TEST(Golden, RemoteTarget) { compare("remote", render(api::testing::example(), "10.0.0.7")); }

TEST(Golden, RuntimeTargetWithEverything) {
  const auto resource = api::testing::local_example(R"({"spec": {
    "permissions": {"clusterRoleName": "admission-alicloud",
      "roles": [{"namespace": "garden", "rules": [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}]}]},
    "workload": {"replicas": 3, "args": ["--verbose"],
      "imagePullSecrets": [{"name": "registry"}],
      "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
      "runtimeRules": [{"apiGroups": ["coordination.k8s.io"], "resources": ["leases"],
                        "verbs": ["get", "update"]}],
      "podTemplate": {
        "labels": {"team": "garden", "app.kubernetes.io/managed-by": "someone"},
        "annotations": {"note": "x"}, "priorityClassName": "gardener-system-900",
        "nodeSelector": {"pool": "a"}, "affinity": {"nodeAffinity": {}},
        "tolerations": [{"operator": "Exists"}],
        "topologySpreadConstraints": [
          {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"},
          {"maxSkew": 2, "topologyKey": "rack", "whenUnsatisfiable": "DoNotSchedule",
           "labelSelector": {"matchLabels": {"team": "garden"}}}],
        "hostAliases": [{"ip": "10.1.1.1", "hostnames": ["db"]}],
        "env": [{"name": "MODE", "value": "strict"}],
        "volumes": [{"name": "extra", "configMap": {"name": "extra"}}],
        "volumeMounts": [{"name": "extra", "mountPath": "/etc/extra", "readOnly": true}]}},
    "service": {"name": "hooks", "port": 8443, "labels": {"a": "b"}, "annotations": {"c": "d"},
                "trafficDistribution": "PreferClose"},
    "webhooks": {"metadata": {"name": "my-hooks", "annotations": {"e": "f"}},
      "mutating": [{"name": "pods.mutator.example.org", "path": "/webhooks/mutate",
        "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"],
                   "resources": ["pods"], "scope": "Namespaced"}],
        "failurePolicy": "Ignore", "sideEffects": "None", "admissionReviewVersions": ["v1"],
        "matchConditions": [{"name": "x", "expression": "true"}]}]}}})");
  compare("runtime", render(resource, "fd00::7"));
}

TEST(Golden, ProjectedToken) {
  const auto resource = api::testing::local_example(R"({"spec": {"credentials": {
    "type": "ProjectedToken",
    "projectedToken": {"expirationSeconds": 3600, "audience": "garden"}}}})");
  compare("projected", render(resource, "10.0.0.7"));
}

}  // namespace
}  // namespace desired

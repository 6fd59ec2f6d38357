#include "webhook/replay/check.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "json/parse.hpp"

namespace replay {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kShoot = R"(
apiVersion: core.gardener.cloud/v1beta1
kind: Shoot
metadata: {name: crazy, namespace: garden-dev}
spec:
  region: cn-shanghai
  credentialsBindingName: binding
  cloudProfile: {kind: CloudProfile, name: alicloud}
  kubernetes: {version: "1.33.2"}
  networking: {type: calico, nodes: 10.250.0.0/16, pods: 100.0.0.0/11}
  provider:
    type: alicloud
    infrastructureConfig:
      apiVersion: alicloud.provider.extensions.gardener.cloud/v1alpha1
      kind: InfrastructureConfig
      networks:
        vpc: {id: vpc-1}
        zones: [{name: a, workers: 10.250.0.0/19}]
    workers:
    - name: w
      machine: {type: t, image: {name: linux, version: "1"}}
      volume: {type: essd, size: 50Gi}
      zones: [a]
)";

constexpr std::string_view kCluster = R"(
apiVersion: core.gardener.cloud/v1beta1
kind: CloudProfile
metadata: {name: alicloud}
spec:
  providerConfig:
    apiVersion: alicloud.provider.extensions.gardener.cloud/v1alpha1
    kind: CloudProfileConfig
    machineImages:
    - {name: linux, versions: [{version: "1", regions: [{name: cn-shanghai, id: m-1}]}]}
---
apiVersion: v1
kind: List
items:
- apiVersion: security.gardener.cloud/v1alpha1
  kind: CredentialsBinding
  metadata: {name: binding, namespace: garden-dev}
  provider: {type: alicloud}
  credentialsRef: {apiVersion: v1, kind: Secret, namespace: garden-dev, name: creds}
- apiVersion: v1
  kind: Secret
  metadata: {name: creds, namespace: garden-dev}
  data: {accessKeyID: ZmFrZQ==, accessKeySecret: ZmFrZQ==}
)";

class Check : public testing::Test {
 protected:
  Check() {
    std::string pattern = (fs::temp_directory_path() / "check-test-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    options_.manifests = {write("shoot.yaml", std::string(kShoot))};
  }
  ~Check() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    std::ofstream(path) << text;
    return path;
  }
  int check() {
    report_.str("");
    return check_command(options_, report_);
  }
  /// Without the folder.
  std::string report() const {
    auto text = report_.str();
    const auto folder = folder_.string() + "/";
    for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder, at))
      text.erase(at, folder.size());
    return text;
  }

  CheckOptions options_;

 private:
  fs::path folder_;
  std::ostringstream report_;
};

TEST_F(Check, SaysWhatIsNotKnown) {
  EXPECT_EQ(check(), 0);
  EXPECT_EQ(report(),
            "shoot.yaml: Shoot garden-dev/crazy: allowed\n"
            "  not checked: needs CloudProfile alicloud of the cluster\n"
            "1 allowed, 0 denied, 0 not judged\n");
}

TEST_F(Check, SaysWhatNeedsTheCloud) {
  options_.cluster = {write("cluster.yaml", std::string(kCluster))};
  EXPECT_EQ(check(), 0);
  EXPECT_EQ(report(),
            "shoot.yaml: Shoot garden-dev/crazy: allowed, changed in 2 places\n"
            "  not checked: needs the cloud: whether image m-1 in cn-shanghai is the customer's "
            "own, and its volumes encrypted\n"
            "1 allowed, 0 denied, 0 not judged\n");
}

TEST_F(Check, TakesTheCloudsAnswersFromAFile) {
  options_.cluster = {write("cluster.yaml", std::string(kCluster))};
  options_.cloud = write("cloud.json", R"({"cloudImages":{"m-1":{"owner":"self"}}})");
  EXPECT_EQ(check(), 0);
  EXPECT_EQ(report(),
            "shoot.yaml: Shoot garden-dev/crazy: allowed, changed in 3 places\n"
            "1 allowed, 0 denied, 0 not judged\n");
}

TEST_F(Check, TheClusterIsAllThereIs) {
  options_.cluster = {write("cluster.yaml", "")};
  EXPECT_EQ(check(), 1);
  EXPECT_EQ(report(),
            "shoot.yaml: Shoot garden-dev/crazy: denied by /webhooks/mutate: "
            "CloudProfile.core.gardener.cloud \"alicloud\" not found\n"
            "0 allowed, 1 denied, 0 not judged\n");
}

TEST_F(Check, ValidatesWhatTheMutatorMade) {
  auto wrong = std::string(kShoot);
  wrong.replace(wrong.find("zones: [a]"), 10, "zones: [b]");
  options_.manifests = {write("wrong.yaml", wrong)};
  EXPECT_EQ(check(), 1);
  EXPECT_NE(report().find("denied by /webhooks/validate: spec.provider.workers[0].zones[0]: "
                          "Invalid value: \"b\": supported values [a]"),
            std::string::npos);
}

TEST_F(Check, UpdatesWhatIsThereAlready) {
  options_.cluster = {write("cluster.yaml", std::string(kCluster) + "---" + std::string(kShoot))};
  auto changed = std::string(kShoot);
  changed.replace(changed.find("10.250.0.0/16"), 13, "10.250.0.0/15");
  options_.manifests = {write("changed.yaml", changed)};
  EXPECT_EQ(check(), 1);
  EXPECT_NE(report().find("spec.networking.nodes: Invalid value: \"10.250.0.0/15\": field is "
                          "immutable"),
            std::string::npos);
  options_.manifests = {write("same.yaml", std::string(kShoot))};
  EXPECT_EQ(check(), 0);
}

TEST_F(Check, LeavesAloneWhatIsNotOurs) {
  auto other = std::string(kShoot);
  other.replace(other.find("type: alicloud"), 14, "type: aws");
  options_.manifests = {write("others.yaml", other + R"(---
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
---
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: ns}
)")};
  EXPECT_EQ(check(), 0);
  EXPECT_TRUE(report().ends_with("Secret ns/s: not judged\n0 allowed, 0 denied, 3 not judged\n"))
      << report();
}

TEST_F(Check, WritesJson) {
  options_.manifests = {write("secret.json", R"({"apiVersion":"v1","kind":"Secret",
    "metadata":{"name":"s","namespace":"n","labels":{"provider.shoot.gardener.cloud/alicloud":"true"}}})")};
  options_.output = "json";
  EXPECT_EQ(check(), 1);
  const auto result = json::parse(report()).value().at("results").items().at(0);
  EXPECT_EQ(result.at("result").string_or(""), "denied");
  EXPECT_EQ(result.at("operation").string_or(""), "CREATE");
  EXPECT_EQ(result.at("code").int_or(0), 403);
  EXPECT_EQ(result.at("message").string_or(""), "missing \"accessKeyID\" field in secret n/s");
}

TEST_F(Check, NamesTheFileThatCannotBeRead) {
  options_.manifests = {write("bad.yaml", "a: [")};
  EXPECT_EQ(check(), 2);
  EXPECT_TRUE(report().starts_with("error: bad.yaml: neither YAML nor JSON"));
  options_.manifests = {"/nowhere.yaml"};
  EXPECT_EQ(check(), 2);
}

}  // namespace
}  // namespace replay

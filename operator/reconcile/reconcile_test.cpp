#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "operator/reconcile/ready_world.hpp"
#include "operator/reconcile/secrets.hpp"

namespace reconcile::testing {
namespace {

using desired::Cluster;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

// --- from nothing to ready

TEST(Reconcile, MakesAResourceReady) {
  World world;
  world.create();
  ASSERT_TRUE(world.settle()) << told(world);
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_THAT(
      world.owned_objects(),
      ElementsAre("runtime ControllerRevision garden/admission-alicloud-b521f0ac4b",
                  "runtime PodDisruptionBudget garden/admission-alicloud-b521f0ac4b",
                  "runtime ReplicaSet garden/admission-alicloud-b521f0ac4b",
                  "runtime Secret garden/admission-alicloud-kubeconfig",
                  "runtime Secret garden/admission-alicloud-serving",
                  "runtime Secret garden/admission-alicloud-serving-ca",
                  "runtime Service garden/admission-alicloud",
                  "runtime ServiceAccount garden/admission-alicloud",
                  "target ClusterRole garden-admission-alicloud-aaaaa",
                  "target ClusterRoleBinding garden-admission-alicloud-aaaaa",
                  "target Namespace extension-admission-alicloud",
                  "target Secret extension-admission-alicloud/admission-alicloud-credential-g1",
                  "target ServiceAccount extension-admission-alicloud/admission-alicloud",
                  "target ValidatingWebhookConfiguration garden-admission-alicloud-aaaaa"));
}

TEST(Reconcile, MakesAResourceOfTheRuntimeClusterReady) {
  World world;
  world.create_local(R"({"spec": {
    "permissions": {"clusterRoleName": "admission-alicloud",
      "roles": [{"namespace": "garden", "rules": [{"apiGroups": [""], "resources": ["configmaps"],
                                                   "verbs": ["get"]}]}]},
    "workload": {"runtimeRules": [{"apiGroups": [""], "resources": ["pods"],
                                   "verbs": ["get"]}]}}})");
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_TRUE(world.runtime.peek({kinds::kRole, "garden", "admission-alicloud"}));
  EXPECT_TRUE(world.runtime.peek({kinds::kRole, "garden", "admission-alicloud-runtime"}));
  const int writes = world.writes;
  world.run_for(30min);
  EXPECT_EQ(world.writes, writes) << told(world);
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_THAT(world.owned_objects(), IsEmpty());
}

TEST(Reconcile, MakesAKubeconfigForATokenOfTheKubelets) {
  World world;
  world.create_local(kProjected);
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
  const auto secret = world.runtime.peek(kAccess);
  ASSERT_TRUE(secret) << told(world);
  const auto config = data_of(*secret, "kubeconfig").value_or("");
  EXPECT_THAT(config, AllOf(HasSubstr("https://runtime.example"),
                            HasSubstr("/var/run/secrets/portcullis/token")));
  EXPECT_FALSE(data_of(*secret, "token"));
  EXPECT_EQ(world.reason("CredentialsReady"), "Projected");
  world.forget_the_past();
  world.run_for(3h);
  EXPECT_EQ(world.writes, 0) << told(world);
}

TEST(Reconcile, MendsTheKubeconfigThatWasEditedOrDeleted) {
  World world;
  world.create_local(kProjected);
  ASSERT_TRUE(settle(world));
  const auto before = world.runtime.peek(kAccess)->at("data");
  auto secret = *world.runtime.peek(kAccess);
  secret["data"]["kubeconfig"] = "QQ==";
  world.do_as("kubectl", Cluster::runtime, secret, true);
  ASSERT_TRUE(settle(world));
  EXPECT_EQ(world.runtime.peek(kAccess)->at("data"), before);
  world.erase(Cluster::runtime, kAccess);
  ASSERT_TRUE(settle(world));
  EXPECT_EQ(world.runtime.peek(kAccess)->at("data"), before);
}

TEST(Reconcile, KeepsWhatOldReplicasMountUntilTheyAreGone) {
  World world;
  world.create_local(kProjected);
  ASSERT_TRUE(settle(world));
  world.pods_become_ready = false;
  world.edit(R"({"spec": {"credentials": {"type": "InCluster", "projectedToken": null}}})");
  world.run_for(2min);
  EXPECT_TRUE(world.runtime.peek(kAccess)) << told(world);
  world.pods_become_ready = true;
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.runtime.peek(kAccess)) << told(world);
  EXPECT_TRUE(world.is_ready());
  world.edit(kProjected);
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.runtime.peek(kAccess)) << told(world);
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_THAT(world.owned_objects(), IsEmpty());
}

TEST(Reconcile, MakesEveryCertificateAndTokenOnce) {
  World world;
  world.create();
  ASSERT_TRUE(world.settle());
  const auto count = [&](const char* what) {
    return std::ranges::count_if(world.log_of_writes, [&](const std::string& write) {
      return write.find(what) != std::string::npos;
    });
  };
  EXPECT_EQ(count("garden/admission-alicloud-serving-ca"), 1) << told(world);
  EXPECT_EQ(count("garden/admission-alicloud-kubeconfig"), 1) << told(world);
  EXPECT_EQ(count("credential-g"), 1) << told(world);
}

TEST(Reconcile, NoWebhookBeforeReplicasAreReady) {
  World world;
  world.pods_become_ready = false;
  world.create();
  world.run_for(2min);
  EXPECT_FALSE(world.target.peek(kWebhooks));
  EXPECT_EQ(world.reason("Ready"), "WaitingForReplicas") << told(world);
  world.pods_become_ready = true;
  ASSERT_TRUE(world.settle());
  EXPECT_TRUE(world.target.peek(kWebhooks));
}

// --- at rest

TEST(Reconcile, AtRestItWritesNothing) {
  Ready world;
  for (int round = 0; round < 60; ++round) {
    ASSERT_TRUE(world.reconcile());
    world.clock.advance(30s);
  }
  EXPECT_EQ(world.writes, 0) << told(world);
}

TEST(Reconcile, ARestartWritesNothing) {
  Ready world;
  world.restart();
  ASSERT_TRUE(world.settle());
  EXPECT_EQ(world.writes, 0) << told(world);
}

TEST(Reconcile, AtRestItAsksLittle) {
  Ready world;
  for (int round = 0; round < 10; ++round) ASSERT_TRUE(world.reconcile());
  EXPECT_LE(world.requests, 80) << "8 reads for each look";
}

// --- changes

TEST(Change, OfTheImageRollsWithoutLosingReplicas) {
  Ready world;
  world.edit(R"({"spec": {"workload": {"image": "example.org/new:1"}}})");
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready());
  std::int64_t wanted = 0;
  for (const auto& set : world.runtime.peek_all(kinds::kReplicaSet))
    wanted += set.at("spec").at("replicas").int_or(0);
  EXPECT_EQ(wanted, 2);
  EXPECT_THAT(world.runtime.peek_all(kinds::kPodDisruptionBudget), SizeIs(1));
}

TEST(Change, OfRulesAndEntriesPrunesWhatIsNotAskedForAnyMore) {
  Ready world;
  world.edit(R"({"spec": {"permissions": {"clusterRules": []}, "webhooks": {"validating": []}}})");
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.target.peek(kRole));
  EXPECT_FALSE(world.target.peek(kWebhooks));
  EXPECT_TRUE(world.is_ready()) << told(world);
}

TEST(Change, ToSomethingUnsupportedStallsAndTouchesNothing) {
  Ready world;
  const auto before = world.owned_objects();
  world.edit(R"({"spec": {"workload": {"verticalPodAutoscaler": {"updateMode": "Recreate"}}}})");
  world.run_for(1min);
  EXPECT_EQ(world.reason("Stalled"), "NotSupported") << told(world);
  EXPECT_EQ(world.owned_objects(), before);
  world.edit(R"({"spec": {"workload": {"verticalPodAutoscaler": null}}})");
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready());
}

TEST(Change, ToARuleThatCouldLockTheTargetOutStallsAndTouchesNothing) {
  Ready world;
  world.edit(R"({"spec": {"webhooks": {"validating": [
    {"name": "a.example.org", "path": "/a", "failurePolicy": "Fail", "sideEffects": "None",
     "admissionReviewVersions": ["v1"],
     "rules": [{"operations": ["UPDATE"], "apiGroups": [""], "apiVersions": ["v1"],
                "resources": ["nodes/status"]}]}]}}})");
  ASSERT_TRUE(settle(world));
  EXPECT_EQ(world.reason("Stalled"), "MayLockOut") << told(world);
  EXPECT_THAT(world.message("Stalled"), HasSubstr("spec.webhooks.validating[0].rules[0]"));
  EXPECT_EQ(world.target.peek(kWebhooks)
                ->at("webhooks")
                .items()[0]
                .at("rules")
                .items()[0]
                .at("resources")
                .items()[0]
                .string_or(""),
            "secrets");
}

TEST(Change, OfTheTargetNamespaceThatIsDeletedWithdrawsAndComesBack) {
  Ready world;
  world.erase(Cluster::target, {kinds::kNamespace, "", kTargetSpace});
  ASSERT_TRUE(world.reconcile());
  EXPECT_FALSE(world.target.peek(kWebhooks)) << told(world);
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.target.peek(kWebhooks)) << told(world);
  EXPECT_TRUE(world.is_ready());
}

}  // namespace
}  // namespace reconcile::testing

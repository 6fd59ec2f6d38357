#include "operator/plan/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/plan/removal.hpp"
#include "operator/plan/test_scene.hpp"

namespace plan {
namespace {

using api::testing::example;
using api::testing::local_example;
using desired::Cluster;
using desired::Stage;
using ::testing::Contains;
using testing::described;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Scene;
using testing::settled;
using ::testing::SizeIs;
using ::testing::StartsWith;
namespace kinds = kube::kinds;
using namespace std::chrono_literals;

template <class A>
std::vector<A> all_of(const Plan& plan) {
  std::vector<A> found;
  for (const auto& action : plan.actions)
    if (const auto* one = std::get_if<A>(&action)) found.push_back(*one);
  return found;
}

bool changes_nothing(const Scene& scene, const Plan& plan) {
  return std::ranges::all_of(plan.actions, [&](const Action& action) {
    const auto* apply = std::get_if<Apply>(&action);
    return apply && scene.seen.world.contains(key_of(apply->item));
  });
}

// --- from nothing -----------------------------------------------------------------------------

TEST(Plan, BeginsWithTheTargetAndEndsBeforeWhatIsNotThereYet) {
  const auto plan = Scene().plan();
  EXPECT_THAT(
      described(plan),
      ElementsAre("apply Namespace extension-admission-alicloud in the target cluster",
                  StartsWith("apply ServiceAccount extension-admission-alicloud/"),
                  StartsWith("apply ClusterRole "), StartsWith("apply ClusterRoleBinding "),
                  StartsWith("apply ServiceAccount garden/"), StartsWith("apply Service garden/"),
                  StartsWith("issue token generation 1 in the target cluster")));
  ASSERT_TRUE(plan.wait);
  EXPECT_FALSE(plan.webhooks_wanted);
}

TEST(Plan, StagesComeInOrder) {
  Scene scene;
  for (int round = 0; round < 10; ++round) {
    const auto plan = scene.plan();
    auto last = Stage::target_namespace;
    for (const auto& apply : all_of<Apply>(plan)) {
      const bool in_target_before_credential = apply.item.stage < Stage::runtime_identity;
      if (!in_target_before_credential) {
        EXPECT_GE(apply.item.stage, last) << describe(apply);
        last = apply.item.stage;
      }
    }
    scene.perform(plan);
  }
}

TEST(Plan, WebhooksComeOnlyWhenAllReplicasAreReady) {
  Scene scene;
  scene.pods_become_ready = false;
  for (int round = 0; round < 6; ++round) scene.step();
  EXPECT_TRUE(scene.has(kinds::kReplicaSet));
  EXPECT_FALSE(scene.has(kinds::kValidatingWebhookConfiguration));
  const auto plan = scene.plan();
  ASSERT_TRUE(plan.wait);
  EXPECT_EQ(plan.wait->reason, "WaitingForReplicas");
  scene.pods_become_ready = true;
  scene.step().step();
  EXPECT_TRUE(scene.has(kinds::kValidatingWebhookConfiguration));
}

TEST(Plan, NoReplicaIsMadeBeforeWhatItMounts) {
  Scene scene;
  for (int round = 0; round < 6; ++round) {
    const auto plan = scene.plan();
    const bool has_all = scene.seen.token.delivered && scene.seen.serving.leaf;
    for (const auto& apply : all_of<Apply>(plan))
      if (apply.item.stage >= Stage::replicas) EXPECT_TRUE(has_all) << describe(apply);
    scene.perform(plan);
  }
}

TEST(Plan, TheCertificateWaitsForTheServicesAddress) {
  for (const auto* host : {"ClusterIP", "DNS"}) {
    Scene scene(
        example(std::string(R"({"spec": {"webhooks": {"clientConfig": {"url": {"host": ")") + host +
                R"("}}}}})"));
    EXPECT_THAT(all_of<MakeServing>(scene.plan()), IsEmpty()) << host;
    scene.step();
    EXPECT_THAT(all_of<MakeServing>(scene.plan()), SizeIs(1)) << host;
  }
}

// --- converged --------------------------------------------------------------------------------

TEST(Plan, OfWhatIsAsItShouldBeChangesNothing) {
  for (const auto& resource :
       {example(), local_example(), example(R"({"spec": {"webhooks": {"validating": []}}})")}) {
    auto scene = settled(resource);
    const auto plan = scene.plan();
    EXPECT_TRUE(changes_nothing(scene, plan)) << ::testing::PrintToString(described(plan));
    EXPECT_FALSE(plan.wait);
    EXPECT_TRUE(plan.webhooks_wanted);
  }
}

TEST(Plan, LooksAgainAtTheIntervalOrWhenSomethingIsDue) {
  auto scene = settled();
  EXPECT_EQ(scene.plan().look_again, scene.seen.now + 10min);
  const auto due = renewal_of(scene.seen, *scene.seen.token.delivered);
  scene.seen.now = due - 1min;
  EXPECT_EQ(scene.plan().look_again, due);
}

TEST(Plan, SpreadsTheRenewalOfWhatWasMadeInOneMoment) {
  auto scene = settled();
  const auto& held = *scene.seen.token.delivered;
  std::map<std::int64_t, int> minutes;
  for (int i = 0; i < 1'000; ++i) {
    scene.seen.resource.object["metadata"]["uid"] = "uid-" + std::to_string(i);
    const auto wait = renewal_of(scene.seen, held) - held.delivered_at;
    ASSERT_LE(wait, 12h);
    ASSERT_GE(wait, 12h - 72min);
    ++minutes[wait / 1min];
  }
  EXPECT_GE(minutes.size(), 72u);
  for (const auto& [minute, count] : minutes) EXPECT_LE(count, 30) << minute;
}

TEST(Plan, ReplicasThatDrainKeepTheIdentityThatTheyHave) {
  auto scene = settled();
  const Key account{
      Cluster::target,
      {kinds::kServiceAccount, scene.seen.resource.target_namespace(), "admission-alicloud"}};
  ASSERT_TRUE(scene.seen.world.contains(account));
  scene.edit(R"({"spec": {"credentials": {"type": "ClientCertificate", "serviceAccountToken": null,
      "clientCertificate": {"userName": "somebody"}}}})");
  for (int i = 0; i < 20; ++i) {
    scene.step();
    scene.seen.pods += 2;
  }
  EXPECT_TRUE(scene.seen.world.contains(account));
  EXPECT_GT(scene.step().settle(), 0);
  EXPECT_FALSE(scene.seen.world.contains(account));
}

TEST(Plan, PutsARenewalOffWhileManyOthersAreMade) {
  auto scene = settled();
  const auto begin = scene.seen.token.delivered->delivered_at;
  scene.seen.is_crowded = true;
  scene.seen.now = begin + 18h - 1s;
  EXPECT_THAT(all_of<IssueToken>(scene.plan()), IsEmpty());
  EXPECT_LE(scene.plan().look_again, scene.seen.now + 10s);
  scene.seen.now = begin + 18h;
  EXPECT_THAT(all_of<IssueToken>(scene.plan()), SizeIs(1)) << "a quarter of its life is left";
}

TEST(Plan, NeedsNoTokenInTheRuntimeCluster) {
  auto scene = settled(local_example());
  EXPECT_FALSE(scene.seen.token.delivered);
  EXPECT_FALSE(scene.has(kinds::kNamespace));
}

TEST(Plan, RemovesNothingWithoutAUid) {
  auto scene = settled();
  scene.edit(R"({"spec": {"permissions": {"clusterRules": []}, "webhooks": {"validating": []}}})");
  const auto removals = all_of<Remove>(scene.plan());
  EXPECT_THAT(removals, SizeIs(3));
  for (const auto& remove : removals)
    EXPECT_EQ(remove.uid, scene.seen.world.at(remove.key).uid()) << describe(remove);
}

// --- changes ------------------------------------------------------------------------------------

TEST(Plan, PrunesWhatIsNotAskedForAnyMoreWebhooksFirst) {
  auto scene = settled();
  scene.edit(R"({"spec": {"permissions": {"clusterRules": []}, "webhooks": {"validating": []}}})");
  const auto plan = scene.plan();
  EXPECT_THAT(
      described(Plan{.actions = {plan.actions.end() - 3, plan.actions.end()}}),
      ElementsAre(StartsWith("delete ValidatingWebhookConfiguration "),
                  StartsWith("delete ClusterRole "), StartsWith("delete ClusterRoleBinding ")));
  scene.perform(plan);
  EXPECT_TRUE(changes_nothing(scene, scene.plan()));
}

TEST(Plan, PrunesRolesOfNamespacesThatAreNotGrantedAnyMore) {
  auto scene = settled(example(
      R"({"spec": {"permissions": {"roles": [{"namespace": "a", "rules": [{"verbs": ["get"]}]},
                                             {"namespace": "b", "rules": [{"verbs": ["get"]}]}]}}})"));
  scene.edit(R"({"spec": {"permissions": {"roles": [{"namespace": "b",
                                                     "rules": [{"verbs": ["get"]}]}]}}})");
  const auto removals = all_of<Remove>(scene.plan());
  ASSERT_THAT(removals, SizeIs(2));
  for (const auto& remove : removals) EXPECT_EQ(remove.key.ref.namespace_name, "a");
}

TEST(Plan, NeverPrunesItsSecretsPodsOrNamespaces) {
  auto scene = settled();
  const auto pod = kube::Object::make(kinds::kPod, "garden", "p");
  scene.seen.world.emplace(Key{Cluster::runtime, pod.ref()}, pod);
  EXPECT_THAT(all_of<Remove>(scene.plan()), IsEmpty());
}

TEST(Plan, ANewRevisionComesUpBesideTheOldOne) {
  auto scene = settled();
  scene.edit(R"({"spec": {"workload": {"image": "new"}}})");
  scene.pods_become_ready = false;
  scene.step();
  ASSERT_THAT(scene.seen.revisions, SizeIs(2));
  EXPECT_EQ(scene.seen.revisions[0].replicas, 2);
  EXPECT_EQ(scene.seen.revisions[1].replicas, 2);
  scene.pods_become_ready = true;
  scene.step();
  EXPECT_NE(scene.settle(), -1);
  EXPECT_EQ(scene.seen.revisions[0].replicas, 0);
  EXPECT_EQ(scene.plan().rollout->stable, scene.seen.revisions[1].revision);
}

TEST(Plan, ChangedWebhooksWaitForTheRevisionThatKnowsThem) {
  auto scene = settled();
  scene.pods_become_ready = false;
  scene.edit(R"({"spec": {"workload": {"image": "new"},
                          "webhooks": {"clientConfig": {"url": {"host": "DNS"}}}}})");
  const auto is_webhook = [](const Apply& apply) { return apply.item.stage == Stage::webhooks; };
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(std::ranges::none_of(all_of<Apply>(scene.plan()), is_webhook));
    EXPECT_THAT(all_of<Remove>(scene.plan()), IsEmpty());
    scene.step();
  }
  scene.pods_become_ready = true;
  scene.step();
  EXPECT_TRUE(std::ranges::any_of(all_of<Apply>(scene.plan()), is_webhook));
}

TEST(Plan, ReplicasThatAreMissingDoNotHoldBackWebhooks) {
  auto scene = settled();
  scene.seen.revisions[0].ready = 0;
  const auto plan = scene.plan();
  EXPECT_FALSE(plan.wait);
  EXPECT_EQ(plan.rollout->stable, scene.seen.revisions[0].revision);
  EXPECT_TRUE(std::ranges::any_of(
      all_of<Apply>(plan), [](const Apply& apply) { return apply.item.stage == Stage::webhooks; }));
}

TEST(Plan, ARepairIsNeverStuckHoweverOftenItIsLookedAt) {
  auto scene = settled();
  scene.pods_become_ready = false;
  scene.seen.revisions[0].ready = 1;
  for (int hour = 0; hour < 5; ++hour) {
    scene.seen.now += 1h;
    EXPECT_EQ(scene.plan().rollout->phase, rollout::Decision::Phase::progressing);
    scene.step();
    scene.seen.revisions[0].ready = 1;
  }
}

TEST(Plan, ARollBackHasItsWholeDeadline) {
  auto scene = settled();
  const auto first = scene.seen.resource.spec.workload.image;
  scene.edit(R"({"spec": {"workload": {"image": "new"}}})");
  scene.settle();
  scene.seen.now += 24h;
  scene.pods_become_ready = false;
  scene.edit(R"({"spec": {"workload": {"image": ")" + first + R"("}}})");
  scene.step();
  scene.seen.now += 599s;
  EXPECT_EQ(scene.plan().rollout->phase, rollout::Decision::Phase::progressing);
  scene.step();
  scene.seen.now += 1s;
  EXPECT_EQ(scene.plan().rollout->phase, rollout::Decision::Phase::stuck);
}

TEST(Plan, ARenamedAccountKeepsTheOldOneAndItsRightsUntilItsTokensAreRetired) {
  auto scene = settled();
  const Key former{Cluster::target,
                   {kinds::kServiceAccount, "extension-admission-alicloud", "admission-alicloud"}};
  scene.edit(
      R"({"spec": {"credentials": {"serviceAccountToken": {"serviceAccountName": "new"}}}})");
  scene.seen.token.service_account_uid.clear();  // there is no account of that name
  for (int round = 0; round < 4; ++round) {
    for (const auto& apply : all_of<Apply>(scene.plan()))
      if (apply.item.object.resource() == kinds::kClusterRoleBinding)
        EXPECT_THAT(apply.item.object.at("subjects").items(), SizeIs(2));
    scene.step();
    EXPECT_TRUE(scene.seen.world.contains(former));
  }
  EXPECT_EQ(scene.seen.token.delivered->generation, 2);
  scene.seen.now += 1h;
  EXPECT_NE(scene.settle(), -1);
  EXPECT_FALSE(scene.seen.world.contains(former));
  EXPECT_THAT(scene.seen.token.anchors, SizeIs(1));
}

TEST(Plan, SuspendedItDoesNothing) {
  auto scene = settled();
  scene.edit(R"({"spec": {"suspend": true, "workload": {"image": "new"}}})");
  scene.seen.now += 24h;
  EXPECT_THAT(scene.plan().actions, IsEmpty());
  EXPECT_THAT(scene.be_deleted().plan().actions, Not(IsEmpty()));
}

// --- a target that cannot be reached ------------------------------------------------------------

TEST(Plan, WithoutTheTargetEverythingGoesOnServing) {
  auto scene = settled();
  scene.lose_target();
  const auto plan = scene.plan();
  for (const auto& apply : all_of<Apply>(plan)) EXPECT_EQ(apply.item.cluster, Cluster::runtime);
  EXPECT_THAT(all_of<Remove>(plan), IsEmpty());
  EXPECT_THAT(all_of<IssueToken>(plan), IsEmpty());
  EXPECT_FALSE(plan.wait);
  EXPECT_EQ(plan.rollout->phase, rollout::Decision::Phase::complete);
}

TEST(Plan, WithoutTheTargetTheServingCertificateIsStillRenewed) {
  auto scene = settled();
  scene.lose_target().seen.now += 169h;
  EXPECT_THAT(all_of<MakeServing>(scene.plan()), SizeIs(1));
}

// --- a namespace that goes ----------------------------------------------------------------------

TEST(Plan, ATerminatingNamespaceWithdrawsWebhooksAtOnce) {
  auto scene = settled();
  scene.seen.terminating = "target namespace extension-admission-alicloud";
  const auto plan = scene.plan();
  EXPECT_THAT(described(plan), ElementsAre(StartsWith("delete ValidatingWebhookConfiguration ")));
  EXPECT_EQ(plan.wait->reason, "NamespaceTerminating");
}

// --- deletion -----------------------------------------------------------------------------------

TEST(Removal, GoesBackwardsStageByStage) {
  auto scene = settled();
  scene.be_deleted().seen.target_namespace_is_ours = true;
  std::vector<std::string> all;
  for (int round = 0; round < 40 && !scene.released; ++round) {
    const auto plan = scene.plan();
    EXPECT_THAT(all_of<Apply>(plan), IsEmpty());
    for (auto& text : described(plan)) all.push_back(std::move(text));
    scene.perform(plan);
    scene.seen.now += 5s;
  }
  EXPECT_TRUE(scene.released);
  EXPECT_THAT(scene.seen.world, IsEmpty());
  EXPECT_THAT(
      all, ElementsAre(StartsWith("delete ValidatingWebhookConfiguration "),
                       StartsWith("delete ControllerRevision "), StartsWith("delete ReplicaSet "),
                       StartsWith("delete PodDisruptionBudget "), StartsWith("delete Secret "),
                       StartsWith("delete Secret "), StartsWith("delete Secret "),
                       StartsWith("delete Secret "), StartsWith("delete ServiceAccount garden/"),
                       StartsWith("delete Service "), StartsWith("delete ServiceAccount extension"),
                       StartsWith("delete ClusterRole"), StartsWith("delete ClusterRole"),
                       "delete Namespace extension-admission-alicloud in the target cluster",
                       "release the resource in the runtime cluster"));
}

TEST(Removal, WaitsUntilNoApiServerCallsTheWebhooksAnyMore) {
  auto scene = settled();
  scene.be_deleted().step();
  EXPECT_FALSE(scene.has(kinds::kValidatingWebhookConfiguration));
  const auto gone = scene.seen.now;
  while (scene.has(kinds::kReplicaSet)) {
    scene.step();
    scene.seen.now += 1s;
    ASSERT_LT(scene.seen.now, gone + 1min);
  }
  EXPECT_GE(scene.seen.now - gone, kWithdrawalSettles);
}

TEST(Removal, AClockThatIsSetBackDoesNotHoldItUp) {
  auto scene = settled();
  scene.be_deleted().step().step();
  scene.seen.now -= 1h;
  for (int second = 0; second < 30; ++second) scene.step().seen.now += 1s;
  EXPECT_FALSE(scene.has(kinds::kReplicaSet));
}

TEST(Removal, KeepsReplicasWhileAWebhookIsStillThere) {
  auto scene = settled();
  scene.be_deleted();
  for (auto& [key, object] : scene.seen.world)
    if (stage_of(key) == Stage::webhooks)
      object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  const auto plan = scene.plan();
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(plan.wait->reason, "Withdrawing");
}

TEST(Removal, WaitsForPodsToDrain) {
  auto scene = settled();
  scene.be_deleted();
  while (scene.has(kinds::kReplicaSet)) scene.step().seen.now += 5s;
  scene.seen.pods = 2;
  const auto plan = scene.plan();
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_THAT(plan.wait->message, HasSubstr("2 Pods"));
}

TEST(Removal, AnUnreachableTargetKeepsEverything) {
  for (auto scene : {settled(), settled(local_example())}) {
    scene.be_deleted().lose_target().seen.now += 24h;
    const auto plan = scene.plan();
    EXPECT_THAT(plan.actions, IsEmpty());
    EXPECT_EQ(plan.wait->reason, "DeletionBlocked");
    EXPECT_THAT(plan.wait->message, HasSubstr("connection refused"));
  }
}

TEST(Removal, LeavesANamespaceThatIsNotOurs) {
  auto scene = settled();
  scene.be_deleted();
  for (int round = 0; round < 40 && !scene.released; ++round) scene.step().seen.now += 5s;
  EXPECT_TRUE(scene.released);
  EXPECT_TRUE(scene.has(kinds::kNamespace));
  EXPECT_THAT(scene.seen.world, SizeIs(1));
}

TEST(Removal, OfWhatWasNeverMadeIsShort) {
  Scene scene;
  scene.be_deleted().step().seen.now += 11s;
  EXPECT_TRUE(scene.step().released);
}

TEST(CredentialInputs, AreEverythingTheKubeconfigDependsOn) {
  const Scene scene;
  const auto before = credential_inputs(scene.seen);
  for (const auto* patch :
       {R"({"spec": {"credentials": {"serviceAccountToken": {"serviceAccountName": "x"}}}})",
        R"({"spec": {"credentials": {"serviceAccountToken": {"expirationSeconds": 7200}}}})",
        R"({"spec": {"credentials": {"serviceAccountToken": {"audiences": ["a"]}}}})",
        R"({"spec": {"credentials": {"delivery": {"mountPath": "/x"}}}})"})
    EXPECT_NE(credential_inputs(Scene(example(patch)).seen), before) << patch;
  Scene moved;
  moved.seen.target.server = "https://other";
  EXPECT_NE(credential_inputs(moved.seen), before);
  EXPECT_EQ(credential_inputs(Scene(example(R"({"spec": {"workload": {"image": "x"}}})")).seen),
            before);
}

}  // namespace
}  // namespace plan

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

// --- deletion

TEST(Deletion, LeavesNothingInEitherCluster) {
  Ready world;
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.resource());
  EXPECT_THAT(world.owned_objects(), IsEmpty()) << told(world);
  EXPECT_THAT(world.runtime.peek_all(kinds::kPod), IsEmpty());
}

TEST(Deletion, KeepsReplicasUntilWebhooksAreGoneForAWhile) {
  Ready world;
  const auto count = [&] { return world.runtime.peek_all(kinds::kReplicaSet).size(); };
  world.remove();
  std::optional<base::TimePoint> withdrawn;
  for (int round = 0; round < 200 && count() > 0; ++round) {
    const auto done = world.reconcile();
    if (!world.target.peek(kWebhooks) && !withdrawn) withdrawn = world.clock.now();
    world.clock.advance(500ms);
  }
  ASSERT_TRUE(withdrawn);
  EXPECT_GE(world.clock.now() - *withdrawn, 9s);
}

TEST(Deletion, IsSaidUntilTheEnd) {
  Ready world;
  world.edit(
      R"({"metadata": {"finalizers": ["admission.portcullis.dev/finalizer", "example.org/holds"]}})");
  int releases = 0;
  world.fault = [&](const Call& call) -> kube::testing::FaultyApi::Verdict {
    const auto* patch = std::get_if<kube::Patch>(&call.request);
    const bool is_release = patch && patch->ref.resource == kinds::kAdmissionDeployment &&
                            !patch->body.at("metadata").at("finalizers").is_null();
    if (is_release && ++releases == 1)
      return {.before = base::Error{.kind = base::Error::Kind::conflict, .what = "changed"}};
    return {};
  };
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_EQ(releases, 2);
  ASSERT_TRUE(world.resource());
  EXPECT_THAT(world.resource()->finalizers(), ElementsAre("example.org/holds"));
  EXPECT_EQ(world.reason("Ready"), "Deleting") << told(world);
}

TEST(Deletion, KeepsANamespaceThatOthersUse) {
  Ready world;
  world.do_as("user", Cluster::target, kube::Object::make(kinds::kSecret, kTargetSpace, "mine"));
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.resource());
  EXPECT_TRUE(world.target.peek({kinds::kSecret, kTargetSpace, "mine"}));
}

TEST(Deletion, TheLastOfThoseThatShareANamespaceTakesItAlong) {
  Ready world;
  const kube::ObjectRef space{kinds::kNamespace, "", kTargetSpace};
  world.create(R"({"metadata": {"name": "other"}, "spec": {"credentials": {"serviceAccountToken":
      {"serviceAccountName": "other"}}}})");
  world.turn_to("garden", "other");
  ASSERT_TRUE(settle(world));
  world.turn_to("garden", "admission-alicloud");
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.target.peek(space)) << "the other lives in it";
  world.turn_to("garden", "other");
  EXPECT_TRUE(world.is_ready()) << told(world);
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.target.peek(space)) << told(world);
}

TEST(Deletion, KeepsANamespaceWithObjectsOfAKindThatNobodyThoughtOf) {
  Ready world;
  world.do_as("user", Cluster::target, kube::Object::make(kinds::kLease, kTargetSpace, "mine"));
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.resource());
  EXPECT_TRUE(world.target.peek({kinds::kLease, kTargetSpace, "mine"}));
  EXPECT_TRUE(world.target.peek({kinds::kNamespace, "", kTargetSpace}));
}

TEST(Deletion, KeepsANamespaceThatItMayNotLookInto) {
  Ready world;
  world.fault = [](const Call& call) -> kube::testing::FaultyApi::Verdict {
    const auto* list = std::get_if<kube::List>(&call.request);
    if (list && call.cluster == Cluster::target && list->resource == kinds::kConfigMap)
      return {.before = base::Error{.kind = base::Error::Kind::denied, .what = "no list"}};
    return {};
  };
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.resource());
  EXPECT_TRUE(world.target.peek({kinds::kNamespace, "", kTargetSpace}));
}

TEST(Deletion, WaitsForATargetThatCannotBeReached) {
  Ready world;
  world.fault = [](const Call& call) -> kube::testing::FaultyApi::Verdict {
    if (call.cluster == Cluster::target) return {.before = base::transient("no route")};
    return {};
  };
  world.remove();
  world.run_for(1h);
  EXPECT_EQ(world.reason("Ready"), "DeletionBlocked") << told(world);
  EXPECT_THAT(world.runtime.peek_all(kinds::kReplicaSet), SizeIs(1));
  world.fault = nullptr;
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.resource());
  EXPECT_THAT(world.owned_objects(), IsEmpty());
}

TEST(Deletion, WithoutItsAccessSecretIsBlockedAndSaysWhy) {
  Ready world;
  world.runtime.forget({kinds::kSecret, "garden", "virtual-garden"});  // whatever held it
  world.remove();
  world.run_for(1min);
  EXPECT_EQ(world.reason("Ready"), "DeletionBlocked") << told(world);
  EXPECT_THAT(world.message("Ready"), HasSubstr("garden/virtual-garden"));
  EXPECT_THAT(world.runtime.peek_all(kinds::kReplicaSet), SizeIs(1));
  world.write_access_secret();
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.resource());
}

TEST(Deletion, OfAResourceThatCannotBeReadDoesNothing) {
  Ready world;
  world.edit(R"({"spec": {"service": {"port": "many"}}})");
  world.remove();
  world.run_for(1min);
  EXPECT_TRUE(world.resource());
  EXPECT_TRUE(world.target.peek(kWebhooks));
  EXPECT_EQ(world.reason("Stalled"), "NotSupported") << told(world);
}

// --- outages

TEST(Outage, OfTheTargetKeepsEverythingAndHeals) {
  Ready world;
  world.fault = [](const Call& call) -> kube::testing::FaultyApi::Verdict {
    if (call.cluster == Cluster::target) return {.before = base::transient("no route to host")};
    return {};
  };
  const auto before = world.owned_objects();
  world.run_for(1h);
  EXPECT_EQ(world.reason("TargetReachable"), "Unreachable");
  EXPECT_THAT(world.message("Ready"),
              AllOf(HasSubstr("no route to host"), HasSubstr("target cluster")));
  EXPECT_EQ(world.owned_objects(), before);
  world.fault = nullptr;
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready());
}

TEST(Access, AnotherServerIsEnteredAndTheCredentialMadeForIt) {
  Ready world;
  world.write_access_secret("https://moved.example");
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_THAT(data_of(*world.runtime.peek(kCredential), "kubeconfig").value_or(""),
              HasSubstr("https://moved.example"));
}

TEST(Access, AMissingSecretIsStalledWithItsName) {
  World world;
  world.create();
  world.erase(Cluster::runtime, {kinds::kSecret, "garden", "virtual-garden"});
  world.run_for(30s);
  EXPECT_EQ(world.reason("Stalled"), "AccessSecretMissing") << told(world);
  EXPECT_THAT(world.message("Ready"), HasSubstr("garden/virtual-garden"));
  world.write_access_secret();
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready());
}

}  // namespace
}  // namespace reconcile::testing

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/reconcile/ready_world.hpp"

namespace reconcile::testing {
namespace {

using desired::Cluster;
using kube::testing::FaultyApi;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

/// Refuses lists in one namespace of a cluster, as a server does where there is no RoleBinding.
Fault no_rights(Cluster cluster, std::string space) {
  return [=](const Call& call) -> FaultyApi::Verdict {
    const auto* list = std::get_if<kube::List>(&call.request);
    if (!list || call.cluster != cluster || list->namespace_name != space) return {};
    return {.before = base::Error{.kind = base::Error::Kind::denied, .what = "no list in " + space},
            .after = {}};
  };
}

/// Reconciles until it is so; real time passes for the back-off of the caches.
bool comes_true(World& world, const std::function<bool()>& what) {
  const auto deadline = kube::Deadline::in(std::chrono::seconds(20));
  while (!what() && !deadline.is_over()) (void)world.reconcile();
  return what();
}

constexpr auto kOther = R"({"metadata": {"name": "other"},
    "spec": {"target": {"namespace": "other-space"}}})";

TEST(NamespaceWithoutRights, StallsItsOwnResourcesOnlyAndHeals) {
  World world;
  world.namespaces = {"garden", "fenced-off"};
  world.fault = no_rights(Cluster::runtime, "fenced-off");
  world.do_as("user", Cluster::runtime, kube::Object::make(kinds::kNamespace, "", "fenced-off"));
  world.restart();
  world.create(R"({"metadata": {"namespace": "fenced-off"}})");
  world.turn_to("fenced-off", "admission-alicloud");
  ASSERT_TRUE(comes_true(world, [&] { return world.reason("Stalled") == "NamespaceNotGranted"; }))
      << told(world);
  EXPECT_THAT(world.message("Stalled"), HasSubstr("no list in fenced-off"));
  EXPECT_TRUE(world.resource()->finalizers().empty()) << "it may not write there";

  world.turn_to("garden", "admission-alicloud");
  world.create();
  settle(world);
  EXPECT_TRUE(world.is_ready()) << told(world);

  world.turn_to("fenced-off", "admission-alicloud");
  world.fault = {};
  EXPECT_TRUE(comes_true(world, [&] { return world.reason("Stalled") != "NamespaceNotGranted"; }))
      << told(world);
}

TEST(SharedAccess, MissingRightsAreTheTroubleOfWhoNeedsThem) {
  Ready world;
  world.fault = no_rights(Cluster::target, "other-space");
  world.create(kOther);
  world.turn_to("garden", "other");
  ASSERT_TRUE(comes_true(world, [&] { return world.reason("TargetReachable") == "Forbidden"; }))
      << told(world);
  EXPECT_THAT(world.message("TargetReachable"), HasSubstr("no list in other-space"));

  world.turn_to("garden", "admission-alicloud");
  world.edit(R"({"spec": {"workload": {"replicas": 3}}})");
  settle(world);
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_EQ(world.condition("TargetReachable").at("status").string_or(""), "True");

  world.turn_to("garden", "other");
  world.fault = {};
  EXPECT_TRUE(comes_true(world, [&] { return world.is_ready(); })) << told(world);
}

TEST(SharedAccess, CachesEndWithTheLastResourceThatNeedsThem) {
  Ready world;
  const auto in_target = world.target.watches(), in_runtime = world.runtime.watches();
  world.create(kOther);
  world.turn_to("garden", "other");
  settle(world);
  EXPECT_THAT(world.target.watches(), Contains(HasSubstr("secrets other-space ")));
  world.remove();
  settle(world);
  ASSERT_FALSE(world.resource());
  (void)world.reconcile();
  EXPECT_EQ(world.target.watches(), in_target);
  EXPECT_EQ(world.runtime.watches(), in_runtime) << "the access Secret is still in use";

  world.turn_to("garden", "admission-alicloud");
  EXPECT_THAT(in_runtime, Contains(HasSubstr("metadata.name=virtual-garden")));
  world.remove();
  settle(world);
  (void)world.reconcile();
  EXPECT_THAT(world.target.watches(), ::testing::IsEmpty());
  EXPECT_THAT(world.runtime.watches(), Not(Contains(HasSubstr("metadata.name="))));
}

TEST(SharedAccess, AResourceThatTurnsToAnotherSecretLeavesTheOldOne) {
  Ready world;
  auto secret = *world.runtime.peek({kinds::kSecret, "garden", "virtual-garden"});
  auto second = kube::Object::make(kinds::kSecret, "garden", "second-way");
  second["data"] = secret.at("data");
  world.do_as("user", Cluster::runtime, std::move(second));
  world.edit(R"({"spec": {"target": {"access": {"secretRef": {"name": "second-way"}}}}})");
  settle(world);
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_THAT(world.runtime.watches(), Contains(HasSubstr("metadata.name=second-way")));
  EXPECT_THAT(world.runtime.watches(), Not(Contains(HasSubstr("metadata.name=virtual-garden"))));
  const auto watches = world.target.watches();
  EXPECT_EQ(std::ranges::count(watches, watches.front()), 1) << "the old target's caches go on";
}

}  // namespace
}  // namespace reconcile::testing

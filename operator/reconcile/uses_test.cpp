#include "operator/reconcile/uses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/reconcile/ready_world.hpp"

namespace reconcile::testing {
namespace {

using desired::Cluster;
using namespace std::chrono_literals;

const kube::ObjectRef kWayIn{kinds::kSecret, "garden", "virtual-garden"};

bool is_held(const World& world, const kube::ObjectRef& ref = kWayIn) {
  const auto secret = world.runtime.peek(ref);
  return secret && plan::is_held(*secret);
}

void create_other(World& world) {
  world.create(R"({"metadata": {"name": "other"},
      "spec": {"target": {"namespace": "other-space"}}})");
  world.turn_to("garden", "other");
  settle(world);
}

TEST(NamedSecrets, ThatAreDeletedWithTheirResourceGoAfterIt) {
  Ready world;
  ASSERT_TRUE(is_held(world));
  world.erase(Cluster::runtime, kWayIn);
  world.run_for(5min);
  EXPECT_TRUE(world.is_ready()) << told(world);
  ASSERT_TRUE(world.runtime.peek(kWayIn));
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.resource());
  EXPECT_TRUE(world.owned_objects().empty()) << told(world);
  EXPECT_FALSE(world.runtime.peek(kWayIn));
}

TEST(NamedSecrets, StayUntilTheLastResourceNamesAnother) {
  Ready world;
  create_other(world);
  world.turn_to("garden", "admission-alicloud");
  world.remove();
  ASSERT_TRUE(settle(world));
  (void)world.reconcile();
  EXPECT_TRUE(is_held(world));
  world.turn_to("garden", "other");
  auto second = kube::Object::make(kinds::kSecret, "garden", "second-way");
  second["data"] = world.runtime.peek(kWayIn)->at("data");
  world.do_as("user", Cluster::runtime, std::move(second));
  world.edit(R"({"spec": {"target": {"access": {"secretRef": {"name": "second-way"}}}}})");
  settle(world);
  EXPECT_FALSE(is_held(world));
  EXPECT_TRUE(is_held(world, {kinds::kSecret, "garden", "second-way"}));
}

TEST(NamedSecrets, OfTwoThatLeaveAtOnceAreLetGo) {
  Ready world;
  create_other(world);
  for (const auto* name : {"other", "admission-alicloud"}) {
    world.turn_to("garden", name);
    world.remove();
  }
  for (int round = 0; round < 300 && is_held(world); ++round) {
    world.turn_to("garden", round % 2 == 0 ? "other" : "admission-alicloud");
    (void)world.reconcile();
    world.clock.advance(1s);
  }
  EXPECT_FALSE(is_held(world)) << told(world);
}

}  // namespace
}  // namespace reconcile::testing

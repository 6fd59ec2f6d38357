#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/base64.hpp"
#include "operator/reconcile/ready_world.hpp"
#include "operator/reconcile/secrets.hpp"

namespace reconcile::testing {
namespace {

using desired::Cluster;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace std::chrono_literals;

// --- credentials over time

TEST(Credentials, AreRotatedOnceWhenAPersonAsks) {
  Ready world;
  for (const auto* asked : {"a", "credentials:b", "leaf:c"})  // the last is not about credentials
    for (int again = 0; again < 2; ++again) {
      world.edit(
          std::string(R"({"metadata": {"annotations": {"admission.portcullis.dev/rotate": ")") +
          asked + "\"}}}");
      ASSERT_TRUE(settle(world));
    }
  world.run_for(30min);
  EXPECT_THAT(world.anchors(), ElementsAre("admission-alicloud-credential-g3"));
}

TEST(Credentials, AreRenewedAtHalfOfTheirLifeAndTheOldOneRetired) {
  Ready world;
  const auto due = base::parse_rfc3339(
      world.resource()->at("status").at("credentials").at("renewAt").string_or(""));
  ASSERT_TRUE(due);
  EXPECT_LE(*due - world.clock.now(), 12h);
  EXPECT_GE(*due - world.clock.now(), 10h);
  world.run_for(*due - world.clock.now() - 2min);
  EXPECT_THAT(world.anchors(), ElementsAre("admission-alicloud-credential-g1"));
  world.run_for(10min);
  EXPECT_THAT(world.anchors(), SizeIs(2));
  world.run_for(30min);
  EXPECT_THAT(world.anchors(), ElementsAre("admission-alicloud-credential-g2"));
}

TEST(Credentials, WaitWhileTheTargetIsAskedForManyOthers) {
  Ready world;
  world.create(R"({"metadata": {"name": "other"},
      "spec": {"target": {"namespace": "other-space"}}})");
  world.turn_to("garden", "other");
  settle(world);
  const auto generation = [&] {
    return world.resource()->at("status").at("credentials").at("generation").int_or(0);
  };
  world.clock.advance(12h);
  world.turn_to("garden", "admission-alicloud");
  for (int i = 0; i < 21; ++i) {
    world.edit(R"({"metadata": {"annotations": {"admission.portcullis.dev/rotate": ")" +
               std::to_string(i) + "\"}}}");
    (void)world.reconcile();
  }
  world.turn_to("garden", "other");
  (void)world.reconcile();
  (void)world.reconcile();
  EXPECT_EQ(generation(), 1) << told(world);
  world.run_for(2min);
  EXPECT_EQ(generation(), 2) << told(world);
}

TEST(Credentials, LiveOnForDays) {
  Ready world;
  for (int day = 0; day < 2; ++day) {
    world.run_for(24h);
    ASSERT_TRUE(world.is_ready()) << day << told(world);
    ASSERT_LE(world.anchors().size(), 2u);
  }
  EXPECT_LE(world.writes, 2 * 2 * 10 + 60);
}

TEST(Credentials, AFailingTokenRequestLeavesOneAnchorAndNoHotLoop) {
  Ready world;
  world.fault = [](const Call& call) -> kube::testing::FaultyApi::Verdict {
    const auto* post = std::get_if<kube::Post>(&call.request);
    if (post && post->subresource == "token")
      return {.before = base::Error{.kind = base::Error::Kind::denied, .what = "no create token"}};
    return {};
  };
  world.run_for(13h);
  EXPECT_THAT(world.anchors(), SizeIs(2));
  EXPECT_THAT(world.message("Ready"),
              AllOf(HasSubstr("no create token"), HasSubstr("target cluster")));
  world.log_of_writes.clear();
  world.run_for(10min);
  const auto is_attempt = [](const std::string& write) { return write.ends_with(" token"); };
  const auto attempts = std::ranges::count_if(world.log_of_writes, is_attempt);
  EXPECT_LE(attempts, 60) << told(
      world);  // the controller's back-off, which is not here, spreads them further
  EXPECT_LE(std::ssize(world.log_of_writes) - attempts, 2) << told(world);
  world.fault = nullptr;
  world.run_for(1h);
  EXPECT_THAT(world.anchors(), SizeIs(1));
  EXPECT_TRUE(world.is_ready());
}

TEST(Credentials, WhatAnotherLeaderDeliveredMeanwhileIsNotReplaced) {
  Ready world;
  bool interfered = false, overwritten = false;
  int reads = 0;
  world.fault = [&](const Call& call) -> kube::testing::FaultyApi::Verdict {
    const auto* post = std::get_if<kube::Post>(&call.request);
    if (post && post->subresource == "token" && !interfered) {
      auto secret = *world.runtime.peek(kCredential);
      secret.set_annotation("example.org/newer", "yes");
      world.do_as("another leader", Cluster::runtime, secret, true);
      interfered = true;
    }
    const auto* get = std::get_if<kube::Get>(&call.request);
    if (interfered && get && get->ref == kCredential) ++reads;
    const auto* apply = std::get_if<kube::Apply>(&call.request);
    // The first look is the one right before writing; a decision made after it may write.
    if (interfered && apply && apply->object.ref() == kCredential && reads < 2) overwritten = true;
    return {};
  };
  world.edit(R"({"metadata": {"annotations": {"admission.portcullis.dev/rotate": "now"}}})");
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(interfered);
  EXPECT_FALSE(overwritten) << told(world);
  EXPECT_TRUE(world.is_ready()) << told(world);
  world.run_for(30min);
  EXPECT_THAT(world.anchors(), SizeIs(1));
}

TEST(Credentials, ALostSecretDoesNotRevokeWhatReplicasUse) {
  Ready world;
  world.erase(Cluster::runtime, kCredential);
  ASSERT_TRUE(settle(world));
  EXPECT_THAT(world.anchors(),
              ElementsAre("admission-alicloud-credential-g1", "admission-alicloud-credential-g2"));
  EXPECT_TRUE(world.runtime.peek(kCredential));
}

TEST(Credentials, ClockJumpsSettle) {
  Ready world;
  for (const auto jump : {1h, -1h, -2h, 2h, -24h, 24h}) {
    world.clock.jump(jump);
    ASSERT_TRUE(settle(world)) << jump.count() << told(world);
    world.run_for(20min);
    EXPECT_TRUE(world.is_ready()) << jump.count() << told(world);
  }
  EXPECT_LE(world.anchors().size(), 2u);
}

TEST(Serving, ANewCaIsTrustedBesideTheOldOneAndItsChainVerifiesUnderBoth) {
  Ready world;
  const auto text = [&](const kube::ObjectRef& ref, const char* key) {
    return data_of(*world.runtime.peek(ref), key).value_or("");
  };
  const auto old_ca = text(kServingCa, "ca.crt");
  world.clock.advance(1080h);  // nobody was there meanwhile
  world.run_for(1h);
  const auto new_ca = text(kServingCa, "ca.crt");
  ASSERT_NE(new_ca, old_ca);
  const auto chain = text({kinds::kSecret, "garden", "admission-alicloud-serving"}, "tls.crt");
  for (const auto& bundle : {old_ca, new_ca, text(kServingCa, "bundle.crt")})
    EXPECT_TRUE(
        crypto::verify_chain(chain, bundle, "admission-alicloud.garden", world.clock.now()));
  const auto live = base::base64_decode(world.target.peek(kWebhooks)
                                            ->at("webhooks")
                                            .items()[0]
                                            .at("clientConfig")
                                            .at("caBundle")
                                            .string_or(""));
  EXPECT_EQ(live, text(kServingCa, "bundle.crt"));
}

}  // namespace
}  // namespace reconcile::testing

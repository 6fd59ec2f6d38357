#include "operator/plan/times.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/plan/report.hpp"
#include "operator/plan/test_scene.hpp"

namespace plan {
namespace {

using testing::condition_of;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Scene;
using testing::settled;
using namespace std::chrono_literals;

json::Value told(Scene& scene, const char* type) {
  scene.step();
  return condition_of(scene.seen.resource.object.at("status"), type);
}

std::string text(const json::Value& condition, const char* field) {
  return std::string(condition.at(field).string_or(""));
}

bool makes_certificate(const Scene& scene) {
  return std::ranges::any_of(scene.plan().actions, [](const Action& action) {
    return std::holds_alternative<MakeServing>(action);
  });
}

TEST(ClockSkew, OfAMinuteIsTold) {
  auto scene = settled();
  scene.seen.target_skew = 60s;
  scene.seen.runtime_skew = -60s;
  EXPECT_TRUE(told(scene, "ClockSkewed").is_null());
  scene.seen.target_skew = 61s;
  const auto condition = told(scene, "ClockSkewed");
  EXPECT_EQ(text(condition, "reason"), "ClockOff");
  EXPECT_THAT(text(condition, "message"),
              HasSubstr("clock of the target cluster's API server is more than 1 minute ahead of"));
  EXPECT_THAT(text(condition, "message"), Not(HasSubstr("runtime")));
  EXPECT_EQ(text(told(scene, "Ready"), "status"), "True");
}

TEST(ClockSkew, ThatStaysAboutAMinuteWritesNoStatus) {
  auto scene = settled();
  scene.seen.runtime_skew = -61s;
  scene.step();
  const auto before = scene.seen.resource.object.at("status");
  EXPECT_THAT(text(condition_of(before, "ClockSkewed"), "message"),
              HasSubstr("runtime cluster's API server is more than 1 minute behind"));
  for (const auto skew : {-59s, -62s, -51s, -240s}) {
    scene.seen.runtime_skew = skew;
    scene.step();
    EXPECT_EQ(scene.seen.resource.object.at("status"), before) << skew.count();
  }
  scene.seen.runtime_skew = -50s;
  EXPECT_TRUE(told(scene, "ClockSkewed").is_null());
}

TEST(ClockSkew, AboveFiveMinutesNoServingCertificateIsMade) {
  for (const auto skew : {301s, -301s}) {
    auto scene = settled();
    scene.seen.now += 7 * 24h;  // the leaf is due
    EXPECT_TRUE(makes_certificate(scene));
    scene.seen.target_skew = skew;
    EXPECT_FALSE(makes_certificate(scene));
    EXPECT_LE(scene.plan().look_again, scene.seen.now + 1min);
    EXPECT_EQ(text(told(scene, "ClockSkewed"), "reason"), "ClockWrong");
    scene.seen.target_skew = 0s;
    EXPECT_TRUE(makes_certificate(scene));
  }
}

TEST(ClockSkew, AboveFiveMinutesNothingIsBegun) {
  Scene scene;
  scene.seen.runtime_skew = 10min;
  scene.step().step().step();
  EXPECT_TRUE(scene.seen.revisions.empty());
  EXPECT_EQ(scene.plan().wait->reason, "ClockSkewed");
  scene.seen.runtime_skew = 0min;
  EXPECT_GT(scene.settle(), 0);
}

TEST(AccessEnding, FromOneThirdLeft) {
  auto scene = settled();
  scene.seen.access = Term{scene.seen.now - 59min, scene.seen.now + 31min};
  EXPECT_TRUE(told(scene, "AccessEnding").is_null());
  scene.seen.now += 1min;
  const auto condition = told(scene, "AccessEnding");
  EXPECT_EQ(text(condition, "status"), "True");
  EXPECT_EQ(text(condition, "reason"), "EndsSoon");
  EXPECT_THAT(text(condition, "message"),
              HasSubstr("Secret virtual-garden, ends " + base::to_rfc3339(scene.seen.access->end)));
  EXPECT_EQ(scene.seen.resource.object.at("status").at("targetAccess").at("notAfter"),
            json::Value(base::to_rfc3339(scene.seen.access->end)));
  scene.seen.now += 30min;
  EXPECT_EQ(text(told(scene, "AccessEnding"), "reason"), "Ended");
}

TEST(AccessEnding, FromOneTenthLeftWhereOthersRenewATokenLater) {
  auto scene = settled();
  scene.seen.resource.spec.target.access->type = "TokenRequestor";
  scene.seen.resource.spec.target.access->token_secret_ref = api::SecretKeyRef{.name = "token"};
  scene.seen.access = Term{scene.seen.now - 89min, scene.seen.now + 11min};
  EXPECT_TRUE(told(scene, "AccessEnding").is_null());
  scene.seen.now += 1min;
  EXPECT_THAT(text(told(scene, "AccessEnding"), "message"), HasSubstr("in Secret token, ends"));
}

TEST(AccessEnding, IsNotSaidOfWhatHasNoEnd) {
  auto scene = settled();
  scene.seen.now += 24h * 3650;
  EXPECT_TRUE(told(scene, "AccessEnding").is_null());
}

}  // namespace
}  // namespace plan

#include "operator/plan/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/parse.hpp"
#include "operator/plan/test_scene.hpp"

namespace plan {
namespace {

using api::testing::example;
using desired::Cluster;
using testing::condition_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Scene;
using testing::settled;
using ::testing::SizeIs;
namespace kinds = kube::kinds;
using namespace std::chrono_literals;

json::Value report(const Scene& scene, const Outcome& outcome = {}) {
  return status(scene.seen, scene.plan(), outcome);
}

std::string text(const json::Value& status, const char* type, const char* field) {
  return std::string(condition_of(status, type).at(field).string_or("(none)"));
}

Outcome failing(base::Error error, Cluster cluster = Cluster::target,
                const std::string& doing = "apply ClusterRole x in the target cluster") {
  Outcome outcome;
  outcome.failures.push_back({doing, cluster, std::move(error)});
  return outcome;
}

TEST(Report, OfWhatServesIsReady) {
  const auto scene = settled();
  const auto now = report(scene);
  for (const auto* type : {"Ready", "TargetReachable", "CredentialsReady", "ServingReady",
                           "RolledOut", "WebhooksReady"})
    EXPECT_EQ(text(now, type, "status"), "True") << type;
  EXPECT_TRUE(condition_of(now, "Stalled").is_null());
  EXPECT_TRUE(condition_of(now, "Reconciling").is_null());
  EXPECT_EQ(now.at("replicas").int_or(0), 2);
  EXPECT_EQ(now.at("readyReplicas").int_or(0), 2);
  EXPECT_EQ(now.at("selector").string_or(""),
            "app.kubernetes.io/managed-by=portcullis,"
            "admission.portcullis.dev/name=admission-alicloud");
}

TEST(Report, EqualInputsGiveEqualBytes) {
  const auto scene = settled();
  EXPECT_EQ(json::to_string(report(scene)), json::to_string(report(scene)));
}

TEST(Report, OfAQuietHourDiffersInNothing) {
  auto scene = settled();
  scene.step();
  const auto before = scene.seen.resource.object.at("status");
  for (int minute = 0; minute < 60; ++minute) {
    scene.seen.now += 1min;
    scene.step();
    ASSERT_EQ(scene.seen.resource.object.at("status"), before);
  }
}

TEST(Report, OnTheWaySaysWhatItWaitsFor) {
  Scene scene;
  scene.pods_become_ready = false;
  for (int round = 0; round < 10; ++round) {
    const auto now = report(scene);
    EXPECT_EQ(text(now, "Ready", "status"), "False");
    EXPECT_EQ(text(now, "Reconciling", "status"), "True");
    EXPECT_EQ(text(now, "Reconciling", "message"), text(now, "Ready", "message"));
    EXPECT_TRUE(condition_of(now, "Stalled").is_null());
    scene.step();
  }
  EXPECT_EQ(text(report(scene), "Ready", "reason"), "WaitingForReplicas");
  EXPECT_THAT(text(report(scene), "Ready", "message"), HasSubstr("0 of 2 replicas"));
}

TEST(Report, OfAForeignOwnerIsStalledAndSaysWhoseAndWhere) {
  const auto scene = settled();
  const auto now = report(scene, failing({.kind = base::Error::Kind::invalid,
                                          .what = "it belongs to someone",
                                          .reason = std::string(kForeignOwner)}));
  EXPECT_EQ(text(now, "Stalled", "status"), "True");
  EXPECT_EQ(text(now, "Stalled", "reason"), "ForeignOwner");
  EXPECT_EQ(text(now, "Ready", "reason"), "ForeignOwner");
  EXPECT_TRUE(condition_of(now, "Reconciling").is_null());
  for (const auto* type : {"Stalled", "Ready"})
    EXPECT_THAT(text(now, type, "message"),
                AllOf(HasSubstr("target cluster"), HasSubstr("ClusterRole x"),
                      HasSubstr("belongs to someone")));
}

struct Failure {
  base::Error::Kind kind;
  const char* reason;
  bool stalled;
};
class ReportFailure : public ::testing::TestWithParam<Failure> {};

TEST_P(ReportFailure, NamesCauseAndCluster) {
  const auto scene = settled();
  const auto now = report(scene, failing({.kind = GetParam().kind, .what = "the server said no"}));
  EXPECT_EQ(text(now, "Ready", "status"), "False");
  EXPECT_EQ(text(now, "Ready", "reason"), GetParam().reason);
  EXPECT_THAT(text(now, "Ready", "message"),
              AllOf(HasSubstr("target cluster"), HasSubstr("the server said no")));
  EXPECT_EQ(condition_of(now, "Stalled").is_null(), !GetParam().stalled);
  EXPECT_EQ(condition_of(now, "Reconciling").is_null(), GetParam().stalled);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, ReportFailure,
    ::testing::Values(Failure{base::Error::Kind::unauthenticated, "Unauthorized", false},
                      Failure{base::Error::Kind::denied, "Forbidden", false},
                      Failure{base::Error::Kind::invalid, "Invalid", true},
                      Failure{base::Error::Kind::not_found, "NotFound", false},
                      Failure{base::Error::Kind::transient, "Unreachable", false}));

TEST(Report, OfEveryActionThatFailsNamesItsCluster) {
  Scene scene;
  for (int round = 0; round < 10; ++round) {
    for (const auto& doing : testing::described(scene.plan()))
      EXPECT_THAT(doing, HasSubstr(" cluster")) << doing;
    scene.step();
  }
}

TEST(Report, OfATargetThatCannotBeReachedSaysSoBeforeAllElse) {
  for (auto scene : {Scene(), settled()}) {
    scene.lose_target();
    const auto now = report(scene);
    EXPECT_EQ(text(now, "TargetReachable", "reason"), "Unreachable");
    EXPECT_EQ(text(now, "Ready", "reason"), "Unreachable");
    EXPECT_THAT(text(now, "Ready", "message"),
                AllOf(HasSubstr("target cluster"), HasSubstr("connection refused")));
  }
}

TEST(Report, KeepsWhatItKnowsOfATargetThatCannotBeReached) {
  auto scene = settled();
  const auto before = text(report(scene), "WebhooksReady", "lastTransitionTime");
  scene.lose_target();
  scene.seen.now += 1h;
  const auto now = report(scene);
  EXPECT_EQ(text(now, "WebhooksReady", "status"), "True");
  EXPECT_EQ(text(now, "WebhooksReady", "lastTransitionTime"), before);
  EXPECT_EQ(text(now, "RolledOut", "status"), "True");
}

TEST(Report, TransitionTimesChangeWithTheStatusOnly) {
  auto scene = settled();
  const auto before = text(report(scene), "Ready", "lastTransitionTime");
  scene.seen.now += 1h;
  EXPECT_EQ(text(report(scene), "Ready", "lastTransitionTime"), before);
  EXPECT_NE(text(report(scene, failing(base::transient("x"))), "Ready", "lastTransitionTime"),
            before);
}

TEST(Report, AnExpiredCredentialIsNoReadyCredential) {
  auto scene = settled();
  scene.lose_target().seen.now += 25h;
  EXPECT_EQ(text(report(scene), "CredentialsReady", "reason"), "Expired");
  EXPECT_EQ(text(report(scene), "Ready", "status"), "False");
}

TEST(Report, TheRunwayEndsWithWhatEndsFirst) {
  auto scene = settled();
  EXPECT_EQ(report(scene).at("runway").string_or(""),
            base::to_rfc3339(scene.seen.token.delivered->not_after));
  scene.seen.serving.leaf->not_after = scene.seen.now + 2h;
  EXPECT_EQ(report(scene).at("runway").string_or(""), base::to_rfc3339(scene.seen.now + 2h));
}

TEST(Report, SuspendedItKeepsWhatItSaidAndTellsWhenTheCredentialEnds) {
  auto scene = settled();
  const auto before = report(scene);
  scene.edit(R"({"spec": {"suspend": true}})");
  const auto now = report(scene);
  EXPECT_EQ(text(now, "Ready", "reason"), "Suspended");
  EXPECT_THAT(text(now, "Ready", "message"),
              HasSubstr(base::to_rfc3339(scene.seen.token.delivered->not_after)));
  EXPECT_EQ(text(now, "RolledOut", "status"), "True");
  EXPECT_EQ(now.at("rollout"), before.at("rollout"));
  EXPECT_EQ(now.at("history"), before.at("history"));
}

TEST(Report, ContestedFieldsAreACondition) {
  const auto scene = settled();
  Outcome outcome;
  outcome.contested = {"ClusterRole x /rules (by kubectl)"};
  const auto now = report(scene, outcome);
  EXPECT_EQ(text(now, "FieldContested", "status"), "True");
  EXPECT_THAT(text(now, "FieldContested", "message"), HasSubstr("kubectl"));
  EXPECT_EQ(text(now, "Ready", "status"), "True");
}

TEST(Report, TellsOfARollOutThatIsStuck) {
  auto scene = settled();
  const auto stable = scene.plan().rollout->stable;
  scene.edit(R"({"spec": {"workload": {"image": "broken"}}})");
  scene.pods_become_ready = false;
  scene.step();
  scene.seen.now += 601s;
  const auto now = report(scene);
  EXPECT_EQ(text(now, "RolledOut", "reason"), "ProgressDeadlineExceeded");
  EXPECT_EQ(now.at("rollout").at("stableRevision").string_or(""), stable);
  EXPECT_NE(now.at("rollout").at("canaryRevision").string_or(""), stable);
}

TEST(Report, RemembersTheRevisionsThatWereTried) {
  auto scene = settled();
  scene.edit(R"({"spec": {"workload": {"image": "broken"}}})");
  scene.pods_become_ready = false;
  scene.step().step();
  scene.edit(R"({"spec": {"workload": {"image": "mended"}}})");
  scene.pods_become_ready = true;
  scene.settle();
  const auto now = report(scene);
  const auto& history = now.at("history").items();
  ASSERT_THAT(history, SizeIs(3));
  EXPECT_EQ(history[0].at("image").string_or(""), "mended");
  EXPECT_EQ(history[0].at("result").string_or(""), "Promoted");
  EXPECT_EQ(history[1].at("image").string_or(""), "broken");
  EXPECT_EQ(history[1].at("result").string_or(""), "Superseded");
  EXPECT_EQ(history[2].at("result").string_or(""), "Promoted");
}

TEST(Report, TheInventoryNamesEverythingInBothClusters) {
  const auto scene = settled();
  const auto now = report(scene);
  EXPECT_EQ(now.at("inventory").items().size(), scene.seen.world.size());
  for (const auto& entry : now.at("inventory").items())
    EXPECT_FALSE(entry.at("uid").string_or("").empty()) << json::to_string(entry);
}

TEST(Report, OfADeletionTellsItsStations) {
  auto scene = settled();
  scene.be_deleted();
  EXPECT_EQ(text(report(scene), "WebhooksReady", "reason"), "Withdrawing");
  scene.step();
  EXPECT_EQ(text(report(scene), "WebhooksReady", "reason"), "Withdrawn");
  scene.lose_target();
  EXPECT_EQ(text(report(scene), "Ready", "reason"), "DeletionBlocked");
}

TEST(Report, MessagesAreCutBetweenCharacters) {
  const auto scene = settled();
  std::string endless;
  for (int i = 0; i < 2'000; ++i) endless += "\u00e4";
  const auto message = text(report(scene, failing(base::transient(endless))), "Ready", "message");
  EXPECT_LE(message.size(), 1'024u);
  EXPECT_TRUE(json::parse(json::to_string(json::Value(message))));
  EXPECT_TRUE(message.ends_with("..."));
}

TEST(Report, ARefusedResourceIsStalledAndKeepsWhatIsKnown) {
  auto scene = settled();
  const auto now =
      refused_status(scene.seen.resource, scene.seen.now,
                     {{base::FieldPath("spec.x"), "is not supported"}}, "NotSupported");
  EXPECT_EQ(text(now, "Stalled", "reason"), "NotSupported");
  EXPECT_EQ(text(now, "Ready", "status"), "False");
  EXPECT_THAT(text(now, "Ready", "message"), HasSubstr("spec.x: is not supported"));
  EXPECT_EQ(now.at("rollout"), scene.seen.resource.object.at("status").at("rollout"));
}

TEST(Transitions, AreConditionsWhoseStatusOrReasonChanged) {
  auto scene = settled();
  const auto before = report(scene);
  EXPECT_THAT(transitions(before, report(scene)), IsEmpty());
  const auto changes = transitions(before, report(scene, failing(base::transient("x"))));
  ASSERT_THAT(changes, SizeIs(2));  // Reconciling, Ready
  EXPECT_EQ(changes[1].type, "Ready");
  EXPECT_EQ(changes[1].status, "False");
}

}  // namespace
}  // namespace plan

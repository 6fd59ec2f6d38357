#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "operator/reconcile/ready_world.hpp"
#include "operator/reconcile/secrets.hpp"

namespace reconcile::testing {
namespace {

using desired::Cluster;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

const kube::ObjectRef kPair{kinds::kSecret, "garden", "admission-alicloud-certificate"};
const kube::ObjectRef kPendingKey{kinds::kSecret, "garden", "admission-alicloud-certificate-key"};
const kube::ObjectRef kBinding{kinds::kClusterRoleBinding, "", "garden-admission-alicloud-aaaaa"};

std::string certificate_of(const World& world) {
  const auto secret = world.runtime.peek(kPair);
  return secret ? data_of(*secret, "tls.crt").value_or("") : "";
}

std::vector<std::string> bound_users(const World& world) {
  std::vector<std::string> names;
  for (const auto& subject : world.target.peek(kBinding)->at("subjects").items())
    names.emplace_back(std::string(subject.at("kind").string_or("")) + " " +
                       std::string(subject.at("name").string_or("")));
  return names;
}

TEST(ClientCertificate, IsSignedByTheTargetAndBoundByName) {
  Ready world(kCertificate);
  const auto info = crypto::read_certificate(certificate_of(world));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->common_name, "alicloud-webhook");
  EXPECT_THAT(info->organizations, ElementsAre("webhooks"));
  EXPECT_THAT(bound_users(world), ElementsAre("User alicloud-webhook"));
  const auto secret = *world.runtime.peek(kPair);
  const auto kubeconfig = data_of(secret, "kubeconfig").value_or("");
  EXPECT_THAT(kubeconfig, AllOf(HasSubstr("/var/run/secrets/portcullis/tls.crt"),
                                HasSubstr("/var/run/secrets/portcullis/tls.key"),
                                Not(HasSubstr("tokenFile")), Not(HasSubstr("PRIVATE"))));
  EXPECT_TRUE(crypto::key_fits(certificate_of(world), data_of(secret, "tls.key").value_or("")));
}

TEST(ClientCertificate, LeavesNoKeyAndNoRequestBehind) {
  Ready world(kCertificate);
  EXPECT_THAT(world.target.peek_all(kinds::kCertificateSigningRequest), IsEmpty());
  EXPECT_FALSE(world.runtime.peek(kPendingKey));
  EXPECT_THAT(world.target.peek_all(kinds::kServiceAccount), IsEmpty());
}

TEST(ClientCertificate, IsRenewedAtHalfOfItsLife) {
  Ready world(kCertificate);
  const auto first = certificate_of(world);
  world.run_for(10h + 30min);
  EXPECT_EQ(certificate_of(world), first);
  world.run_for(95min);
  EXPECT_NE(certificate_of(world), first);
  EXPECT_EQ(world.reason("CredentialsReady"), "Issued");
  EXPECT_THAT(world.message("CredentialsReady"),
              AllOf(HasSubstr("generation 2"), HasSubstr("ends only by expiry")));
  EXPECT_EQ(world.resource()->at("status").at("credentials").at("previous").at("generation"),
            json::Value(1));
  world.run_for(13h);
  EXPECT_THAT(world.message("CredentialsReady"), HasSubstr("generation 3"));
}

TEST(ClientCertificate, IsRenewedWhenAPersonAsks) {
  Ready world(kCertificate);
  const auto first = certificate_of(world);
  world.edit(R"({"metadata": {"annotations": {"admission.portcullis.dev/rotate": "now"}}})");
  ASSERT_TRUE(settle(world));
  EXPECT_NE(certificate_of(world), first);
  const auto second = certificate_of(world);
  world.run_for(1h);
  EXPECT_EQ(certificate_of(world), second);
}

TEST(ClientCertificate, ShortOnesNeverEndBeforeTheyAreRenewed) {
  Ready world(
      R"({"spec": {"credentials": {"type": "ClientCertificate", "serviceAccountToken": null,
                  "rotation": {"renewAfterPercent": 90},
                  "clientCertificate": {"userName": "alicloud-webhook",
                                        "expirationSeconds": 600}}}})");
  for (int minute = 0; minute < 60; ++minute) {
    world.run_for(1min);
    const auto info = crypto::read_certificate(certificate_of(world));
    ASSERT_GT(info->validity.not_after, world.clock.now()) << minute << told(world);
  }
}

TEST(ClientCertificate, AnotherUserIsBoundBesideTheOldOneUntilReplicasHaveChanged) {
  Ready world(kCertificate);
  world.edit(R"({"spec": {"credentials": {"clientCertificate": {"userName": "other"}}}})");
  world.run_for(2min);
  EXPECT_THAT(bound_users(world), ElementsAre("User other", "User alicloud-webhook"));
  EXPECT_EQ(crypto::read_certificate(certificate_of(world))->common_name, "other");
  world.run_for(20min);
  EXPECT_THAT(bound_users(world), ElementsAre("User other"));
}

TEST(ClientCertificate, WaitsForAnApproverWhereItIsSomebodyElse) {
  World world;
  world.create(
      R"({"spec": {"credentials": {"type": "ClientCertificate", "serviceAccountToken": null,
                  "clientCertificate": {"userName": "alicloud-webhook",
                                        "approval": "External"}}}})");
  world.run_for(1min);
  EXPECT_EQ(world.reason("CredentialsReady"), "WaitingForApproval");
  const auto requests = world.target.peek_all(kinds::kCertificateSigningRequest);
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_THAT(world.message("CredentialsReady"), HasSubstr(requests[0].name()));
  auto approved = requests[0];
  approved["status"]["conditions"] = json::Value::array({json::Value::object(
      {{"type", "Approved"}, {"status", "True"}, {"reason", "x"}, {"message", "x"}})});
  ASSERT_TRUE(world.target.perform(
      kube::Update{.object = approved, .field_manager = "user", .subresource = "approval"}));
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
}

TEST(ClientCertificate, ADeniedRequestIsReportedAndTheOldOneGoesOn) {
  Ready world(kCertificate);
  const auto first = certificate_of(world);
  world.signs_requests = false;
  world.edit(R"({"metadata": {"annotations": {"admission.portcullis.dev/rotate": "now"}}})");
  world.run_for(10s);
  auto requests = world.target.peek_all(kinds::kCertificateSigningRequest);
  ASSERT_THAT(requests, SizeIs(1));
  requests[0]["status"]["conditions"].as_array()->push_back(json::Value::object(
      {{"type", "Failed"}, {"status", "True"}, {"reason", "x"}, {"message", "signer is unwell"}}));
  ASSERT_TRUE(world.target.perform(
      kube::Update{.object = requests[0], .field_manager = "kcm", .subresource = "status"}));
  world.run_for(10s);
  EXPECT_EQ(certificate_of(world), first);
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_THAT(world.message("CredentialsReady"), HasSubstr("signer is unwell"));
  world.signs_requests = true;
  world.erase(Cluster::target, requests[0].ref());
  ASSERT_TRUE(settle(world));
  EXPECT_NE(certificate_of(world), first);
}

TEST(ClientCertificate, IsNotDeliveredWhereTheTargetTakesItForSomebodyElse) {
  World world;
  world.fault = [](const Call& call) -> kube::testing::FaultyApi::Verdict {
    const auto* post = std::get_if<kube::Post>(&call.request);
    if (post && post->ref.resource == kinds::kSelfSubjectReview)
      return {.before = base::Error{.kind = base::Error::Kind::unauthenticated, .what = "who?"}};
    return {};
  };
  world.create(kCertificate);
  world.run_for(1min);
  EXPECT_FALSE(world.runtime.peek(kPair));
  EXPECT_THAT(world.runtime.peek_all(kinds::kReplicaSet), IsEmpty());
  world.fault = nullptr;
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
}

TEST(Verification, AsksForEachRuleAndHoldsBackACredentialWithoutRights) {
  World world;
  int asked = 0;
  world.fault = [&](const Call& call) -> kube::testing::FaultyApi::Verdict {
    const auto* post = std::get_if<kube::Post>(&call.request);
    if (!post || post->ref.resource != kinds::kSelfSubjectAccessReview) return {};
    ++asked;
    return {.before = base::Error{.kind = base::Error::Kind::denied, .what = "no reviews"}};
  };
  world.create();
  world.run_for(10s);
  EXPECT_GE(asked, 1);
  EXPECT_FALSE(world.runtime.peek(kCredential));
  asked = 0;
  world.fault = [&](const Call& call) -> kube::testing::FaultyApi::Verdict {
    const auto* post = std::get_if<kube::Post>(&call.request);
    asked += post && post->ref.resource == kinds::kSelfSubjectAccessReview;
    return {};
  };
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_EQ(asked, 2);  // the example has two rules
}

TEST(ChangeOfMode, FromTokenToCertificateKeepsTheTokensRightsUntilItsReplicasAreGone) {
  Ready world;
  world.pods_become_ready = false;
  world.edit(kCertificate);
  world.run_for(2min);
  EXPECT_TRUE(world.runtime.peek(kCredential));  // old replicas mount it
  EXPECT_THAT(world.anchors(), SizeIs(1));
  EXPECT_THAT(bound_users(world),
              ElementsAre("User alicloud-webhook", "ServiceAccount admission-alicloud"));
  world.pods_become_ready = true;
  ASSERT_TRUE(settle(world));
  world.run_for(5min);
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_FALSE(world.runtime.peek(kCredential));
  EXPECT_THAT(world.anchors(), IsEmpty());
  EXPECT_THAT(world.target.peek_all(kinds::kServiceAccount), IsEmpty());
  EXPECT_THAT(bound_users(world), ElementsAre("User alicloud-webhook"));
}

TEST(ChangeOfMode, FromCertificateToTokenKeepsTheUsersRightsUntilItsReplicasAreGone) {
  Ready world(kCertificate);
  world.pods_become_ready = false;
  world.edit(R"({"spec": {"credentials": {"type": "ServiceAccountToken", "clientCertificate": null,
              "serviceAccountToken": {"serviceAccountName": "admission-alicloud"}}}})");
  world.run_for(2min);
  EXPECT_TRUE(world.runtime.peek(kPair));
  EXPECT_THAT(bound_users(world),
              ElementsAre("ServiceAccount admission-alicloud", "User alicloud-webhook"));
  world.pods_become_ready = true;
  ASSERT_TRUE(settle(world));
  world.run_for(5min);
  EXPECT_FALSE(world.runtime.peek(kPair));
  EXPECT_THAT(bound_users(world), ElementsAre("ServiceAccount admission-alicloud"));
}

TEST(Restart, ReplacesReplicasAtEachRotationAndRetiresTheOldTokenAfterThem) {
  Ready world(R"({"spec": {"credentials": {"delivery": {"reload": "Restart"}}}})");
  const auto sets = [&] { return world.runtime.peek_all(kinds::kReplicaSet).size(); };
  ASSERT_EQ(sets(), 1u);
  world.pods_become_ready = false;
  world.run_for(13h);
  EXPECT_EQ(sets(), 2u) << told(world);
  EXPECT_THAT(world.anchors(), SizeIs(2)) << "the old one is in use";
  world.pods_become_ready = true;
  ASSERT_TRUE(settle(world));
  world.run_for(5min);
  EXPECT_THAT(world.anchors(), SizeIs(1)) << told(world);
  EXPECT_TRUE(world.is_ready());
}

}  // namespace
}  // namespace reconcile::testing

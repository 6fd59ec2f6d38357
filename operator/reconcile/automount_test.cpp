#include "operator/reconcile/automount.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/parse.hpp"
#include "operator/reconcile/ready_world.hpp"

namespace reconcile::testing {
namespace {

using plan::Automount;
using ::testing::HasSubstr;

constexpr auto kAutomounted = R"({"spec": {"containers": [{"volumeMounts": [
    {"name": "token", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]}],
    "volumes": [{"name": "other"}, {"name": "token", %s}]}})";

std::optional<Automount> by(const std::string& volume) {
  std::string text = kAutomounted;
  text.replace(text.find("%s"), 2, volume);
  return automount_of(kube::Object(kinds::kPod, *json::parse(text)));
}

TEST(Automount, OfAKubeletIsBoundAndEnds) {
  EXPECT_EQ(by(R"("projected": {"sources": [{"configMap": {"name": "ca"}},
      {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}}]})"),
            Automount::bound);
}

TEST(Automount, OfASecretNeverEnds) {
  EXPECT_EQ(by(R"("secret": {"secretName": "default-token-abcde"})"), Automount::endless);
  EXPECT_EQ(by(R"("projected": {"sources": [{"secret": {"name": "default-token-abcde"}}]})"),
            Automount::endless);
}

TEST(Automount, ElsewhereIsNone) {
  EXPECT_EQ(automount_of(kube::Object(kinds::kPod,
                                      *json::parse(R"({"spec": {"containers": [{"volumeMounts": [
                    {"name": "token", "mountPath": "/somewhere"}]}]}})"))),
            std::nullopt);
}

constexpr auto kInCluster = R"({"spec": {"credentials": {"type": "InCluster"}}})";

std::string reasons_of_events(const World& world) {
  std::string all;
  for (const auto& event : world.runtime.peek_all(kinds::kEvent))
    all += std::string(event.at("type").string_or("")) + " " +
           std::string(event.at("reason").string_or("")) + "\n";
  return all;
}

TEST(InCluster, SaysWhereTheTokenIsALegacyOneUntilItIsReplaced) {
  World world;
  world.create_local(kInCluster);
  ASSERT_TRUE(settle(world));
  EXPECT_EQ(world.reason("CredentialsReady"), "InCluster");
  world.edit(R"({"spec": {"workload": {"podTemplate": {
      "volumes": [{"name": "token", "secret": {"secretName": "legacy"}}],
      "volumeMounts": [{"name": "token",
                        "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]}}}})");
  ASSERT_TRUE(world.settle()) << told(world);
  EXPECT_EQ(world.reason("CredentialsReady"), "LegacyToken");
  EXPECT_FALSE(world.is_ready());
  EXPECT_THAT(reasons_of_events(world), HasSubstr("Warning LegacyToken"));
  EXPECT_TRUE(world.runtime.peek(kWebhooks)) << "it serves all the same";
  world.edit(R"({"spec": {"workload": {"podTemplate": {"volumes": [{"name": "token",
      "projected": {"sources": [{"serviceAccountToken":
          {"path": "token", "expirationSeconds": 3607}}]}}]}}}})");
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_THAT(world.message("CredentialsReady"), HasSubstr("renewed by the kubelet"));
}

}  // namespace
}  // namespace reconcile::testing

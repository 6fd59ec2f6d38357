#include "operator/reconcile/federation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "operator/reconcile/ready_world.hpp"
#include "operator/reconcile/secrets.hpp"

namespace reconcile::testing {
namespace {

using desired::Cluster;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr auto kFederated =
    R"({"spec": {"credentials": {"type": "FederatedToken", "serviceAccountToken": null,
                "federatedToken": {"audience": "target",
                  "userName": "rt:system:serviceaccount:garden:admission-alicloud"}}}})";

TEST(FederatedToken, WaitsForTrustSaysWhatIsMissingAndGoesOnWithIt) {
  World world;
  world.create(kFederated);
  world.run_for(1min);
  EXPECT_EQ(world.reason("CredentialsReady"), "NotTrusted") << told(world);
  const auto message = world.message("CredentialsReady");
  EXPECT_THAT(message,
              AllOf(HasSubstr("AuthenticationConfiguration"), HasSubstr("https://in-memory"),
                    HasSubstr(R"("prefix":"rt:")"), HasSubstr("OpenIDConnect")));
  EXPECT_LT(message.size(), 1'024u) << "it would be cut";
  EXPECT_THAT(world.runtime.peek_all(kinds::kReplicaSet), IsEmpty());
  world.forget_the_past();
  world.run_for(5min);
  const auto is_question = [](const std::string& write) { return write.ends_with(" token"); };
  EXPECT_EQ(std::ranges::count_if(world.log_of_writes, is_question), world.writes)
      << "waiting changes nothing" << told(world);
  world.trusted_prefix = "rt:";
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_EQ(world.reason("CredentialsReady"), "Federated");
}

struct Trusted : World {
  Trusted() {
    trusted_prefix = "rt:";
    create(kFederated);
    EXPECT_TRUE(settle());
    EXPECT_TRUE(is_ready()) << told(*this);
  }
};

TEST(FederatedToken, IsTheKubeletsWithTheAudienceAndBoundByTheMappedName) {
  Trusted world;
  const auto set = world.runtime.peek_all(kinds::kReplicaSet).front();
  const auto volumes = json::to_string(set.at("spec").at("template").at("spec").at("volumes"));
  EXPECT_THAT(volumes,
              AllOf(HasSubstr(R"("audience":"target")"), HasSubstr(R"("expirationSeconds":3600)")));
  const auto binding =
      world.target.peek({kinds::kClusterRoleBinding, "", "garden-admission-alicloud-aaaaa"});
  EXPECT_THAT(json::to_string(binding->at("subjects")),
              AllOf(HasSubstr("rt:system:serviceaccount:garden:admission-alicloud"),
                    Not(HasSubstr("ServiceAccount\""))));
  EXPECT_THAT(world.target.peek_all(kinds::kServiceAccount), IsEmpty());
  const auto kubeconfig = data_of(*world.runtime.peek(kAccess), "kubeconfig").value_or("");
  EXPECT_THAT(kubeconfig, AllOf(HasSubstr("https://target.example"), HasSubstr("tokenFile")));
}

TEST(FederatedToken, IsVerifiedOnceAndAgainForAnotherName) {
  Trusted world;
  int asked = 0;
  world.fault = [&](const Call& call) -> kube::testing::FaultyApi::Verdict {
    const auto* post = std::get_if<kube::Post>(&call.request);
    asked += post && post->subresource == "token";
    return {};
  };
  world.run_for(30min);
  EXPECT_EQ(asked, 0);
  world.edit(R"({"spec": {"credentials": {"federatedToken": {"userName": "somebody"}}}})");
  world.run_for(1min);
  EXPECT_GT(asked, 0);
  EXPECT_EQ(world.reason("CredentialsReady"), "NotTrusted");
  EXPECT_THAT(world.message("CredentialsReady"), HasSubstr("claims.sub =="));
  EXPECT_TRUE(world.runtime.peek(kAccess)) << "replicas use it";
  const auto binding =
      world.target.peek({kinds::kClusterRoleBinding, "", "garden-admission-alicloud-aaaaa"});
  EXPECT_THAT(binding->at("subjects").items(), SizeIs(2)) << "and are who they were";
}

TEST(FederatedToken, MendsItsKubeconfig) {
  Trusted world;
  world.erase(Cluster::runtime, kAccess);
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.runtime.peek(kAccess));
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_THAT(world.owned_objects(), IsEmpty());
}

}  // namespace
}  // namespace reconcile::testing

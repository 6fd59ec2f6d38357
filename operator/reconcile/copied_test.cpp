#include "operator/reconcile/copied.hpp"

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

const kube::ObjectRef kCopy{kinds::kSecret, "garden", "admission-alicloud-provided"};
const kube::ObjectRef kPairCopy{kinds::kSecret, "garden", "admission-alicloud-certificate"};

constexpr auto kProvided =
    R"({"spec": {"credentials": {"type": "Provided", "serviceAccountToken": null,
                "delivery": {"reload": "Restart"},
                "provided": {"secretRef": {"name": "mine", "key": "kubeconfig"}}}}})";
constexpr auto kKept =
    R"({"spec": {"credentials": {"type": "ClientCertificate", "serviceAccountToken": null,
                "clientCertificate": {"userName": "somebody", "secretRef": {"name": "mine"}}}}})";

struct Member {
  const char* key;
  std::string text;
};

kube::Object secret_with(const std::vector<Member>& members) {
  auto secret = kube::Object::make(kinds::kSecret, "garden", "mine");
  for (const auto& [key, text] : members) secret["data"][key] = base::base64_encode(text);
  return secret;
}

std::string kubeconfig_of(const std::string& user, const std::string& cluster_extra = "") {
  return R"({"apiVersion": "v1", "kind": "Config", "current-context": "x",
    "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    "clusters": [{"name": "c", "cluster": {"server": "https://seen-by-replicas.example", )" +
         cluster_extra + R"("certificate-authority-data": ")" +
         base::base64_encode(World::target_ca()) + R"("}}],
    "users": [{"name": "u", "user": )" +
         user + "}]}";
}

/// The user's kubeconfig for `user`, with certificate and key inside.
void provide(World& world, const std::string& user, std::chrono::milliseconds lifetime = 24h) {
  const auto key = World::client_key();
  const auto pem = world.client_certificate(user, key.reveal(), lifetime);
  const auto text =
      kubeconfig_of(R"({"client-certificate-data": ")" + base::base64_encode(pem) +
                    R"(", "client-key-data": ")" + base::base64_encode(key.reveal()) + "\"}");
  world.do_as("user", Cluster::runtime, secret_with({{"kubeconfig", text}}), true);
}

void keep_pair(World& world, const std::string& user) {
  const auto key = World::client_key();
  const auto pem = world.client_certificate(user, key.reveal());
  world.do_as("user", Cluster::runtime,
              secret_with({{"tls.crt", pem}, {"tls.key", std::string(key.reveal())}}), true);
}

std::vector<std::string> bound(const World& world) {
  std::vector<std::string> names;
  const auto binding =
      world.target.peek({kinds::kClusterRoleBinding, "", "garden-admission-alicloud-aaaaa"});
  for (const auto& subject : binding->at("subjects").items())
    names.emplace_back(subject.at("name").string_or(""));
  return names;
}

struct GivenWorld : World {
  explicit GivenWorld(const char* patch = kProvided) {
    if (patch == kProvided) provide(*this, "somebody");
    if (patch == kKept) keep_pair(*this, "somebody");
    create(patch);
    EXPECT_TRUE(settle()) << told(*this);
    EXPECT_TRUE(is_ready()) << told(*this);
  }
};

TEST(Provided, IsDeliveredInOurFormAndBoundToWhomTheTargetTakesItFor) {
  GivenWorld world;
  const auto copy = *world.runtime.peek(kCopy);
  const auto kubeconfig = data_of(copy, "kubeconfig").value_or("");
  EXPECT_THAT(kubeconfig, AllOf(HasSubstr("https://seen-by-replicas.example"),
                                HasSubstr("/var/run/secrets/portcullis/tls.crt"),
                                Not(HasSubstr("client-key-data"))));
  EXPECT_TRUE(crypto::key_fits(data_of(copy, "tls.crt").value_or(""),
                               data_of(copy, "tls.key").value_or("")));
  EXPECT_THAT(bound(world), ElementsAre("somebody"));
  EXPECT_EQ(world.resource()->at("status").at("credentials").at("userName"),
            json::Value("somebody"));
  EXPECT_EQ(world.reason("CredentialsReady"), "Copied");
}

TEST(Provided, IsFollowedWhenItChangesByReplacingReplicas) {
  GivenWorld world;
  const auto before = data_of(*world.runtime.peek(kCopy), "tls.crt");
  world.clock.advance(5min);
  provide(world, "another");
  ASSERT_TRUE(world.settle());
  EXPECT_NE(data_of(*world.runtime.peek(kCopy), "tls.crt"), before);
  EXPECT_THAT(world.runtime.peek_all(kinds::kReplicaSet), SizeIs(2));
  world.run_for(1h);
  EXPECT_THAT(bound(world), ElementsAre("another"));
  EXPECT_TRUE(world.is_ready()) << told(world);
  const int before_writes = world.writes;
  world.run_for(10min);
  EXPECT_EQ(world.writes, before_writes);
}

TEST(Provided, FilesBelowTheMountPathAreTheSecretsOtherKeys) {
  World world;
  const auto key = World::client_key();
  const auto pem = world.client_certificate("by-file", key.reveal());
  const auto text = kubeconfig_of(R"({"client-certificate": "/var/run/secrets/portcullis/my.crt",
                        "client-key": "/var/run/secrets/portcullis/my.key"})");
  world.do_as(
      "user", Cluster::runtime,
      secret_with({{"kubeconfig", text}, {"my.crt", pem}, {"my.key", std::string(key.reveal())}}));
  world.create(kProvided);
  ASSERT_TRUE(world.settle());
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_EQ(data_of(*world.runtime.peek(kCopy), "tls.crt"), pem);
}

struct Refused {
  const char* name;
  std::string user, extra;
  const char* because;
};
class ProvidedRefuses : public ::testing::TestWithParam<Refused> {};

TEST_P(ProvidedRefuses, AndSaysWhy) {
  World world;
  world.do_as("user", Cluster::runtime,
              secret_with({{"kubeconfig", kubeconfig_of(GetParam().user, GetParam().extra)}}));
  world.create(kProvided);
  world.run_for(1min);
  EXPECT_FALSE(world.runtime.peek(kCopy));
  EXPECT_EQ(world.reason("CredentialsReady"), "CredentialSecretInvalid");
  EXPECT_THAT(world.message("CredentialsReady"),
              AllOf(HasSubstr("garden/mine"), HasSubstr(GetParam().because)));
  EXPECT_THAT(world.runtime.peek_all(kinds::kReplicaSet), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Kubeconfigs, ProvidedRefuses,
    ::testing::Values(
        Refused{"Programs", R"({"exec": {"command": "sh"}})", "", "exec"},
        Refused{"Passwords", R"({"username": "a", "password": "b"})", "", "username"},
        Refused{"FilesElsewhere", R"({"tokenFile": "/etc/shadow"})", "", "outside"},
        Refused{"FilesThatTheSecretLacks",
                R"({"tokenFile": "/var/run/secrets/portcullis/nothing"})", "", "no key nothing"},
        Refused{"Proxies", R"({"token": "fake"})", R"("proxy-url": "http://x", )", "proxy-url"},
        Refused{"UncheckedServers", R"({"token": "fake"})", R"("insecure-skip-tls-verify": true, )",
                "insecure"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Provided, OneThatIsBrokenLaterLeavesWhatServes) {
  GivenWorld world;
  const auto before = world.runtime.peek(kCopy)->resource_version();
  world.clock.advance(5min);
  world.do_as("user", Cluster::runtime, secret_with({{"kubeconfig", "{]"}}), true);
  world.run_for(2min);
  EXPECT_EQ(world.runtime.peek(kCopy)->resource_version(), before);
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_THAT(world.message("CredentialsReady"), HasSubstr("was not copied"));
  provide(world, "somebody");
  ASSERT_TRUE(world.settle());
  EXPECT_THAT(world.message("CredentialsReady"), Not(HasSubstr("was not copied")));
}

TEST(Provided, OneThatHasEndedIsNotDelivered) {
  World world;
  provide(world, "somebody", -1min);
  world.create(kProvided);
  world.run_for(1min);
  EXPECT_FALSE(world.runtime.peek(kCopy));
  EXPECT_THAT(world.message("CredentialsReady"), HasSubstr("ended"));
}

TEST(Provided, AMissingSecretIsWaitedFor) {
  World world;
  world.create(kProvided);
  world.run_for(10s);
  EXPECT_EQ(world.reason("CredentialsReady"), "CredentialSecretMissing");
  provide(world, "somebody");
  ASSERT_TRUE(world.settle());
  EXPECT_TRUE(world.is_ready()) << told(world);
}

TEST(Provided, IsRemovedWithTheResourceAndTheUsersSecretStays) {
  GivenWorld world;
  world.remove();
  ASSERT_TRUE(world.settle());
  EXPECT_THAT(world.owned_objects(), IsEmpty());
  EXPECT_TRUE(world.runtime.peek({kinds::kSecret, "garden", "mine"}));
}

TEST(KeptPair, IsCopiedAndFollowed) {
  GivenWorld world(kKept);
  const auto before = data_of(*world.runtime.peek(kPairCopy), "tls.crt");
  EXPECT_THAT(bound(world), ElementsAre("somebody"));
  world.clock.advance(5min);
  keep_pair(world, "somebody");
  ASSERT_TRUE(world.settle());
  EXPECT_NE(data_of(*world.runtime.peek(kPairCopy), "tls.crt"), before);
  EXPECT_THAT(world.runtime.peek_all(kinds::kReplicaSet), SizeIs(1));  // read again from the file
  EXPECT_THAT(world.target.peek_all(kinds::kCertificateSigningRequest), IsEmpty());
}

TEST(KeptPair, OfAnotherUserIsRefused) {
  World world;
  keep_pair(world, "system:admin");
  world.create(kKept);
  world.run_for(1min);
  EXPECT_FALSE(world.runtime.peek(kPairCopy));
  EXPECT_THAT(world.message("CredentialsReady"), HasSubstr("for system:admin, not for somebody"));
}

}  // namespace
}  // namespace reconcile::testing

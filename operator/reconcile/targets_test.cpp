#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "operator/reconcile/ready_world.hpp"
#include "operator/reconcile/secrets.hpp"

namespace reconcile::testing {
namespace {

using desired::Cluster;
using kube::testing::FaultyApi;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

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

// --- a target that nobody may touch

constexpr auto kUnmanaged =
    R"({"spec": {"target": {"type": "Unmanaged", "access": null, "namespace": null},
                "credentials": {"type": "Provided", "serviceAccountToken": null,
                                "delivery": {"reload": "Restart"},
                                "provided": {"secretRef": {"name": "mine", "key": "kubeconfig"}}},
                "permissions": {"type": "External"},
                "webhooks": {"validating": [], "clientConfig": null}}})";

/// A kubeconfig with a certificate that the target takes for somebody.
void put_kubeconfig(World& world, const std::string& name, const std::string& server,
                    std::chrono::milliseconds lifetime = 24h) {
  const auto key = World::client_key();
  const auto pem = world.client_certificate("somebody", key.reveal(), lifetime);
  auto secret = kube::Object::make(kinds::kSecret, "garden", name);
  const auto text =
      R"({"apiVersion": "v1", "kind": "Config", "current-context": "x",
    "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    "clusters": [{"name": "c", "cluster": {"server": ")" +
      server + R"(",
                  "certificate-authority-data": ")" +
      base::base64_encode(World::target_ca()) + R"("}}],
    "users": [{"name": "u", "user": {"client-certificate-data": ")" +
      base::base64_encode(pem) + R"(", "client-key-data": ")" + base::base64_encode(key.reveal()) +
      R"("}}]})";
  secret["data"]["kubeconfig"] = base::base64_encode(text);
  world.do_as("user", Cluster::runtime, std::move(secret), true);
}

void provide(World& world) { put_kubeconfig(world, "mine", "https://elsewhere.example"); }

TEST(Unmanaged, ServesWithoutOneRequestToTheTarget) {
  World world;
  int asked = 0;
  world.fault = [&](const Call& call) -> kube::testing::FaultyApi::Verdict {
    asked += call.cluster == Cluster::target;
    return {};
  };
  provide(world);
  world.create(kUnmanaged);
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_EQ(world.reason("TargetReachable"), "Unmanaged");
  EXPECT_THAT(world.runtime.peek_all(kinds::kReplicaSet), SizeIs(1));
  world.run_for(30min);
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.resource());
  EXPECT_THAT(world.owned_objects(), IsEmpty());
  EXPECT_EQ(asked, 0);
}

// --- a kubeconfig and a token in two Secrets

constexpr auto kRequestor =
    R"({"spec": {"target": {"access": {"type": "TokenRequestor",
                "secretRef": {"name": "virtual-garden", "key": "kubeconfig"},
                "tokenSecretRef": {"name": "its-token", "key": "token"}}}}})";

void give_token(World& world, const std::string& token) {
  auto secret = kube::Object::make(kinds::kSecret, "garden", "its-token");
  secret["data"]["token"] = base::base64_encode(token);
  world.do_as("user", Cluster::runtime, std::move(secret), true);
}

TEST(TokenRequestor, WaitsForBothSecretsAndFollowsTheToken) {
  World world;
  world.create(kRequestor);
  world.run_for(30s);
  EXPECT_EQ(world.reason("TargetReachable"), "AccessSecretMissing");
  EXPECT_THAT(world.message("TargetReachable"), HasSubstr("garden/its-token"));
  give_token(world, "fake-token-one\n");
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_EQ(world.last_access_token, "fake-token-one");
  give_token(world, "fake-token-two");
  world.run_for(2min);
  EXPECT_EQ(world.last_access_token, "fake-token-two");
  EXPECT_TRUE(world.is_ready());
}

// --- a way in that ends, and clocks

TEST(AccessTerm, IsToldFromOneThirdLeftUntilItIsRenewed) {
  constexpr auto kServer = "https://target.example:443";
  Ready world;
  EXPECT_TRUE(world.resource()->at("status").at("targetAccess").at("notAfter").is_null());
  const auto begin = world.clock.now();
  put_kubeconfig(world, "virtual-garden", kServer, 30h);
  ASSERT_TRUE(settle(world));
  EXPECT_EQ(world.resource()->at("status").at("targetAccess").at("notAfter"),
            json::Value(base::to_rfc3339(begin + 30h)))
      << told(world);
  world.run_for(19h);
  EXPECT_TRUE(world.condition("AccessEnding").is_null());
  world.run_for(90min);
  EXPECT_EQ(world.reason("AccessEnding"), "EndsSoon") << told(world);
  EXPECT_TRUE(world.is_ready());
  put_kubeconfig(world, "virtual-garden", kServer, 30h);
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.condition("AccessEnding").is_null());
}

TEST(ClockSkew, OfEitherServerIsTold) {
  Ready world;
  world.runtime_skew = 2min;
  world.target_skew = -10min;
  world.run_for(2min);
  EXPECT_EQ(world.reason("ClockSkewed"), "ClockWrong");
  EXPECT_THAT(world.message("ClockSkewed"), AllOf(HasSubstr("runtime cluster's API server"),
                                                  HasSubstr("5 minutes behind the operator's")));
  world.runtime_skew = world.target_skew = 0min;
  world.run_for(2min);
  EXPECT_TRUE(world.condition("ClockSkewed").is_null());
}

// --- rights

TEST(References, BindWhatIsThereAndMakeNoRole) {
  Ready world(R"({"spec": {"permissions": {"type": "References", "clusterRules": null,
      "references": {"clusterRoles": ["viewer", "auditor"],
                     "roles": [{"namespace": "extension-admission-alicloud",
                                "clusterRoles": ["editor"]}]}}}})");
  EXPECT_THAT(world.target.peek_all(kinds::kClusterRole), IsEmpty());
  std::vector<std::string> bound;
  for (const auto& kind : {kinds::kClusterRoleBinding, kinds::kRoleBinding})
    for (const auto& binding : world.target.peek_all(kind)) {
      bound.push_back(binding.namespace_name() + " " +
                      std::string(binding.at("roleRef").at("name").string_or("")));
      EXPECT_THAT(binding.at("subjects").items(), SizeIs(1));
    }
  EXPECT_THAT(bound, ::testing::UnorderedElementsAre(" viewer", " auditor",
                                                     "extension-admission-alicloud editor"));
  world.edit(R"({"spec": {"permissions": {"references": {"clusterRoles": ["viewer"]}}}})");
  ASSERT_TRUE(settle(world));
  EXPECT_THAT(world.target.peek_all(kinds::kClusterRoleBinding), SizeIs(1));
}

TEST(External, MakesNoRightsAndHoldsBackACredentialThatHasNone) {
  World world;
  bool granted = false;
  world.fault = [&](const Call& call) -> kube::testing::FaultyApi::Verdict {
    const auto* post = std::get_if<kube::Post>(&call.request);
    if (!granted && post && post->ref.resource == kinds::kSelfSubjectAccessReview)
      return {.before = base::Error{.kind = base::Error::Kind::denied, .what = "not granted"}};
    return {};
  };
  world.create(R"({"spec": {"permissions": {"type": "External"}}})");
  world.run_for(30s);
  EXPECT_FALSE(world.runtime.peek(kCredential));
  granted = true;
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_THAT(world.target.peek_all(kinds::kClusterRole), IsEmpty());
  EXPECT_THAT(world.target.peek_all(kinds::kClusterRoleBinding), IsEmpty());
}

// --- deletions that leave something

TEST(Orphan, LeavesIdentityAndRightsAndNothingElse) {
  Ready world(R"({"spec": {"deletionPolicy": "Orphan"}})");
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.resource());
  EXPECT_THAT(world.owned_objects(),
              ElementsAre("target ClusterRole garden-admission-alicloud-aaaaa",
                          "target ClusterRoleBinding garden-admission-alicloud-aaaaa",
                          "target Namespace extension-admission-alicloud",
                          "target ServiceAccount extension-admission-alicloud/admission-alicloud"));
}

TEST(Orphan, IsFoundAgainByAResourceOfTheSameName) {
  Ready world(R"({"spec": {"deletionPolicy": "Orphan"}})");
  world.remove();
  ASSERT_TRUE(settle(world));
  world.create();
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_THAT(world.owned_objects(), IsEmpty());
}

TEST(ForceAfter, LetsGoOfALostTargetAndListsWhatIsLeftThere) {
  Ready world(R"({"spec": {"forceAfter": "2h"}})");
  world.fault = [](const Call& call) -> kube::testing::FaultyApi::Verdict {
    if (call.cluster == Cluster::target) return {.before = base::transient("no route")};
    return {};
  };
  world.run_for(1min);
  world.remove();
  world.run_for(119min);
  ASSERT_TRUE(world.resource());
  EXPECT_EQ(world.reason("Ready"), "DeletionBlocked") << told(world);
  EXPECT_THAT(world.runtime.peek_all(kinds::kReplicaSet), SizeIs(1));
  world.run_for(10min);
  EXPECT_FALSE(world.resource()) << told(world);
  const auto list =
      world.runtime.peek({kinds::kConfigMap, "garden", "admission-alicloud-left-behind"});
  ASSERT_TRUE(list);
  EXPECT_THAT(
      std::string(list->at("data").at("remove.sh").string_or("")),
      AllOf(HasSubstr("kubectl delete validatingwebhookconfigurations.admissionregistration.k8s.io "
                      "garden-admission-alicloud-aaaaa\n"),
            HasSubstr("serviceaccounts admission-alicloud --namespace "
                      "extension-admission-alicloud\n")));
  EXPECT_THAT(world.owned_objects(), Each(HasSubstr("target ")));
  bool was_told = false;
  for (const auto& event : world.runtime.peek_all(kinds::kEvent))
    was_told = was_told || event.at("reason").string_or("") == "LetGo";
  EXPECT_TRUE(was_told);
}

TEST(ForceAfter, DoesNotMatterWhileTheTargetAnswers) {
  Ready world(R"({"spec": {"forceAfter": "1s"}})");
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_THAT(world.owned_objects(), IsEmpty());
  EXPECT_FALSE(world.runtime.peek({kinds::kConfigMap, "garden", "admission-alicloud-left-behind"}));
}

}  // namespace
}  // namespace reconcile::testing

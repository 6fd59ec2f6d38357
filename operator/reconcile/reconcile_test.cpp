#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/base64.hpp"
#include "json/parse.hpp"
#include "operator/reconcile/secrets.hpp"
#include "operator/reconcile/test_world.hpp"

namespace reconcile::testing {
namespace {

using desired::Cluster;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
namespace kinds = kube::kinds;
using namespace std::chrono_literals;

std::string told(const World& world) {
  const auto resource = world.resource();
  std::string text =
      resource ? json::to_pretty_string(resource->at("status").at("conditions")) : "";
  for (const auto& write : world.log_of_writes) text += write + "\n";
  return text + world.log();
}

bool settle(World& world) {
  const bool rested = world.settle();
  EXPECT_TRUE(rested) << told(world);
  return rested;
}

/// A world in which the resource is ready and the operator has come to rest.
struct Ready : World {
  explicit Ready(std::string_view patch = "{}") {
    create(patch);
    settle();
    EXPECT_TRUE(is_ready()) << told(*this);
    forget_the_past();
  }
  using World::settle;
};

const kube::ObjectRef kRole{kinds::kClusterRole, "", "garden-admission-alicloud-aaaaa"};
const kube::ObjectRef kWebhooks{kinds::kValidatingWebhookConfiguration, "",
                                "garden-admission-alicloud-aaaaa"};
const kube::ObjectRef kCredential{kinds::kSecret, "garden", "admission-alicloud-kubeconfig"};
const kube::ObjectRef kAccess{kinds::kSecret, "garden", "admission-alicloud-access"};
const kube::ObjectRef kServingCa{kinds::kSecret, "garden", "admission-alicloud-serving-ca"};

// --- from nothing to ready ------------------------------------------------------------------

TEST(Reconcile, MakesAResourceReady) {
  World world;
  world.create();
  ASSERT_TRUE(world.settle()) << told(world);
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_THAT(
      world.owned_objects(),
      ElementsAre("runtime PodDisruptionBudget garden/admission-alicloud-031339039f",
                  "runtime ReplicaSet garden/admission-alicloud-031339039f",
                  "runtime Secret garden/admission-alicloud-kubeconfig",
                  "runtime Secret garden/admission-alicloud-serving",
                  "runtime Secret garden/admission-alicloud-serving-ca",
                  "runtime Service garden/admission-alicloud",
                  "runtime ServiceAccount garden/admission-alicloud",
                  "target ClusterRole garden-admission-alicloud-aaaaa",
                  "target ClusterRoleBinding garden-admission-alicloud-aaaaa",
                  "target Namespace extension-admission-alicloud",
                  "target Secret extension-admission-alicloud/admission-alicloud-credential-g1",
                  "target ServiceAccount extension-admission-alicloud/admission-alicloud",
                  "target ValidatingWebhookConfiguration garden-admission-alicloud-aaaaa"));
}

TEST(Reconcile, MakesAResourceOfTheRuntimeClusterReady) {
  World world;
  world.create_local(R"({"spec": {
    "permissions": {"clusterRoleName": "admission-alicloud",
      "roles": [{"namespace": "garden", "rules": [{"apiGroups": [""], "resources": ["configmaps"],
                                                   "verbs": ["get"]}]}]},
    "workload": {"runtimeRules": [{"apiGroups": [""], "resources": ["pods"],
                                   "verbs": ["get"]}]}}})");
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_TRUE(world.runtime.peek({kinds::kRole, "garden", "admission-alicloud"}));
  EXPECT_TRUE(world.runtime.peek({kinds::kRole, "garden", "admission-alicloud-runtime"}));
  const int writes = world.writes;
  world.run_for(30min);
  EXPECT_EQ(world.writes, writes) << told(world);
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_THAT(world.owned_objects(), IsEmpty());
}

constexpr auto kProjected =
    R"({"spec": {"credentials": {"type": "ProjectedToken", "projectedToken": {}}}})";

TEST(Reconcile, MakesAKubeconfigForATokenOfTheKubelets) {
  World world;
  world.create_local(kProjected);
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
  const auto secret = world.runtime.peek(kAccess);
  ASSERT_TRUE(secret) << told(world);
  const auto config = data_of(*secret, "kubeconfig").value_or("");
  EXPECT_THAT(config, AllOf(HasSubstr("https://runtime.example"),
                            HasSubstr("/var/run/secrets/portcullis/token")));
  EXPECT_FALSE(data_of(*secret, "token"));
  EXPECT_EQ(world.reason("CredentialsReady"), "Projected");
  world.forget_the_past();
  world.run_for(3h);
  EXPECT_EQ(world.writes, 0) << told(world);
}

TEST(Reconcile, MendsTheKubeconfigThatWasEditedOrDeleted) {
  World world;
  world.create_local(kProjected);
  ASSERT_TRUE(settle(world));
  const auto before = world.runtime.peek(kAccess)->at("data");
  auto secret = *world.runtime.peek(kAccess);
  secret["data"]["kubeconfig"] = "QQ==";
  world.do_as("kubectl", Cluster::runtime, secret, true);
  ASSERT_TRUE(settle(world));
  EXPECT_EQ(world.runtime.peek(kAccess)->at("data"), before);
  world.erase(Cluster::runtime, kAccess);
  ASSERT_TRUE(settle(world));
  EXPECT_EQ(world.runtime.peek(kAccess)->at("data"), before);
}

TEST(Reconcile, KeepsWhatOldReplicasMountUntilTheyAreGone) {
  World world;
  world.create_local(kProjected);
  ASSERT_TRUE(settle(world));
  world.pods_become_ready = false;
  world.edit(R"({"spec": {"credentials": {"type": "InCluster", "projectedToken": null}}})");
  world.run_for(2min);
  EXPECT_TRUE(world.runtime.peek(kAccess)) << told(world);
  world.pods_become_ready = true;
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.runtime.peek(kAccess)) << told(world);
  EXPECT_TRUE(world.is_ready());
  world.edit(kProjected);
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.runtime.peek(kAccess)) << told(world);
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_THAT(world.owned_objects(), IsEmpty());
}

TEST(Reconcile, MakesEveryCertificateAndTokenOnce) {
  World world;
  world.create();
  ASSERT_TRUE(world.settle());
  const auto count = [&](const char* what) {
    return std::ranges::count_if(world.log_of_writes, [&](const std::string& write) {
      return write.find(what) != std::string::npos;
    });
  };
  EXPECT_EQ(count("garden/admission-alicloud-serving-ca"), 1) << told(world);
  EXPECT_EQ(count("garden/admission-alicloud-kubeconfig"), 1) << told(world);
  EXPECT_EQ(count("credential-g"), 1) << told(world);
}

TEST(Reconcile, NoWebhookBeforeReplicasAreReady) {
  World world;
  world.pods_become_ready = false;
  world.create();
  world.run_for(2min);
  EXPECT_FALSE(world.target.peek(kWebhooks));
  EXPECT_EQ(world.reason("Ready"), "WaitingForReplicas") << told(world);
  world.pods_become_ready = true;
  ASSERT_TRUE(world.settle());
  EXPECT_TRUE(world.target.peek(kWebhooks));
}

// --- at rest ----------------------------------------------------------------------------------

TEST(Reconcile, AtRestItWritesNothing) {
  Ready world;
  for (int round = 0; round < 60; ++round) {
    ASSERT_TRUE(world.reconcile());
    world.clock.advance(30s);
  }
  EXPECT_EQ(world.writes, 0) << told(world);
}

TEST(Reconcile, ARestartWritesNothing) {
  Ready world;
  world.restart();
  ASSERT_TRUE(world.settle());
  EXPECT_EQ(world.writes, 0) << told(world);
}

TEST(Reconcile, AtRestItAsksLittle) {
  Ready world;
  for (int round = 0; round < 10; ++round) ASSERT_TRUE(world.reconcile());
  EXPECT_LE(world.requests, 80) << "8 reads for each look";
}

// --- drift ------------------------------------------------------------------------------------

std::vector<std::pair<Cluster, kube::ObjectRef>> everything_of(World& world) {
  std::vector<std::pair<Cluster, kube::ObjectRef>> all;
  for (const auto cluster : {Cluster::runtime, Cluster::target})
    for (const auto& kind : {kinds::kSecret, kinds::kServiceAccount, kinds::kService,
                             kinds::kClusterRole, kinds::kClusterRoleBinding, kinds::kReplicaSet,
                             kinds::kPodDisruptionBudget, kinds::kValidatingWebhookConfiguration})
      for (const auto& object : world.at(cluster).peek_all(kind))
        if (object.label(desired::kNameLabel)) all.emplace_back(cluster, object.ref());
  return all;
}

TEST(Drift, WhateverIsDeletedComesBack) {
  Ready world;
  const auto before = world.owned_objects();
  for (const auto& [cluster, ref] : everything_of(world)) {
    const bool is_anchor = cluster == Cluster::target && ref.resource == kinds::kSecret;
    if (is_anchor && !world.target.peek(ref)) continue;  // retired with the account or the Secret
    world.erase(cluster, ref);
    ASSERT_TRUE(settle(world)) << kube::to_string(ref);
    EXPECT_TRUE(world.is_ready()) << kube::to_string(ref) << told(world);
    if (!is_anchor) EXPECT_TRUE(world.at(cluster).peek(ref)) << kube::to_string(ref);
    world.run_for(30min);
    EXPECT_THAT(world.owned_objects(), SizeIs(before.size())) << kube::to_string(ref);
  }
}

TEST(Drift, ADeletedAnchorIsReplacedByANewGenerationAtOnce) {
  Ready world;
  world.erase(Cluster::target, {kinds::kSecret, kTargetSpace, "admission-alicloud-credential-g1"});
  ASSERT_TRUE(settle(world));
  EXPECT_THAT(world.anchors(), ElementsAre("admission-alicloud-credential-g2"));
}

TEST(Drift, WhateverIsEditedIsMended) {
  Ready world;
  for (const auto& [cluster, ref] : everything_of(world)) {
    auto object = *world.at(cluster).peek(ref);
    if (ref.resource == kinds::kSecret) continue;
    object.set_label(desired::kNameLabel, "someone");
    object.set_annotation(desired::kOwnerAnnotation, "someone");
    if (!object.at("rules").is_null()) object["rules"] = json::Array{};
    if (!object.at("webhooks").is_null())
      (*object["webhooks"].as_array())[0]["clientConfig"]["caBundle"] = "QQ==";
    world.do_as("kubectl", cluster, object, true);
    ASSERT_TRUE(settle(world)) << kube::to_string(ref);
    const auto after = *world.at(cluster).peek(ref);
    EXPECT_EQ(after.label(desired::kNameLabel), "admission-alicloud") << kube::to_string(ref);
    EXPECT_NE(after.annotation(desired::kOwnerAnnotation), "someone");
    if (!object.at("rules").is_null()) EXPECT_THAT(after.at("rules").items(), SizeIs(2));
    if (!object.at("webhooks").is_null())
      EXPECT_NE(after.at("webhooks").items()[0].at("clientConfig").at("caBundle").string_or(""),
                "QQ==");
  }
}

TEST(Drift, AnEditedCredentialIsReplaced) {
  Ready world;
  auto secret = *world.runtime.peek(kCredential);
  secret["data"]["kubeconfig"] = "QQ==";
  world.do_as("kubectl", Cluster::runtime, secret, true);
  ASSERT_TRUE(settle(world));
  EXPECT_NE(world.runtime.peek(kCredential)->at("data").at("kubeconfig").string_or(""), "QQ==");
  EXPECT_THAT(world.anchors(), SizeIs(2)) << "the old generation stays for the overlap";
  world.run_for(30min);
  EXPECT_THAT(world.anchors(), SizeIs(1));
}

TEST(Drift, AFieldThatIsTakenBackThreeTimesIsLeftAndReported) {
  Ready world;
  const auto take = [&] {
    auto role = *world.target.peek(kRole);
    role["rules"] = json::Array{};
    world.do_as("kubectl", Cluster::target, role, true);
    return settle(world);
  };
  for (int time = 1; time < 3; ++time) {
    ASSERT_TRUE(take());
    EXPECT_THAT(world.target.peek(kRole)->at("rules").items(), SizeIs(2)) << time;
  }
  ASSERT_TRUE(take());
  EXPECT_THAT(world.target.peek(kRole)->at("rules").items(), IsEmpty());
  EXPECT_THAT(world.message("FieldContested"), HasSubstr("/rules (by kubectl)")) << told(world);
  const int before = world.writes;
  world.run_for(10min);
  EXPECT_EQ(world.writes, before) << told(world);
}

TEST(Drift, OtherFieldsAreMendedBesideAContestedOne) {
  Ready world;
  for (int time = 0; time < 3; ++time) {
    auto hooks = *world.target.peek(kWebhooks);
    (*hooks["webhooks"].as_array())[0]["timeoutSeconds"] = 3;
    world.do_as("kubectl", Cluster::target, hooks, true);
    ASSERT_TRUE(settle(world));
  }
  auto hooks = *world.target.peek(kWebhooks);
  hooks.set_label(desired::kSideLabel, "runtime");
  world.do_as("kubectl", Cluster::target, hooks, true);
  ASSERT_TRUE(settle(world));
  const auto after = *world.target.peek(kWebhooks);
  EXPECT_EQ(after.label(desired::kSideLabel), "target");
  ASSERT_THAT(after.at("webhooks").items(), SizeIs(1));
  const auto& entry = after.at("webhooks").items()[0];
  EXPECT_EQ(entry.at("timeoutSeconds").int_or(0), 3);
  EXPECT_THAT(entry.at("rules").items(), SizeIs(1)) << "what we own beside it stays";
}

TEST(Drift, AContestEndsWhenTheOtherWriterAgrees) {
  Ready world;
  auto original = *world.target.peek(kRole);
  for (int time = 0; time < 3; ++time) {
    auto role = *world.target.peek(kRole);
    role["rules"] = json::Array{};
    world.do_as("kubectl", Cluster::target, role, true);
    ASSERT_TRUE(settle(world));
  }
  auto role = *world.target.peek(kRole);
  role["rules"] = original.at("rules");
  world.do_as("kubectl", Cluster::target, role, true);
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.condition("FieldContested").is_null()) << told(world);
}

TEST(Drift, EditedStatusIsWrittenAgain) {
  Ready world;
  auto object = *world.resource();
  object["status"]["conditions"] = json::Array{};
  ASSERT_TRUE(world.runtime.perform(
      kube::Update{.object = object, .field_manager = "kubectl", .subresource = "status"}));
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready());
}

// --- what belongs to others ---------------------------------------------------------------------

kube::Object foreign(const kube::ObjectRef& ref) {
  auto object = kube::Object::make(ref.resource, ref.namespace_name, ref.name);
  object.set_label("app.kubernetes.io/managed-by", "Helm");
  return object;
}

TEST(Foreign, AClusterRoleStallsAndHealsWhenItGoes) {
  World world;
  world.do_as("helm", Cluster::target, foreign(kRole));
  world.create();
  world.run_for(1min);
  EXPECT_EQ(world.reason("Stalled"), "ForeignOwner") << told(world);
  EXPECT_THAT(world.message("Stalled"),
              AllOf(HasSubstr("target cluster"), HasSubstr("Helm"), HasSubstr(kRole.name)));
  EXPECT_FALSE(world.target.peek(kWebhooks));
  EXPECT_EQ(world.target.peek(kRole)->label("app.kubernetes.io/managed-by"), "Helm");
  world.erase(Cluster::target, kRole);
  world.run_for(1min);
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
}

TEST(Foreign, SecretsOfOthersAreNeverOverwritten) {
  for (const auto& ref : {kCredential, kServingCa, kAccess}) {
    World world;
    auto secret = foreign(ref);
    if (ref == kAccess) secret["metadata"].as_object()->erase("labels");  // nor adopted
    secret["data"]["mine"] = "bWluZQ==";
    world.do_as("user", Cluster::runtime, secret);
    ref == kAccess ? world.create_local(kProjected) : world.create();
    world.run_for(1min);
    EXPECT_EQ(world.reason("Stalled"), "ForeignOwner") << told(world);
    EXPECT_EQ(world.runtime.peek(ref)->at("data"), secret.at("data"));
    EXPECT_LE(world.anchors().size(), 3u);
  }
}

TEST(Foreign, ARefusedObjectDoesNotLetCredentialsExpire) {
  Ready world;
  auto role = *world.target.peek(kRole);
  role["metadata"]["labels"] = json::Value::object({{"app.kubernetes.io/managed-by", "Helm"}});
  role["metadata"].as_object()->erase("annotations");
  world.do_as("helm", Cluster::target, role, true);
  world.run_for(36h);
  EXPECT_EQ(world.reason("Stalled"), "ForeignOwner") << told(world);
  EXPECT_THAT(world.anchors(), Not(Contains("admission-alicloud-credential-g1")));
  EXPECT_EQ(world.condition("CredentialsReady").at("status").string_or(""), "True");
  EXPECT_TRUE(world.target.peek(kWebhooks));
}

TEST(Foreign, ANamespaceThatWasThereIsUsedAndStays) {
  World world;
  world.do_as("user", Cluster::target, kube::Object::make(kinds::kNamespace, "", kTargetSpace));
  world.create();
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.resource());
  EXPECT_TRUE(world.target.peek({kinds::kNamespace, "", kTargetSpace}));
}

// --- deletion -----------------------------------------------------------------------------------

TEST(Deletion, LeavesNothingInEitherCluster) {
  Ready world;
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.resource());
  EXPECT_THAT(world.owned_objects(), IsEmpty()) << told(world);
  EXPECT_THAT(world.runtime.peek_all(kinds::kPod), IsEmpty());
}

TEST(Deletion, KeepsReplicasUntilWebhooksAreGoneForAWhile) {
  Ready world;
  const auto count = [&] { return world.runtime.peek_all(kinds::kReplicaSet).size(); };
  world.remove();
  std::optional<base::TimePoint> withdrawn;
  for (int round = 0; round < 200 && count() > 0; ++round) {
    const auto done = world.reconcile();
    if (!world.target.peek(kWebhooks) && !withdrawn) withdrawn = world.clock.now();
    world.clock.advance(500ms);
  }
  ASSERT_TRUE(withdrawn);
  EXPECT_GE(world.clock.now() - *withdrawn, 9s);
}

TEST(Deletion, KeepsANamespaceThatOthersUse) {
  Ready world;
  world.do_as("user", Cluster::target, kube::Object::make(kinds::kSecret, kTargetSpace, "mine"));
  world.remove();
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.resource());
  EXPECT_TRUE(world.target.peek({kinds::kSecret, kTargetSpace, "mine"}));
}

TEST(Deletion, WaitsForATargetThatCannotBeReached) {
  Ready world;
  world.fault = [](const Call& call) -> kube::testing::FaultyApi::Verdict {
    if (call.cluster == Cluster::target) return {.before = base::transient("no route")};
    return {};
  };
  world.remove();
  world.run_for(1h);
  EXPECT_EQ(world.reason("Ready"), "DeletionBlocked") << told(world);
  EXPECT_THAT(world.runtime.peek_all(kinds::kReplicaSet), SizeIs(1));
  world.fault = nullptr;
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.resource());
  EXPECT_THAT(world.owned_objects(), IsEmpty());
}

TEST(Deletion, WithoutItsAccessSecretIsBlockedAndSaysWhy) {
  Ready world;
  world.erase(Cluster::runtime, {kinds::kSecret, "garden", "virtual-garden"});
  world.remove();
  world.run_for(1min);
  EXPECT_EQ(world.reason("Ready"), "DeletionBlocked") << told(world);
  EXPECT_THAT(world.message("Ready"), HasSubstr("garden/virtual-garden"));
  EXPECT_THAT(world.runtime.peek_all(kinds::kReplicaSet), SizeIs(1));
  world.write_access_secret();
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.resource());
}

TEST(Deletion, OfAResourceThatCannotBeReadDoesNothing) {
  Ready world;
  world.edit(R"({"spec": {"service": {"port": "many"}}})");
  world.remove();
  world.run_for(1min);
  EXPECT_TRUE(world.resource());
  EXPECT_TRUE(world.target.peek(kWebhooks));
  EXPECT_EQ(world.reason("Stalled"), "NotSupported") << told(world);
}

// --- credentials over time
// ------------------------------------------------------------------------

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
  world.run_for(12h - 2min);
  EXPECT_THAT(world.anchors(), ElementsAre("admission-alicloud-credential-g1"));
  world.run_for(10min);
  EXPECT_THAT(world.anchors(), SizeIs(2));
  world.run_for(15min);
  EXPECT_THAT(world.anchors(), ElementsAre("admission-alicloud-credential-g2"));
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

// --- outages
// --------------------------------------------------------------------------------------

TEST(Outage, OfTheTargetKeepsEverythingAndHeals) {
  Ready world;
  world.fault = [](const Call& call) -> kube::testing::FaultyApi::Verdict {
    if (call.cluster == Cluster::target) return {.before = base::transient("no route to host")};
    return {};
  };
  const auto before = world.owned_objects();
  world.run_for(1h);
  EXPECT_EQ(world.reason("TargetReachable"), "Unreachable");
  EXPECT_THAT(world.message("Ready"),
              AllOf(HasSubstr("no route to host"), HasSubstr("target cluster")));
  EXPECT_EQ(world.owned_objects(), before);
  world.fault = nullptr;
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready());
}

TEST(Access, AnotherServerIsEnteredAndTheCredentialMadeForIt) {
  Ready world;
  world.write_access_secret("https://moved.example");
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready()) << told(world);
  EXPECT_THAT(data_of(*world.runtime.peek(kCredential), "kubeconfig").value_or(""),
              HasSubstr("https://moved.example"));
}

TEST(Access, AMissingSecretIsStalledWithItsName) {
  World world;
  world.create();
  world.erase(Cluster::runtime, {kinds::kSecret, "garden", "virtual-garden"});
  world.run_for(30s);
  EXPECT_EQ(world.reason("Stalled"), "AccessSecretMissing") << told(world);
  EXPECT_THAT(world.message("Ready"), HasSubstr("garden/virtual-garden"));
  world.write_access_secret();
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready());
}

// --- changes
// --------------------------------------------------------------------------------------

TEST(Change, OfTheImageRollsWithoutLosingReplicas) {
  Ready world;
  world.edit(R"({"spec": {"workload": {"image": "example.org/new:1"}}})");
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready());
  std::int64_t wanted = 0;
  for (const auto& set : world.runtime.peek_all(kinds::kReplicaSet))
    wanted += set.at("spec").at("replicas").int_or(0);
  EXPECT_EQ(wanted, 2);
  EXPECT_THAT(world.runtime.peek_all(kinds::kPodDisruptionBudget), SizeIs(1));
}

TEST(Change, OfRulesAndEntriesPrunesWhatIsNotAskedForAnyMore) {
  Ready world;
  world.edit(R"({"spec": {"permissions": {"clusterRules": []}, "webhooks": {"validating": []}}})");
  ASSERT_TRUE(settle(world));
  EXPECT_FALSE(world.target.peek(kRole));
  EXPECT_FALSE(world.target.peek(kWebhooks));
  EXPECT_TRUE(world.is_ready()) << told(world);
}

TEST(Change, ToSomethingUnsupportedStallsAndTouchesNothing) {
  Ready world;
  const auto before = world.owned_objects();
  world.edit(R"({"spec": {"deletionPolicy": "Orphan"}})");
  world.run_for(1min);
  EXPECT_EQ(world.reason("Stalled"), "NotSupported") << told(world);
  EXPECT_EQ(world.owned_objects(), before);
  world.edit(R"({"spec": {"deletionPolicy": "Delete"}})");
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.is_ready());
}

TEST(Change, OfTheTargetNamespaceThatIsDeletedWithdrawsAndComesBack) {
  Ready world;
  world.erase(Cluster::target, {kinds::kNamespace, "", kTargetSpace});
  ASSERT_TRUE(world.reconcile());
  EXPECT_FALSE(world.target.peek(kWebhooks)) << told(world);
  ASSERT_TRUE(settle(world));
  EXPECT_TRUE(world.target.peek(kWebhooks)) << told(world);
  EXPECT_TRUE(world.is_ready());
}

}  // namespace
}  // namespace reconcile::testing

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "operator/reconcile/ready_world.hpp"

namespace reconcile::testing {
namespace {

using desired::Cluster;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

// --- drift

/// One with an object of every kind that the operator makes.
constexpr auto kEveryKind = R"({"spec": {
    "permissions": {"roles": [{"namespace": "extension-admission-alicloud",
      "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}]}]},
    "workload": {"runtimeRules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
    "webhooks": {"mutating": [{"name": "shoots.mutator.example.org", "path": "/webhooks/mutate",
      "rules": [{"operations": ["CREATE"], "apiGroups": ["core.gardener.cloud"],
                 "apiVersions": ["v1beta1"], "resources": ["shoots"]}],
      "sideEffects": "None", "admissionReviewVersions": ["v1"]}]}}})";

TEST(Drift, WhateverIsDeletedComesBack) {
  Ready world(kEveryKind);
  const auto before = world.owned_objects();
  for (const auto& [cluster, ref] : world.owned()) {
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

/// What somebody's hand does to fields that are ours.
void spoil(kube::Object& object) {
  object.set_label(desired::kNameLabel, "someone");
  object.set_annotation(desired::kOwnerAnnotation, "someone");
  if (!object.at("rules").is_null()) object["rules"] = json::Array{};
  if (!object.at("subjects").is_null())
    (*object["subjects"].as_array())[0]["name"] = "someone-else";
  if (!object.at("webhooks").is_null())
    (*object["webhooks"].as_array())[0]["clientConfig"]["caBundle"] = "QQ==";
  auto& spec = object["spec"];
  if (object.resource() == kinds::kService) (*spec["ports"].as_array())[0]["targetPort"] = 1;
  if (object.resource() == kinds::kPodDisruptionBudget) spec["maxUnavailable"] = 0;
  if (object.resource() == kinds::kReplicaSet) {
    auto& container = (*spec["template"]["spec"]["containers"].as_array())[0];
    container["image"] = "example.org/other:1";
  }
  if (spec.is_null()) object.document().as_object()->erase("spec");
}

TEST(Drift, WhateverIsEditedIsMended) {
  Ready world(kEveryKind);
  std::set<std::string> kinds_seen;
  for (const auto& [cluster, ref] : world.owned()) {
    if (ref.resource == kinds::kSecret) continue;
    kinds_seen.insert(ref.resource.kind);
    const auto before = *world.at(cluster).peek(ref);
    auto object = before;
    spoil(object);
    world.do_as("kubectl", cluster, object, true);
    ASSERT_TRUE(settle(world)) << kube::to_string(ref);
    const auto after = world.at(cluster).peek(ref);
    ASSERT_TRUE(after) << kube::to_string(ref);
    EXPECT_EQ(after->label(desired::kNameLabel), "admission-alicloud") << kube::to_string(ref);
    EXPECT_NE(after->annotation(desired::kOwnerAnnotation), "someone");
    for (const auto* part : {"rules", "subjects", "webhooks", "spec"})
      EXPECT_EQ(json::to_canonical_string(after->at(part)),
                json::to_canonical_string(before.at(part)))
          << kube::to_string(ref) << " " << part << told(world);
  }
  EXPECT_THAT(kinds_seen, SizeIs(12));
}

// Whoever is not found is neither renewed nor retired, and left behind in the end.
TEST(Drift, SecretsKeepWhatTheyAreFoundBy) {
  const auto set_name = [](kube::Object& secret) {
    secret.set_label(desired::kNameLabel, "someone");
  };
  const auto no_labels = [](kube::Object& secret) {
    secret["metadata"]["labels"] = json::Object{};
  };
  const auto no_annotations = [](kube::Object& secret) {
    secret["metadata"]["annotations"] = json::Object{};
  };
  for (const auto& edit :
       std::vector<std::function<void(kube::Object&)>>{set_name, no_labels, no_annotations}) {
    Ready world;
    int secrets = 0;
    for (const auto& [cluster, ref] : world.owned()) {
      if (ref.resource != kinds::kSecret || !world.at(cluster).peek(ref)) continue;
      ++secrets;
      const auto before = *world.at(cluster).peek(ref);
      auto edited = before;
      edit(edited);
      world.do_as("kubectl", cluster, edited, true);
      ASSERT_TRUE(settle(world)) << kube::to_string(ref);
      const auto after = world.at(cluster).peek(ref);
      ASSERT_TRUE(after) << kube::to_string(ref);
      EXPECT_EQ(after->uid(), before.uid());
      EXPECT_EQ(after->at("metadata").at("labels"), before.at("metadata").at("labels"))
          << kube::to_string(ref);
      EXPECT_EQ(after->annotation(desired::kOwnerAnnotation),
                before.annotation(desired::kOwnerAnnotation));
    }
    EXPECT_EQ(secrets, 4);
    world.run_for(1h);
    EXPECT_THAT(world.anchors(), SizeIs(1));
    world.remove();
    ASSERT_TRUE(settle(world));
    EXPECT_THAT(world.target.peek_all(kinds::kSecret), IsEmpty());
  }
}

TEST(Drift, WhatServesComesBackAndIsMendedWhileARollOutIsStuck) {
  Ready world;
  const auto name = world.runtime.peek_all(kinds::kReplicaSet).front().name();
  world.pods_become_ready = false;
  world.edit(R"({"spec": {"workload": {"image": "example.org/never-ready:1"}}})");
  world.run_for(15min);
  ASSERT_EQ(world.reason("RolledOut"), "ProgressDeadlineExceeded") << told(world);
  for (const auto* kind :
       {&kinds::kPodDisruptionBudget, &kinds::kReplicaSet, &kinds::kControllerRevision}) {
    const kube::ObjectRef ref{*kind, "garden", name};
    const auto before = world.runtime.peek(ref);
    ASSERT_TRUE(before) << kube::to_string(ref);
    const auto is_as_before = [&] {
      const auto after = world.runtime.peek(ref);
      if (!after || after->label(desired::kNameLabel) != "admission-alicloud") return false;
      return after->at("spec") == before->at("spec") && after->at("data") == before->at("data");
    };
    // What an old revision was made from is known nowhere else.
    if (kind != &kinds::kControllerRevision) world.erase(Cluster::runtime, ref);
    world.run_for(2min);
    ASSERT_TRUE(is_as_before()) << kube::to_string(ref) << told(world);
    auto spoiled = *world.runtime.peek(ref);
    spoil(spoiled);
    world.do_as("kubectl", Cluster::runtime, spoiled, true);
    world.run_for(2min);
    EXPECT_TRUE(is_as_before()) << kube::to_string(ref) << told(world);
  }
}

TEST(Drift, ATemplateThatIsNotTheRevisionsIsNotRun) {
  Ready world;
  const auto set = world.runtime.peek_all(kinds::kReplicaSet).front();
  const kube::ObjectRef kept{kinds::kControllerRevision, "garden", set.name()};
  auto forged = *world.runtime.peek(kept);
  (*forged["data"]["template"]["spec"]["containers"].as_array())[0]["image"] = "example.org/evil:1";
  forged["metadata"].as_object()->erase("uid");
  forged["metadata"].as_object()->erase("resourceVersion");
  world.erase(Cluster::runtime, kept);
  world.do_as("kubectl", Cluster::runtime, forged);
  world.erase(Cluster::runtime, set.ref());
  ASSERT_TRUE(settle(world));
  EXPECT_EQ(world.runtime.peek(set.ref())->at("spec"), set.at("spec"));
  EXPECT_NE(world.runtime.peek(kept)->at("data"), forged.at("data"));
  EXPECT_TRUE(world.is_ready()) << told(world);
}

TEST(Drift, WhateverIsEditedInASecretIsMended) {
  const kube::ObjectRef serving{kinds::kSecret, "garden", "admission-alicloud-serving"};
  for (const auto& ref : {kCredential, kServingCa, serving}) {
    Ready world;
    const auto data = world.runtime.peek(ref)->at("data");
    ASSERT_TRUE(data.as_object()) << kube::to_string(ref);
    for (const auto& [key, value] : *data.as_object()) {
      auto secret = *world.runtime.peek(ref);
      secret["data"][key] = "QQ==";
      world.do_as("kubectl", Cluster::runtime, secret, true);
      ASSERT_TRUE(settle(world)) << kube::to_string(ref) << " " << key;
      EXPECT_NE(world.runtime.peek(ref)->at("data").at(key).string_or(""), "QQ==")
          << kube::to_string(ref) << " " << key << told(world);
      EXPECT_TRUE(world.is_ready()) << kube::to_string(ref) << " " << key << told(world);
      world.run_for(30min);  // what was replaced is retired
    }
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

// --- what belongs to others

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

}  // namespace
}  // namespace reconcile::testing

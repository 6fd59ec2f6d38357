#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/base64.hpp"
#include "operator/api/testing.hpp"
#include "operator/desired/replica_set.hpp"
#include "operator/desired/rights.hpp"
#include "operator/desired/service.hpp"
#include "operator/desired/webhook_configurations.hpp"

namespace desired {
namespace {

using api::testing::example;
using api::testing::local_example;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr auto kClusterUid = "aaaaabbb-0000-4000-8000-000000000000";

struct Made {
  api::AdmissionDeployment resource;
  Inputs inputs() const { return {resource, kClusterUid}; }
  json::Value rendered() const { return pod_template(inputs()); }
  json::Value pod() const {
    const auto rendered = this->rendered();
    return replica_set(inputs(), rendered, revision(rendered), 2).object.at("spec").at("template");
  }
  Address at(const std::string& cluster_ip = "10.0.0.7") const {
    return address(inputs(), cluster_ip);
  }
  json::Value first_webhook(const std::string& cluster_ip = "10.0.0.7") const {
    return webhook_configurations(inputs(), at(cluster_ip), "PEM")
        .at(0)
        .object.at("webhooks")
        .items()
        .at(0);
  }
  std::string url(const std::string& cluster_ip = "10.0.0.7") const {
    return std::string(first_webhook(cluster_ip).at("clientConfig").at("url").string_or("none"));
  }
};

Made made(std::string_view patch = "{}") { return {example(patch)}; }
Made made_local(std::string_view patch = "{}") { return {local_example(patch)}; }

// --- Pods -----------------------------------------------------------------------------------

// https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
TEST(PodTemplate, IsWithinTheRestrictedProfile) {
  for (const auto& one : {made(), made_local()}) {
    const auto pod = one.pod();
    const auto& spec = pod.at("spec");
    for (const auto* host : {"hostNetwork", "hostPID", "hostIPC"})
      EXPECT_TRUE(spec.at(host).is_null());
    EXPECT_TRUE(spec.at("securityContext").at("runAsNonRoot").bool_or(false));
    EXPECT_GT(spec.at("securityContext").at("runAsUser").int_or(0), 0);
    EXPECT_EQ(spec.at("securityContext").at("seccompProfile").at("type").string_or(""),
              "RuntimeDefault");
    for (const auto& container : spec.at("containers").items()) {
      const auto& context = container.at("securityContext");
      EXPECT_FALSE(context.at("allowPrivilegeEscalation").bool_or(true));
      EXPECT_EQ(context.at("capabilities").at("drop"), json::Value::array({"ALL"}));
      EXPECT_TRUE(context.at("capabilities").at("add").is_null());
      EXPECT_TRUE(context.at("readOnlyRootFilesystem").bool_or(false));
    }
    for (const auto& volume : spec.at("volumes").items())
      EXPECT_FALSE(volume.at("secret").is_null()) << "unexpected kind of volume";
  }
}

TEST(PodTemplate, SecretsCanBeReadByTheUserItRunsAsAndNobodyElse) {
  const auto spec = made().pod().at("spec");
  EXPECT_EQ(spec.at("securityContext").at("fsGroup"), spec.at("securityContext").at("runAsGroup"));
  for (const auto& volume : spec.at("volumes").items())
    EXPECT_EQ(volume.at("secret").at("defaultMode").int_or(0), 0440);
}

TEST(PodTemplate, EveryMountNamesAVolumeAndEveryVolumeIsMounted) {
  for (const auto& one : {made(), made_local()}) {
    std::set<std::string> volumes, mounts;
    const auto spec = one.pod().at("spec");
    for (const auto& volume : spec.at("volumes").items())
      volumes.emplace(volume.at("name").string_or(""));
    for (const auto& mount : spec.at("containers").items()[0].at("volumeMounts").items())
      mounts.emplace(mount.at("name").string_or(""));
    EXPECT_EQ(volumes, mounts);
  }
}

TEST(PodTemplate, ProbesAskPortsThatExist) {
  const auto pod = made().pod();
  const auto& container = pod.at("spec").at("containers").items()[0];
  std::set<std::string> ports;
  for (const auto& port : container.at("ports").items())
    ports.emplace(port.at("name").string_or(""));
  for (const auto* probe : {"livenessProbe", "readinessProbe"}) {
    const auto& get = container.at(probe).at("httpGet");
    EXPECT_THAT(ports, Contains(get.at("port").string_or("")));
    EXPECT_TRUE(get.at("path").string_or("").starts_with("/"));
  }
}

TEST(PodTemplate, HasATokenOnlyWhereSomethingIsGrantedToIt) {
  EXPECT_FALSE(made().pod().at("spec").at("automountServiceAccountToken").bool_or(true));
  EXPECT_TRUE(made_local().pod().at("spec").at("automountServiceAccountToken").bool_or(false));
  EXPECT_TRUE(made(R"({"spec": {"workload": {"runtimeRules": [{"verbs": ["get"]}]}}})")
                  .pod()
                  .at("spec")
                  .at("automountServiceAccountToken")
                  .bool_or(false));
}

TEST(PodTemplate, TellsTheProcessWhereItsKubeconfigIs) {
  const auto container = made().pod().at("spec").at("containers").items()[0];
  EXPECT_THAT(container.at("env").items(),
              Contains(json::Value::object(
                  {{"name", "KUBECONFIG"}, {"value", "/var/run/secrets/portcullis/kubeconfig"}})));
  EXPECT_THAT(made_local().pod().at("spec").at("containers").items()[0].at("env").items(),
              SizeIs(1));
}

TEST(PodTemplate, TellsTheProcessItsRevision) {
  const auto pod = made_local().pod();
  const auto& env = pod.at("spec").at("containers").items()[0].at("env").items();
  ASSERT_THAT(env, SizeIs(1));
  EXPECT_EQ(env[0].at("name").string_or(""), "PORTCULLIS_REVISION");
  EXPECT_EQ(env[0].at("valueFrom").at("fieldRef").at("fieldPath").string_or(""),
            "metadata.labels['admission.portcullis.dev/revision']");
}

TEST(PodTemplate, NoVariableComesTwice) {
  const auto pod = made(R"({"spec": {"workload": {"podTemplate": {"env": [
      {"name": "KUBECONFIG", "value": "/elsewhere"}, {"name": "MORE", "value": "1"},
      {"name": "PORTCULLIS_REVISION", "value": "mine"}]}}}})")
                       .pod();
  const auto& env = pod.at("spec").at("containers").items()[0].at("env").items();
  ASSERT_THAT(env, SizeIs(3));
  EXPECT_EQ(env[0].at("value").string_or(""), "");
  EXPECT_EQ(env[1].at("value").string_or(""), "/var/run/secrets/portcullis/kubeconfig");
  EXPECT_EQ(env[2].at("name").string_or(""), "MORE");
}

TEST(PodTemplate, LabelsOfTheUserNeverReplaceThoseThatAreSelected) {
  const auto pod = made(R"({"spec": {"workload": {"podTemplate": {"labels":
      {"app.kubernetes.io/managed-by": "someone", "mine": "1"}}}}})")
                       .pod();
  const auto& labels = pod.at("metadata").at("labels");
  EXPECT_EQ(labels.at("app.kubernetes.io/managed-by").string_or(""), "portcullis");
  EXPECT_EQ(labels.at("mine").string_or(""), "1");
}

TEST(PodTemplate, SpreadsEveryRevisionForItself) {
  const auto pod = made().pod();
  const auto& constraints = pod.at("spec").at("topologySpreadConstraints").items();
  ASSERT_THAT(constraints, SizeIs(2));
  for (const auto& constraint : constraints)
    EXPECT_EQ(constraint.at("labelSelector").at("matchLabels").at(kRevisionLabel),
              pod.at("metadata").at("labels").at(kRevisionLabel));
}

TEST(PodTemplate, KeepsASelectorThatTheUserGave) {
  const auto pod = made(R"({"spec": {"workload": {"podTemplate": {"topologySpreadConstraints": [
      {"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "DoNotSchedule",
       "labelSelector": {"matchLabels": {"x": "y"}}}]}}}})")
                       .pod();
  const auto& constraint = pod.at("spec").at("topologySpreadConstraints").items()[0];
  EXPECT_EQ(constraint.at("labelSelector").at("matchLabels").members().size(), 1u);
}

// --- ReplicaSet -----------------------------------------------------------------------------

TEST(ReplicaSet, SelectsItsPodsAndNoOtherRevisions) {
  const auto one = made();
  const auto set = replica_set(one.inputs(), one.rendered(), "0123456789", 2).object;
  const auto& labels = set.at("spec").at("template").at("metadata").at("labels");
  const auto& selector = set.at("spec").at("selector").at("matchLabels");
  for (const auto& [key, value] : selector.members()) EXPECT_EQ(labels.at(key), value) << key;
  EXPECT_EQ(selector.at(kRevisionLabel).string_or(""), "0123456789");
  EXPECT_EQ(set.label(kRevisionLabel), "0123456789");
}

TEST(ReplicaSet, TheSameTemplateIsTheSameRevision) {
  EXPECT_EQ(revision(made().rendered()), revision(made().rendered()));
  EXPECT_THAT(revision(made().rendered()), SizeIs(10));
  EXPECT_NE(revision(made().rendered()),
            revision(made(R"({"spec": {"workload": {"image": "other"}}})").rendered()));
}

TEST(ReplicaSet, WhatIsNotOfThePodsMakesNoNewRevision) {
  for (const auto* patch :
       {R"({"spec": {"workload": {"replicas": 5}}})",
        R"({"spec": {"webhooks": {"validating": []}}})", R"({"spec": {"interval": "1h"}})",
        R"({"metadata": {"uid": "other"}})", R"({"spec": {"permissions": {"clusterRules": []}}})",
        R"({"spec": {"serving": {"operator": {"dnsNames": ["x"]}}}})"})
    EXPECT_EQ(revision(made().rendered()), revision(made(patch).rendered())) << patch;
}

// --- names ----------------------------------------------------------------------------------

TEST(Names, OfTheLongestResourceFitEverywhere) {
  const std::string longest(52, 'n'), space(63, 's');
  const auto one = made(R"({"metadata": {"name": ")" + longest + R"(", "namespace": ")" + space +
                        R"("}, "spec": {"credentials": {"serviceAccountToken": null}}})");
  const auto rendered = one.rendered();
  const auto set = replica_set(one.inputs(), rendered, revision(rendered), 2).object;
  EXPECT_LE(set.name().size(), 63u);
  EXPECT_LE(disruption_budget(one.inputs(), revision(rendered)).object.name().size(), 63u);
  EXPECT_LE(service(one.inputs()).object.name().size(), 63u);
  const auto all = names(one.inputs());
  for (const auto& name :
       {all.credential, all.serving, all.serving_ca, all.webhooks, all.cluster_role,
        all.service_account, all.runtime_role, all.generation(1'000'000'000'000)})
    EXPECT_EQ(kube::why_not_dns_subdomain(name), "") << name;
  for (const auto& object : {set, service(one.inputs()).object})
    for (const auto& [key, value] : object.at("metadata").at("labels").members())
      EXPECT_LE(value.string_or("").size(), 63u) << key;
}

TEST(Names, OfTwoRuntimeClustersDifferInTheTarget) {
  const auto resource = example();
  const Inputs one{resource, "aaaaabbb-0000"}, other{resource, "cccccddd-0000"};
  EXPECT_NE(names(one).webhooks, names(other).webhooks);
  EXPECT_NE(names(one).cluster_role, names(other).cluster_role);
  EXPECT_NE(owner(one), owner(other));
}

TEST(Names, TheRuntimeRoleIsNeverTheTargetsRole) {
  for (const auto* name : {"admission-alicloud", "admission-alicloud-runtime", "x"}) {
    const auto one = made_local(std::string(R"({"spec": {"permissions": {"clusterRoleName": ")") +
                                name + R"("}}})");
    EXPECT_NE(names(one.inputs()).runtime_role, names(one.inputs()).cluster_role);
  }
}

TEST(Names, GenerationsFollowTheAccountThatOneResourceAloneCanOwn) {
  const auto one = made(
      R"({"spec": {"credentials": {"serviceAccountToken": {"serviceAccountName": "account"}}}})");
  EXPECT_EQ(names(one.inputs()).generation(3), "account-credential-g3");
}

// --- rights ---------------------------------------------------------------------------------

TEST(Rights, AreBoundToTheIdentityInTheTarget) {
  const auto one = made();
  const auto items = target_side(one.inputs());
  const auto binding = std::ranges::find_if(items, [](const Item& item) {
    return item.object.resource() == kube::kinds::kClusterRoleBinding;
  });
  ASSERT_NE(binding, items.end());
  EXPECT_EQ(binding->object.at("subjects"),
            api::testing::parsed(R"([{"kind": "ServiceAccount", "name": "admission-alicloud",
                                      "namespace": "extension-admission-alicloud"}])"));
  EXPECT_EQ(binding->object.at("roleRef").at("name").string_or(""), binding->object.name());
}

TEST(Rights, InClusterIsTheRuntimeServiceAccount) {
  const auto one = made_local();
  for (const auto& item : target_side(one.inputs())) {
    EXPECT_NE(item.object.resource(), kube::kinds::kNamespace);
    EXPECT_NE(item.object.resource(), kube::kinds::kServiceAccount);
    if (item.object.resource() != kube::kinds::kClusterRoleBinding) continue;
    EXPECT_EQ(item.object.at("subjects").items()[0].at("namespace").string_or(""), "garden");
  }
}

TEST(Rights, FormerAccountsKeepTheirsForAWhile) {
  const auto one = made();
  for (const auto& item : target_side(one.inputs(), {.accounts = {"former"}, .users = {}}))
    if (item.object.resource() == kube::kinds::kClusterRoleBinding) {
      EXPECT_THAT(item.object.at("subjects").items(), SizeIs(2));
      EXPECT_EQ(item.object.at("subjects").items()[1].at("name").string_or(""), "former");
    }
}

TEST(Rights, NothingIsMadeWithoutRules) {
  const auto one = made(R"({"spec": {"permissions": {"clusterRules": []}}})");
  for (const auto& item : target_side(one.inputs()))
    EXPECT_NE(item.stage, Stage::target_rights) << kube::to_string(item.object.ref());
}

TEST(Rights, TheNamespaceIsOnlyMadeWhereThereIsNone) {
  const auto one = made();
  const auto first = target_side(one.inputs()).front();
  EXPECT_EQ(first.object.resource(), kube::kinds::kNamespace);
  EXPECT_TRUE(first.if_absent);
}

TEST(Items, SayWhoseTheyAreAndForWhichSide) {
  const auto one = made();
  for (const auto& item : target_side(one.inputs())) {
    EXPECT_EQ(item.object.label(kOwnerLabel), one.resource.uid().value);
    EXPECT_EQ(item.object.label(kNameLabel), "admission-alicloud");
    EXPECT_EQ(item.object.label(kSideLabel), "target");
    EXPECT_EQ(item.object.annotation(kOwnerAnnotation),
              std::string(kClusterUid) + "/garden/admission-alicloud");
  }
}

// --- Service and budget ---------------------------------------------------------------------

TEST(Service, SelectsThePodsOfEveryRevision) {
  const auto one = made();
  const auto object = service(one.inputs()).object;
  const auto pod = one.pod();
  const auto& labels = pod.at("metadata").at("labels");
  for (const auto& [key, value] : object.at("spec").at("selector").members())
    EXPECT_EQ(labels.at(key), value);
  EXPECT_TRUE(object.at("spec").at("selector").at(kRevisionLabel).is_null());
}

TEST(Service, LeadsToThePortThatTheContainerNames) {
  const auto one = made(R"({"spec": {"service": {"port": 9443}}})");
  const auto object = service(one.inputs()).object;
  const auto& port = object.at("spec").at("ports").items()[0];
  EXPECT_EQ(port.at("port").int_or(0), 9443);
  EXPECT_EQ(port.at("targetPort").string_or(""), "webhook");
}

TEST(DisruptionBudget, LetsOnePodOfItsRevisionGo) {
  const auto one = made();
  const auto object = disruption_budget(one.inputs(), "0123456789").object;
  EXPECT_EQ(object.at("spec").at("maxUnavailable").int_or(0), 1);
  EXPECT_EQ(object.at("spec").at("unhealthyPodEvictionPolicy").string_or(""), "AlwaysAllow");
  EXPECT_EQ(object.at("spec").at("selector").at("matchLabels").at(kRevisionLabel).string_or(""),
            "0123456789");
}

// --- webhooks -------------------------------------------------------------------------------

std::string host_patch(const std::string& host, int port = 443) {
  return R"({"spec": {"service": {"port": )" + std::to_string(port) +
         R"(}, "webhooks": {"clientConfig": {"url": {"host": ")" + host + R"("}}}}})";
}

TEST(WebhookUrl, NamesTheServiceOrItsAddress) {
  EXPECT_EQ(made(host_patch("DNS")).url(),
            "https://admission-alicloud.garden/webhooks/validate/secrets");
  EXPECT_EQ(made(host_patch("ClusterIP")).url(), "https://10.0.0.7/webhooks/validate/secrets");
}

TEST(WebhookUrl, PutsIPv6IntoBrackets) {
  EXPECT_EQ(made(host_patch("ClusterIP")).url("fd00::7"),
            "https://[fd00::7]/webhooks/validate/secrets");
  EXPECT_EQ(made(host_patch("[fd00::9]")).url(), "https://[fd00::9]/webhooks/validate/secrets");
  EXPECT_EQ(made(host_patch("[fd00::9]:8443")).url(),
            "https://[fd00::9]:8443/webhooks/validate/secrets");
}

TEST(WebhookUrl, CarriesTheServicesPortWhereItNamesNone) {
  EXPECT_EQ(made(host_patch("DNS", 8443)).url(),
            "https://admission-alicloud.garden:8443/webhooks/validate/secrets");
  EXPECT_EQ(made(host_patch("ClusterIP", 8443)).url("fd00::7"),
            "https://[fd00::7]:8443/webhooks/validate/secrets");
  EXPECT_EQ(made(host_patch("hooks.example.org:443", 8443)).url(),
            "https://hooks.example.org:443/webhooks/validate/secrets");
}

TEST(Address, IsUnknownWithoutTheClusterIpThatWasAskedFor) {
  EXPECT_EQ(made(host_patch("ClusterIP", 8443)).at("").host, "");
  EXPECT_EQ(made(host_patch("DNS")).at("").host, "admission-alicloud.garden");
}

TEST(Address, EveryNameAndAddressThatIsDialledIsInTheCertificate) {
  EXPECT_THAT(made(host_patch("ClusterIP", 8443)).at("fd00::7").ip_addresses,
              ElementsAre("fd00::7"));
  EXPECT_THAT(made(host_patch("10.9.9.9:444")).at().ip_addresses,
              ElementsAre("10.9.9.9", "10.0.0.7"));
  EXPECT_THAT(made(host_patch("[fd00::9]:444")).at().ip_addresses,
              ElementsAre("fd00::9", "10.0.0.7"));
  EXPECT_THAT(made(host_patch("hooks.example.org:444")).at().dns_names,
              ElementsAre("admission-alicloud.garden.svc", "admission-alicloud.garden",
                          "admission-alicloud.garden.svc.cluster.local", "hooks.example.org"));
  EXPECT_THAT(made_local().at().dns_names, Contains("admission-alicloud.garden.svc"));
}

TEST(Address, MoreNamesAreTheUsers) {
  const auto at = made(R"({"spec": {"serving": {"operator": {"dnsNames": ["a.example.org"],
                                                            "ipAddresses": ["192.0.2.1"]}}}})")
                      .at();
  EXPECT_THAT(at.dns_names, Contains("a.example.org"));
  EXPECT_THAT(at.ip_addresses, Contains("192.0.2.1"));
}

TEST(Webhooks, ByServiceWhereTheTargetIsTheRuntimeCluster) {
  const auto one = made_local(R"({"spec": {"service": {"port": 8443}}})");
  const auto webhook = one.first_webhook();
  const auto& client = webhook.at("clientConfig");
  EXPECT_TRUE(client.at("url").is_null());
  EXPECT_EQ(client.at("service"),
            api::testing::parsed(R"({"namespace": "garden", "name": "admission-alicloud",
                                     "path": "/webhooks/validate/secrets", "port": 8443})"));
  EXPECT_EQ(client.at("caBundle").string_or(""), base::base64_encode("PEM"));
}

TEST(Webhooks, ATypeThatIsLeftOutFollowsTheTarget) {
  EXPECT_FALSE(made(R"({"spec": {"webhooks": {"clientConfig": null}}})").at().by_service);
  EXPECT_TRUE(made_local(R"({"spec": {"webhooks": {"clientConfig": null}}})").at().by_service);
}

// What the API server would fill in is written out: no dry run, no GitOps tool sees a difference.
TEST(Webhooks, CarryAllDefaultsOfTheApi) {
  const auto one = made(R"({"spec": {"webhooks": {"validating": [{"name": "a.b.c", "path": "/x",
      "rules": [{"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"],
                 "resources": ["*"]}],
      "failurePolicy": "Ignore", "sideEffects": "None", "admissionReviewVersions": ["v1"]}]}}})");
  const auto entry = one.first_webhook();
  EXPECT_TRUE(entry.at("path").is_null());
  EXPECT_EQ(entry.at("matchPolicy").string_or(""), "Equivalent");
  EXPECT_EQ(entry.at("timeoutSeconds").int_or(0), 10);
  EXPECT_NE(entry.at("namespaceSelector").as_object(), nullptr);
  EXPECT_NE(entry.at("objectSelector").as_object(), nullptr);
  EXPECT_EQ(entry.at("rules").items()[0].at("scope").string_or(""), "*");
  EXPECT_TRUE(entry.at("reinvocationPolicy").is_null());
}

TEST(Webhooks, NoConfigurationWithoutEntries) {
  const auto one = made(R"({"spec": {"webhooks": {"validating": []}}})");
  EXPECT_THAT(webhook_configurations(one.inputs(), one.at(), "PEM"), IsEmpty());
}

}  // namespace
}  // namespace desired

#include "operator/api/admission_deployment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/api/testing.hpp"

namespace api {
namespace {

using ::testing::ElementsAre;
using testing::example;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::local_example;
using ::testing::SizeIs;

std::string refusals(std::string_view patch) {
  return base::to_string(unsupported(example(patch)));
}

TEST(AdmissionDeployment, ReadsTheExample) {
  const auto resource = example();
  EXPECT_THAT(resource.problems, IsEmpty());
  EXPECT_EQ(resource.name(), "admission-alicloud");
  EXPECT_EQ(resource.namespace_name(), "garden");
  EXPECT_TRUE(resource.is_remote());
  EXPECT_EQ(resource.target_namespace(), "extension-admission-alicloud");
  ASSERT_TRUE(resource.spec.target.access);
  EXPECT_EQ(resource.spec.target.access->secret_ref.name, "virtual-garden");
  EXPECT_EQ(resource.spec.credentials.service_account_token.service_account_name,
            "admission-alicloud");
  EXPECT_THAT(resource.spec.permissions.cluster_rules.items(), SizeIs(2));
  EXPECT_EQ(resource.spec.webhooks.client_config.url.host, "ClusterIP");
  ASSERT_THAT(resource.spec.webhooks.validating, SizeIs(1));
  EXPECT_EQ(resource.spec.webhooks.validating[0].at("path").string_or(""),
            "/webhooks/validate/secrets");
}

// As in crds/admission.portcullis.dev_admissiondeployments.yaml. A server fills them in; objects
// that were stored before a default existed come without.
TEST(AdmissionDeployment, HasTheDefaultsOfTheSchema) {
  const auto resource = example(R"({"spec": {"target": {"namespace": null}, "workload": {"replicas":
      null}, "webhooks": {"clientConfig": null}, "credentials": {"serviceAccountToken": null}}})");
  const auto& spec = resource.spec;
  EXPECT_FALSE(spec.suspend);
  EXPECT_EQ(spec.interval, "10m");
  EXPECT_EQ(spec.revision_history_limit, 10);
  EXPECT_EQ(spec.progress_deadline_seconds, 600);
  EXPECT_EQ(spec.deletion_policy, "Delete");
  EXPECT_EQ(spec.adoption_policy, "IfUnowned");
  EXPECT_EQ(resource.target_namespace(), "garden");
  EXPECT_EQ(spec.credentials.service_account_token.expiration_seconds, 86'400);
  EXPECT_THAT(spec.credentials.service_account_token.audiences, IsEmpty());
  EXPECT_EQ(spec.credentials.rotation.renew_after_percent, 50);
  EXPECT_EQ(spec.credentials.rotation.overlap, "15m");
  EXPECT_EQ(spec.credentials.rotation.confirm_timeout, "10m");
  EXPECT_EQ(spec.credentials.delivery.mount_path, "/var/run/secrets/portcullis");
  EXPECT_EQ(spec.credentials.delivery.env, "KUBECONFIG");
  EXPECT_EQ(spec.credentials.delivery.reload, "File");
  EXPECT_EQ(spec.permissions.type, "Inline");
  EXPECT_EQ(spec.workload.type, "Managed");
  EXPECT_EQ(spec.workload.replicas, 2);
  EXPECT_EQ(spec.workload.ports.webhook, 10'250);
  EXPECT_EQ(spec.workload.ports.metrics, 8'080);
  EXPECT_EQ(spec.workload.ports.health, 8'081);
  EXPECT_EQ(spec.workload.health_paths.liveness, "/healthz");
  EXPECT_EQ(spec.workload.health_paths.readiness, "/readyz");
  EXPECT_EQ(spec.service.port, 443);
  EXPECT_EQ(spec.serving.type, "Operator");
  EXPECT_EQ(spec.serving.mount_path, "/var/run/secrets/portcullis-tls");
  EXPECT_EQ(spec.serving.by_operator.ca_validity, "2160h");
  EXPECT_EQ(spec.serving.by_operator.leaf_validity, "336h");
  EXPECT_EQ(spec.serving.by_operator.soak, "24h");
  EXPECT_EQ(spec.webhooks.type, "Operator");
  EXPECT_EQ(spec.webhooks.client_config.type, "");
  EXPECT_EQ(spec.webhooks.client_config.url.host, "DNS");
  EXPECT_EQ(spec.strategy.type, "Canary");
  EXPECT_FALSE(spec.strategy.paused);
}

TEST(AdmissionDeployment, ReportsWhatItCannotReadWithItsPath) {
  const auto resource = example(R"({"spec": {"workload": {"replicas": "two"}}})");
  ASSERT_THAT(resource.problems, SizeIs(1));
  EXPECT_EQ(resource.problems[0].path.text(), "spec.workload.replicas");
}

TEST(AdmissionDeployment, ReportsWhatIsMissing) {
  const auto resource = example(R"({"spec": {"target": null, "credentials": null}})");
  EXPECT_THAT(base::to_string(resource.problems),
              AllOf(HasSubstr("spec.target"), HasSubstr("spec.credentials")));
}

TEST(AdmissionDeployment, PassesOverFieldsOfNewerSchemas) {
  EXPECT_THAT(example(R"({"spec": {"workload": {"newField": {"a": 1}}}})").problems, IsEmpty());
}

TEST(Unsupported, NothingOfTheExamples) {
  EXPECT_THAT(unsupported(example()), IsEmpty());
  EXPECT_THAT(unsupported(local_example()), IsEmpty());
  EXPECT_THAT(
      unsupported(local_example(R"({"spec": {"credentials": {"type": "ProjectedToken"}}})")),
      IsEmpty());
}

TEST(AdmissionDeployment, ReadsEveryTypeOfCredentials) {
  const auto by_certificate = example(R"({"spec": {"credentials": {"type": "ClientCertificate",
      "clientCertificate": {"userName": "webhook", "groups": ["a"], "approval": "External"}}}})");
  EXPECT_THAT(by_certificate.problems, IsEmpty());
  EXPECT_THAT(unsupported(by_certificate), IsEmpty());
  EXPECT_EQ(by_certificate.named_user(), "webhook");
  EXPECT_TRUE(by_certificate.issues_certificates());
  EXPECT_EQ(by_certificate.spec.credentials.client_certificate.approval, "External");
  const auto kept = example(R"({"spec": {"credentials": {"type": "ClientCertificate",
      "clientCertificate": {"userName": "webhook", "secretRef": {"name": "pair"}}}}})");
  EXPECT_FALSE(kept.issues_certificates());
  EXPECT_EQ(kept.followed()->name, "pair");
  const auto federated = example(R"({"spec": {"credentials": {"type": "FederatedToken",
      "federatedToken": {"audience": "target", "userName": "rt:webhook"}}}})");
  EXPECT_THAT(unsupported(federated), IsEmpty());
  EXPECT_EQ(federated.named_user(), "rt:webhook");
  EXPECT_TRUE(federated.projects_token());
  const auto provided = example(R"({"spec": {"credentials": {"type": "Provided",
      "delivery": {"reload": "Restart"}, "provided": {"secretRef": {"name": "mine"}}}}})");
  EXPECT_THAT(unsupported(provided), IsEmpty());
  EXPECT_EQ(provided.followed()->name, "mine");
  EXPECT_TRUE(provided.restarts());
}

TEST(Unsupported, NothingOfWhatTheSchemaFillsIn) {
  EXPECT_THAT(refusals(R"({"spec": {"suspend": false, "deletionPolicy": "Delete",
      "serving": {"type": "Operator"}, "service": {"trafficDistribution": ""},
      "strategy": {"type": "Canary", "paused": false, "canary": {
        "steps": [{"verify": {}}, {"replicas": 1, "pause": "1m"}, {"promote": {}}],
        "analysis": {"maxFailedRequests": 0, "maxLatencyP99": "1s"}, "scaleDownDelay": "1m"}}}})"),
              IsEmpty());
  EXPECT_THAT(refusals(R"({"spec": {"strategy": {"canary": {"analysis": {}}}}})"), IsEmpty());
  EXPECT_THAT(refusals(R"({"spec": {"serving": {"operator": {"soak": "1440m"}}}})"), IsEmpty());
}

TEST(AdmissionDeployment, WhatTheOperatorSetsInPodsIsRefusedAndNotLost) {
  const auto pods = [](const std::string& part) {
    return R"({"spec": {"workload": {"podTemplate": )" + part + "}}}";
  };
  EXPECT_THAT(
      refusals(pods(R"({"env": [{"name": "A", "value": "b"},
                                           {"name": "KUBECONFIG", "value": "/elsewhere"}]})")),
      HasSubstr("spec.workload.podTemplate.env[1].name: KUBECONFIG is set by the operator"));
  EXPECT_THAT(refusals(pods(R"({"env": [{"name": "PORTCULLIS_REVISION", "value": "x"}]})")),
              HasSubstr("env[0].name"));
  EXPECT_THAT(refusals(pods(R"({"labels": {"app.kubernetes.io/managed-by": "me"}})")),
              HasSubstr("managed-by"));
  EXPECT_THAT(
      unsupported(local_example(pods(R"({"env": [{"name": "KUBECONFIG", "value": "x"}]})"))),
      IsEmpty());
}

struct Refusal {
  const char *patch, *path;
};
class UnsupportedEach : public ::testing::TestWithParam<Refusal> {};

TEST_P(UnsupportedEach, IsRefusedWithItsFieldAndWhatWouldDo) {
  const auto problems = unsupported(example(GetParam().patch));
  ASSERT_THAT(problems, SizeIs(1)) << base::to_string(problems);
  EXPECT_EQ(problems[0].path.text(), GetParam().path);
  EXPECT_THAT(problems[0].message, HasSubstr("supported: "));
}

INSTANTIATE_TEST_SUITE_P(
    Fields, UnsupportedEach,
    ::testing::Values(
        Refusal{R"({"spec": {"strategy": {"type": "RollingUpdate"}}})", "spec.strategy.type"},
        Refusal{R"({"spec": {"serving": {"operator": {"soak": "2h"}}}})",
                "spec.serving.operator.soak"},
        Refusal{R"({"spec": {"credentials": {"rotation": {"confirmTimeout": "1m"}}}})",
                "spec.credentials.rotation.confirmTimeout"},
        Refusal{R"({"spec": {"target": {"access": {"type": "Bootstrap"}}}})",
                "spec.target.access.type"},
        Refusal{R"({"spec": {"workload": {"type": "Existing"}}})", "spec.workload.type"},
        Refusal{R"({"spec": {"serving": {"type": "Workload"}}})", "spec.serving.type"},
        Refusal{R"({"spec": {"serving": {"type": "SecretRef"}}})", "spec.serving.type"},
        Refusal{R"({"spec": {"webhooks": {"type": "External"}}})", "spec.webhooks.type"},
        Refusal{R"({"spec": {"webhooks": {"type": "Workload"}}})", "spec.webhooks.type"},
        Refusal{R"({"spec": {"workload": {"verticalPodAutoscaler": {}}}})",
                "spec.workload.verticalPodAutoscaler"},
        Refusal{R"({"spec": {"strategy": {"paused": true}}})", "spec.strategy.paused"},
        Refusal{R"({"spec": {"strategy": {"probes": [{"name": "x"}]}}})", "spec.strategy.probes"},
        Refusal{R"({"spec": {"strategy": {"canary": {"scaleDownDelay": "5m"}}}})",
                "spec.strategy.canary"},
        Refusal{
            R"({"spec": {"strategy": {"canary": {"steps": [{"verify": {}}, {"promote": {}}]}}}})",
            "spec.strategy.canary"}),
    [](const auto& tested) {
      std::string name = std::to_string(tested.index) + "_" + tested.param.path;
      for (auto& letter : name)
        if (letter == '.') letter = '_';
      return name;
    });

TEST(Unsupported, EverythingAtOnce) {
  EXPECT_THAT(unsupported(example(R"({"spec": {"workload": {"type": "Existing"},
                                              "strategy": {"paused": true},
                                              "serving": {"type": "SecretRef"}}})")),
              SizeIs(3));
}

TEST(Durations, FallBackWhereTheyAreNone) {
  using namespace std::chrono_literals;
  EXPECT_EQ(duration_or("1h30m", 1ms), 90min);
  EXPECT_EQ(duration_or("", 7ms), 7ms);
  EXPECT_EQ(duration_or("soon", 7ms), 7ms);
}

}  // namespace
}  // namespace api

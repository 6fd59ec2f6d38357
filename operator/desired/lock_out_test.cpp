#include "operator/desired/lock_out.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/parse.hpp"
#include "operator/api/testing.hpp"
#include "operator/desired/webhook_configurations.hpp"

namespace desired {
namespace {

using api::testing::example;
using api::testing::local_example;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string entry(const std::string& rule, const std::string& more = "") {
  return R"({"name": "a.example.org", "path": "/a", "failurePolicy": "Fail", "sideEffects": "None",
             "admissionReviewVersions": ["v1"], "rules": [)" +
         rule + "]" + more + "}";
}

std::string rule(const std::string& group, const std::string& resource,
                 const std::string& more = "") {
  return R"({"operations": ["CREATE", "UPDATE"], "apiGroups": [")" + group +
         R"("], "apiVersions": ["*"], "resources": [")" + resource + "\"]" + more + "}";
}

api::AdmissionDeployment with(const std::string& entry, bool local = false) {
  const auto patch = R"({"spec": {"webhooks": {"validating": [)" + entry + "]}}}";
  return local ? local_example(patch) : example(patch);
}

std::vector<std::string> guards_of(const std::string& text, bool local = false) {
  const auto resource = with(text, local);
  const Inputs inputs{resource, "aaaaabbb", "portcullis-system"};
  std::vector<std::string> names;
  for (const auto& guard : guards(inputs, resource.spec.webhooks.validating.at(0)))
    names.push_back(std::string(guard.at("name").string_or(""))
                        .substr(sizeof("admission.portcullis.dev/not-") - 1));
  return names;
}

std::string refused(const std::string& entry) {
  const auto problems = lock_outs(with(entry));
  return problems.empty() ? "" : problems.front().path.text() + " " + problems.front().message;
}

TEST(LockOut, ARuleThatNamesWhatClustersNeedIsRefused) {
  EXPECT_THAT(refused(entry(rule("", "nodes"))),
              HasSubstr("spec.webhooks.validating[0].rules[0] matches nodes"));
  EXPECT_THAT(refused(entry(rule("", "nodes/status"))), HasSubstr("nodes"));
  EXPECT_THAT(refused(entry(rule("coordination.k8s.io", "leases"))), HasSubstr("leases"));
  EXPECT_THAT(refused(entry(rule("coordination.k8s.io", "*"))), IsEmpty()) << "is guarded";
  EXPECT_THAT(refused(entry(rule("certificates.k8s.io", "certificatesigningrequests/approval"))),
              HasSubstr("certificate-signing-requests"));
  EXPECT_THAT(refused(entry(rule("admission.portcullis.dev", "*"))), HasSubstr("portcullis"));
}

TEST(LockOut, ASelectorOrFailingOpenIsAWayOut) {
  const auto nodes = rule("", "nodes");
  EXPECT_EQ(refused(entry(nodes, R"(, "objectSelector": {"matchLabels": {"mine": "x"}})")), "");
  EXPECT_NE(refused(entry(
                nodes, R"(, "objectSelector": {"matchLabels": {"app.kubernetes.io/name": "x"}})")),
            "");
  EXPECT_NE(refused(entry(nodes, R"(, "objectSelector": {"matchExpressions": [
                {"key": "mine", "operator": "DoesNotExist"}]})")),
            "");
  auto open = with(entry(nodes));
  open.spec.webhooks.validating[0]["failurePolicy"] = "Ignore";
  EXPECT_THAT(lock_outs(open), IsEmpty());
}

TEST(LockOut, RulesAboutOtherThingsNeedNoGuard) {
  EXPECT_THAT(guards_of(entry(rule("core.gardener.cloud", "shoots"))), IsEmpty());
  EXPECT_THAT(guards_of(entry(rule("apps", "replicasets"))), IsEmpty()) << "none of ours is there";
  EXPECT_THAT(guards_of(entry(rule("", "secrets"),
                              R"(, "objectSelector": {"matchLabels": {"mine": "true"}})")),
              IsEmpty());
  EXPECT_THAT(guards_of(entry(R"({"operations": ["CONNECT"], "apiGroups": [""], "apiVersions":
                                  ["v1"], "resources": ["pods/exec"]})")),
              IsEmpty());
}

TEST(LockOut, WideRulesAreGuarded) {
  EXPECT_THAT(guards_of(entry(rule("", "secrets"))), ElementsAre("pods-and-secrets"));
  EXPECT_THAT(guards_of(entry(rule("", "serviceaccounts/token"))), ElementsAre("identities"));
  EXPECT_THAT(
      guards_of(entry(rule("*", "*"))),
      ElementsAre("nodes", "leases", "certificate-signing-requests", "portcullis",
                  "pods-and-secrets", "identities", "roles", "namespace", "resource-definition"));
  EXPECT_THAT(
      guards_of(entry(rule("*", "*", R"(, "scope": "Cluster")"))),
      ElementsAre("nodes", "certificate-signing-requests", "namespace", "resource-definition"));
  EXPECT_THAT(guards_of(entry(rule("apps", "replicasets")), true), ElementsAre("replicas"));
}

TEST(LockOut, ANamespaceSelectorThatLeavesOursOutIsEnough) {
  const auto selecting = [](const std::string& how, const std::string& names) {
    return entry(rule("", "pods"), R"(, "namespaceSelector": {"matchExpressions": [
        {"key": "kubernetes.io/metadata.name", "operator": ")" +
                                       how + R"(", "values": [)" + names + "]}]}");
  };
  EXPECT_THAT(guards_of(selecting("NotIn", R"("kube-system", "extension-admission-alicloud")")),
              IsEmpty());
  EXPECT_THAT(guards_of(selecting("NotIn", R"("kube-system")")), Not(IsEmpty()));
  EXPECT_THAT(guards_of(selecting("In", R"("default")")), IsEmpty());
  EXPECT_THAT(guards_of(selecting("In", R"("kube-system")")), Not(IsEmpty()));
}

TEST(LockOut, AGuardReadsNoKeyThatMayBeAbsent) {
  const auto resource = with(entry(rule("", "pods")), true);
  const Inputs inputs{resource, "aaaaabbb", "portcullis-system"};
  const auto list = guards(inputs, resource.spec.webhooks.validating.at(0));
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].at("expression").string_or(""),
            "!(request.resource.group == '' && request.resource.resource in ['pods', 'secrets'] && "
            "has(request.namespace) && request.namespace in ['garden', 'portcullis-system', "
            "'kube-system'])");
}

TEST(LockOut, GuardsStandBehindTheConditionsOfTheEntry) {
  const auto resource = with(
      entry(rule("", "pods"), R"(, "matchConditions": [{"name": "mine", "expression": "true"}])"));
  const Inputs inputs{resource, "aaaaabbb"};
  const auto object =
      webhook_configurations(inputs, address(inputs, "10.0.0.7"), "PEM").at(0).object;
  const auto& conditions = object.at("webhooks").items().at(0).at("matchConditions").items();
  ASSERT_EQ(conditions.size(), 2u);
  EXPECT_EQ(conditions[0].at("name").string_or(""), "mine");
  EXPECT_EQ(conditions[1].at("name").string_or(""),
            "admission.portcullis.dev/not-pods-and-secrets");
}

TEST(LockOut, LongTimeoutsAndFailingOpenAreToldOf) {
  auto resource = with(entry(rule("", "configmaps")));
  EXPECT_THAT(doubtful(resource), IsEmpty());
  resource.spec.webhooks.validating[0]["failurePolicy"] = "Ignore";
  resource.spec.webhooks.validating[0]["timeoutSeconds"] = 11;
  EXPECT_THAT(doubtful(resource),
              ElementsAre(HasSubstr("spec.webhooks.validating[0].timeoutSeconds is 11"),
                          HasSubstr("spec.webhooks.validating[0].failurePolicy is Ignore")));
}

}  // namespace
}  // namespace desired

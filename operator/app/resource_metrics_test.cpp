#include "operator/app/resource_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/parse.hpp"

namespace app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string metrics_of(const std::string& document) {
  kube::watch::Store store;
  const auto read = json::parse(document);
  EXPECT_TRUE(read) << document;
  const auto resource = kube::Object::received(kube::kinds::kAdmissionDeployment, *read);
  store.apply(kube::watch::Init{});
  store.apply(kube::watch::InitApply{resource});
  store.apply(kube::watch::InitDone{"1"});
  return resource_metrics(store);
}

TEST(ResourceMetrics, TellConditionsAndWhenThingsEnd) {
  const auto text =
      metrics_of(R"({"metadata": {"namespace": "garden", "name": "a", "resourceVersion": "1"},
    "spec": {"serving": {"operator": {"leafValidity": "24h"}}},
    "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "RolledOut", "status": "False"},
                              {"type": "TargetReachable", "status": "Unknown"}],
               "credentials": {"issuedAt": "2026-01-01T00:00:00Z", "notAfter": "2026-01-02T00:00:00Z"},
               "serving": {"leafNotAfter": "2026-01-03T00:00:00Z"},
               "targetAccess": {"notAfter": "2026-01-04T00:00:00Z"}}})");
  for (
      const char* line : {
          "# TYPE portcullis_resource_condition gauge\n",
          R"(portcullis_resource_condition{namespace="garden",admissiondeployment="a",condition="Ready"} 1)",
          R"(portcullis_resource_condition{namespace="garden",admissiondeployment="a",condition="RolledOut"} 0)",
          R"(portcullis_resource_condition{namespace="garden",admissiondeployment="a",condition="TargetReachable"} 0)",
          R"(portcullis_resource_credentials_issued_at_seconds{namespace="garden",admissiondeployment="a"} 1767225600)",
          R"(portcullis_resource_credentials_not_after_seconds{namespace="garden",admissiondeployment="a"} 1767312000)",
          R"(portcullis_resource_leaf_not_after_seconds{namespace="garden",admissiondeployment="a"} 1767398400)",
          R"(portcullis_resource_access_not_after_seconds{namespace="garden",admissiondeployment="a"} 1767484800)",
          R"(portcullis_resource_leaf_lifetime_seconds{namespace="garden",admissiondeployment="a"} 86400)",
      })
    EXPECT_THAT(text, HasSubstr(std::string(line)));
}

TEST(ResourceMetrics, AreSilentAboutWhatTheStatusDoesNotSay) {
  const auto text = metrics_of(
      R"({"metadata": {"namespace": "garden", "name": "a", "resourceVersion": "1"}, "spec": {},
    "status": {"credentials": {"type": "InCluster"}, "serving": {"phase": "Steady", "leafNotAfter": "soon"}}})");
  for (const char* name : {"condition{", "issued_at_seconds{", "leaf_not_after_seconds{"})
    EXPECT_THAT(text, Not(HasSubstr(name)));
  EXPECT_THAT(
      text,
      HasSubstr(R"(leaf_lifetime_seconds{namespace="garden",admissiondeployment="a"} 1209600)"));
}

}  // namespace
}  // namespace app

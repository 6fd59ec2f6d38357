#include "webhook/alicloud/validator/feature_gates.hpp"

#include <gtest/gtest.h>

namespace alicloud {
namespace {

std::string complaint(std::string_view gate, bool value, std::string_view version) {
  return check_feature_gates({{gate, value}}, version).text().value_or("none");
}

const std::string kPath = "spec.provider.controlPlaneConfig.cloudControllerManager.featureGates.";

TEST(FeatureGates, MustBeKnown) {
  EXPECT_EQ(complaint("Foo", true, "1.33.2"),
            kPath + "Foo: Invalid value: \"Foo\": unknown feature gate Foo");
  EXPECT_EQ(complaint("", true, "1.33.2"),
            "spec.provider.controlPlaneConfig.cloudControllerManager.featureGates[]: Invalid "
            "value: \"\": unknown "
            "feature gate ");
}

TEST(FeatureGates, HaveALifeAndMayBeLocked) {
  const std::string gate =
      "AdmissionWebhookMatchConditions";  // until 1.33, locked to true from 1.30
  EXPECT_EQ(complaint(gate, false, "1.29.9"), "none");
  EXPECT_EQ(complaint(gate, true, "1.32"), "none");
  EXPECT_EQ(
      complaint(gate, false, "1.30.0"),
      kPath + gate + ": Forbidden: cannot set feature gate to false, feature is locked to true");
  EXPECT_EQ(complaint(gate, true, "1.33.0"),
            kPath + gate + ": Forbidden: not supported in Kubernetes version 1.33.0");
  const std::string young = "AggregatedDiscoveryRemoveBetaType";  // from 1.33
  EXPECT_EQ(complaint(young, true, "1.32.9"),
            kPath + young + ": Forbidden: not supported in Kubernetes version 1.32.9");
}

TEST(FeatureGates, VersionsAreReadAsTheGoProgramReadsThem) {
  const std::string gate = "AggregatedDiscoveryRemoveBetaType";
  for (const char* fine :
       {"1.33", "v1.33.0", "1.33.0-alpha.1", "1.33.0+build", "1.33.0~x", "01.033.0", "2", "1.v33",
        "0000000000000000000000002", "18446744073709551615"}) {
    EXPECT_EQ(complaint(gate, true, fine), "none") << fine;
  }
  for (const char* wrong :
       {"", "nonsense", "1.33.0.0", "1..3", "1.33.", "-1.33", "1.33.x", "18446744073709551616"}) {
    EXPECT_NE(complaint(gate, true, wrong).find("invalid semantic version"), std::string::npos)
        << wrong;
  }
}

TEST(FeatureGates, AnyVersionDoesWhereThereIsNoGate) {
  EXPECT_TRUE(check_feature_gates({}, "nonsense").empty());
}

}  // namespace
}  // namespace alicloud

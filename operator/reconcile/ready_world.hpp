#pragma once

// What the tests of the reconciler share beside the world itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "json/parse.hpp"
#include "operator/reconcile/test_world.hpp"

namespace reconcile::testing {

namespace kinds = kube::kinds;

/// The conditions, what was written and the log: for the message of a check.
inline std::string told(const World& world) {
  const auto resource = world.resource();
  std::string text =
      resource ? json::to_pretty_string(resource->at("status").at("conditions")) : "";
  for (const auto& write : world.log_of_writes) text += write + "\n";
  return text + world.log();
}

/// Runs until nothing happens any more.
inline bool settle(World& world) {
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

inline const kube::ObjectRef kRole{kinds::kClusterRole, "", "garden-admission-alicloud-aaaaa"};
inline const kube::ObjectRef kWebhooks{kinds::kValidatingWebhookConfiguration, "",
                                       "garden-admission-alicloud-aaaaa"};
inline const kube::ObjectRef kCredential{kinds::kSecret, "garden", "admission-alicloud-kubeconfig"};
inline const kube::ObjectRef kAccess{kinds::kSecret, "garden", "admission-alicloud-access"};
inline const kube::ObjectRef kServingCa{kinds::kSecret, "garden", "admission-alicloud-serving-ca"};

/// Credentials that a kubelet projects.
inline constexpr auto kProjected =
    R"({"spec": {"credentials": {"type": "ProjectedToken", "projectedToken": {}}}})";

/// Credentials that the target signs.
inline constexpr auto kCertificate =
    R"({"spec": {"credentials": {"type": "ClientCertificate", "serviceAccountToken": null,
                "clientCertificate": {"userName": "alicloud-webhook", "groups": ["webhooks"]}}}})";

}  // namespace reconcile::testing

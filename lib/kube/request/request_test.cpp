#include "kube/request/request.hpp"

#include <gtest/gtest.h>

#include "json/parse.hpp"

namespace kube {
namespace {

using namespace std::chrono_literals;

const ObjectRef kSecretRef{kinds::kSecret, "garden", "x"};
const ObjectRef kRoleRef{kinds::kClusterRole, "", "y"};

Object object_of(const ObjectRef& ref) {
  return Object::make(ref.resource, ref.namespace_name, ref.name);
}

struct Case {
  Request request;
  const char* text;
  const char* verb;
  bool mutating;
};

TEST(Request, IsDescribedJudgedAndNamedByItsVerb) {
  const Case cases[] = {
      {Get{.ref = kSecretRef}, "get Secret garden/x", "get", false},
      {List{.resource = kinds::kPod, .namespace_name = "garden"}, "list pods in garden", "list",
       false},
      {List{.resource = kinds::kPod}, "list pods", "list", false},
      {Create{.object = object_of(kSecretRef)}, "create Secret garden/x", "create", true},
      {Create{.object = object_of(kSecretRef), .dry_run = true}, "create Secret garden/x (dry run)",
       "create", false},
      {Update{.object = object_of(kSecretRef)}, "update Secret garden/x", "update", true},
      {Update{.object = object_of(kRoleRef), .subresource = "status", .dry_run = true},
       "update ClusterRole y status (dry run)", "update", false},
      {Apply{.object = object_of(kRoleRef), .force = true}, "apply ClusterRole y", "patch", true},
      {Apply{.object = object_of(kRoleRef), .dry_run = true}, "apply ClusterRole y (dry run)",
       "patch", false},
      {Patch{.ref = kSecretRef}, "patch Secret garden/x", "patch", true},
      {Delete{.ref = kSecretRef}, "delete Secret garden/x", "delete", true},
      {Delete{.ref = kSecretRef, .dry_run = true}, "delete Secret garden/x (dry run)", "delete",
       false},
      {Post{.ref = {kinds::kServiceAccount, "garden", "x"}, .subresource = "token"},
       "create ServiceAccount garden/x token", "create", true},
      {Post{.ref = {kinds::kPod, "garden", "x"}, .subresource = "eviction"},
       "create Pod garden/x eviction", "create", true},
      {Post{.ref = {kinds::kSelfSubjectReview, "", ""}}, "create SelfSubjectReview", "create",
       false},
      {Post{.ref = {kinds::kSelfSubjectAccessReview, "", ""}}, "create SelfSubjectAccessReview",
       "create", false},
      {Post{.ref = {kinds::kEvent, "garden", ""}}, "create Event", "create", true},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(describe(one.request), one.text);
    EXPECT_EQ(rbac_verb(one.request), one.verb) << one.text;
    EXPECT_EQ(is_mutating(one.request), one.mutating) << one.text;
  }
}

TEST(Request, SaysWhatItIsAbout) {
  EXPECT_EQ(subject(Get{.ref = kSecretRef}), kSecretRef);
  EXPECT_EQ(subject(Apply{.object = object_of(kRoleRef)}), kRoleRef);
  EXPECT_EQ(subject(List{.resource = kinds::kPod, .namespace_name = "garden"}),
            (ObjectRef{kinds::kPod, "garden", ""}));
}

TEST(TokenRequest, IsBoundToTheSecretThatWasSeen) {
  EXPECT_EQ(json::to_string(token_request_body(1h, {"a", "b"}, kSecretRef, Uid{"u-1"})),
            R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest",)"
            R"("spec":{"audiences":["a","b"],)"
            R"("expirationSeconds":3600,"boundObjectRef":{"kind":"Secret",)"
            R"("apiVersion":"v1","name":"x","uid":"u-1"}}})");
}

TEST(TokenRequest, UnboundHasNoReferenceAndNoAudienceMeansTheServers) {
  EXPECT_EQ(json::to_string(token_request_body(600s, {}, std::nullopt, {})),
            R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest",)"
            R"("spec":{"audiences":[],"expirationSeconds":600}})");
}

}  // namespace
}  // namespace kube

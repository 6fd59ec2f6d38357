#include "kube/request/wire.hpp"

#include <gtest/gtest.h>

#include "json/parse.hpp"

namespace kube {
namespace {

const ObjectRef kSecretRef{kinds::kSecret, "garden", "x"};
const ObjectRef kRoleRef{kinds::kClusterRole, "", "system:y"};

Object object_of(const ObjectRef& ref) {
  return Object::make(ref.resource, ref.namespace_name, ref.name);
}

struct Case {
  Request request;
  const char* method;
  const char* target;
  const char* content_type;
};

constexpr const char* kJson = "application/json";

void expect_all(const std::vector<Case>& cases) {
  for (const auto& one : cases) {
    const auto wire = to_wire(one.request);
    EXPECT_EQ(wire.method, one.method) << one.target;
    EXPECT_EQ(wire.target, one.target);
    EXPECT_EQ(wire.content_type, one.content_type) << one.target;
    EXPECT_EQ(wire.content_type.empty(), wire.body.empty()) << one.target;
  }
}

TEST(Wire, ReadsAddressTheObjectOrTheCollection) {
  expect_all({
      {Get{.ref = kSecretRef}, "GET", "/api/v1/namespaces/garden/secrets/x", ""},
      {Get{.ref = kRoleRef}, "GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Ay",
       ""},
      {Get{.ref = {kinds::kNamespace, "", "garden"}}, "GET", "/api/v1/namespaces/garden", ""},
      {Get{.ref = {kinds::kAdmissionDeployment, "a", "b"}}, "GET",
       "/apis/admission.portcullis.dev/v1alpha1/namespaces/a/admissiondeployments/b", ""},
      {List{.resource = kinds::kSecret}, "GET", "/api/v1/secrets", ""},
      {List{.resource = kinds::kSecret, .namespace_name = "garden"}, "GET",
       "/api/v1/namespaces/garden/secrets", ""},
      {List{.resource = kinds::kSecret,
            .label_selector = "a=b,c in (d, e)",
            .field_selector = "metadata.name=x",
            .limit = 500},
       "GET",
       "/api/v1/"
       "secrets?labelSelector=a%3Db%2Cc%20in%20%28d%2C%20e%29&fieldSelector=metadata.name%3Dx&"
       "limit=500",
       ""},
  });
}

TEST(Wire, ListsAreAtLeastAsNewAsAskedAndPagesCarryTheirOwnVersion) {
  expect_all({
      {List{.resource = kinds::kPod, .limit = 5, .resource_version = "0"}, "GET",
       "/api/v1/pods?limit=5&resourceVersion=0&resourceVersionMatch=NotOlderThan", ""},
      {List{.resource = kinds::kPod, .limit = 5, .continue_token = "e+/=", .resource_version = "7"},
       "GET", "/api/v1/pods?limit=5&continue=e%2B%2F%3D", ""},
  });
}

TEST(Wire, WritesOfWholeObjectsAreStrictAndSubresourcesAreNot) {
  expect_all({
      {Create{.object = object_of(kSecretRef), .field_manager = "m"}, "POST",
       "/api/v1/namespaces/garden/secrets?fieldManager=m&fieldValidation=Strict", kJson},
      {Create{.object = object_of(kRoleRef), .field_manager = "m", .dry_run = true}, "POST",
       "/apis/rbac.authorization.k8s.io/v1/"
       "clusterroles?fieldManager=m&dryRun=All&fieldValidation=Strict",
       kJson},
      {Update{.object = object_of(kSecretRef), .field_manager = "m"}, "PUT",
       "/api/v1/namespaces/garden/secrets/x?fieldManager=m&fieldValidation=Strict", kJson},
      {Update{.object = object_of({kinds::kCertificateSigningRequest, "", "c"}),
              .field_manager = "m",
              .subresource = "approval"},
       "PUT", "/apis/certificates.k8s.io/v1/certificatesigningrequests/c/approval?fieldManager=m",
       kJson},
      {Apply{.object = object_of(kSecretRef), .field_manager = "m n"}, "PATCH",
       "/api/v1/namespaces/garden/secrets/x?fieldManager=m%20n&fieldValidation=Strict",
       "application/apply-patch+yaml"},
      {Apply{.object = object_of(kSecretRef), .field_manager = "m", .force = true, .dry_run = true},
       "PATCH",
       "/api/v1/namespaces/garden/secrets/"
       "x?fieldManager=m&dryRun=All&fieldValidation=Strict&force=true",
       "application/apply-patch+yaml"},
      {Apply{.object = object_of({kinds::kAdmissionDeployment, "a", "b"}),
             .field_manager = "m",
             .force = true,
             .subresource = "status"},
       "PATCH",
       "/apis/admission.portcullis.dev/v1alpha1/namespaces/a/admissiondeployments/b/"
       "status?fieldManager=m&force=true",
       "application/apply-patch+yaml"},
  });
}

TEST(Wire, PatchesSayWhichKindTheyAre) {
  expect_all({
      {Patch{.ref = kSecretRef, .body = json::Object{}, .field_manager = "m"}, "PATCH",
       "/api/v1/namespaces/garden/secrets/x?fieldManager=m", "application/merge-patch+json"},
      {Patch{.ref = kSecretRef,
             .type = Patch::Type::json,
             .body = json::Array{},
             .subresource = "status",
             .dry_run = true},
       "PATCH", "/api/v1/namespaces/garden/secrets/x/status?dryRun=All",
       "application/json-patch+json"},
  });
}

TEST(Wire, PostsGoToSubresourcesAndReviewCollections) {
  expect_all({
      {Post{.ref = {kinds::kServiceAccount, "garden", "x"},
            .subresource = "token",
            .body = json::Object{}},
       "POST", "/api/v1/namespaces/garden/serviceaccounts/x/token", kJson},
      {Post{.ref = {kinds::kSelfSubjectReview, "", ""}, .body = json::Object{}}, "POST",
       "/apis/authentication.k8s.io/v1/selfsubjectreviews", kJson},
  });
}

TEST(Wire, WhatCannotBeANameNeverAddressesSomethingElse) {
  for (const auto* name : {"", ".", "..", "x/status", "a%2Fb", "/"}) {
    const ObjectRef ref{kinds::kSecret, "garden", name};
    const std::string nowhere = "/api/v1/namespaces/garden/secrets/%25";
    EXPECT_EQ(to_wire(Get{.ref = ref}).target, nowhere) << name;
    EXPECT_EQ(to_wire(Delete{.ref = ref}).target, nowhere) << name;
    EXPECT_EQ(to_wire(Patch{.ref = ref, .body = json::Object{}}).target, nowhere) << name;
  }
  EXPECT_EQ(to_wire(Delete{.ref = {kinds::kSecret, "", "x"}}).target,
            "/api/v1/namespaces/%25/secrets/x");
  EXPECT_EQ(to_wire(Delete{.ref = {kinds::kSecret, "../..", "x"}}).target,
            "/api/v1/namespaces/%25/secrets/x");
}

TEST(Wire, OddLettersOfNamesAreEncoded) {
  EXPECT_EQ(to_wire(Get{.ref = {kinds::kSecret, "a b", "c?d=e&f#g\xC3\xA4"}}).target,
            "/api/v1/namespaces/a%20b/secrets/c%3Fd%3De%26f%23g%C3%A4");
}

TEST(Wire, MetadataOnlyHasNoFallbackToWholeObjects) {
  EXPECT_EQ(to_wire(Get{.ref = kSecretRef}).accept, kJson);
  EXPECT_EQ(to_wire(Get{.ref = kSecretRef, .metadata_only = true}).accept,
            "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
  EXPECT_EQ(to_wire(List{.resource = kinds::kSecret, .metadata_only = true}).accept,
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
  EXPECT_EQ(to_wire(Watch{.resource = kinds::kSecret, .metadata_only = true}).accept,
            "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
}

TEST(Wire, WatchesAskForBookmarksAndAnEnd) {
  const auto wire = to_wire(Watch{.resource = kinds::kSecret,
                                  .namespace_name = "garden",
                                  .label_selector = "a",
                                  .field_selector = "metadata.name=x",
                                  .resource_version = "42",
                                  .timeout = std::chrono::seconds(30)});
  EXPECT_EQ(wire.method, "GET");
  EXPECT_EQ(wire.target,
            "/api/v1/namespaces/garden/secrets?watch=true&allowWatchBookmarks=true&labelSelector=a"
            "&fieldSelector=metadata.name%3Dx&resourceVersion=42&timeoutSeconds=30");
  EXPECT_TRUE(wire.body.empty());
  EXPECT_EQ(wire.accept, kJson);
}

TEST(Wire, BodiesAreTheDocumentsThemselves) {
  auto object = object_of(kSecretRef);
  object["data"]["k"] = "dg==";
  const auto* expected =
      R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"x","namespace":"garden"},)"
      R"("data":{"k":"dg=="}})";
  EXPECT_EQ(to_wire(Create{.object = object}).body, expected);
  EXPECT_EQ(to_wire(Update{.object = object}).body, expected);
  EXPECT_EQ(to_wire(Apply{.object = object}).body, expected);
  EXPECT_EQ(to_wire(Patch{.ref = kSecretRef, .body = json::Value::object({{"a", nullptr}})}).body,
            R"({"a":null})");
}

TEST(Wire, DeletesCarryTheirPreconditionsInTheBody) {
  const Delete whole{.ref = kSecretRef,
                     .uid = Uid{"u-1"},
                     .resource_version = ResourceVersion{"42"},
                     .propagation = "Foreground",
                     .grace_seconds = 0,
                     .dry_run = true};
  const auto wire = to_wire(whole);
  EXPECT_EQ(wire.method, "DELETE");
  EXPECT_EQ(wire.target, "/api/v1/namespaces/garden/secrets/x?dryRun=All");
  EXPECT_EQ(wire.content_type, kJson);
  EXPECT_EQ(wire.body,
            R"({"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u-1",)"
            R"("resourceVersion":"42"},)"
            R"("propagationPolicy":"Foreground","gracePeriodSeconds":0,"dryRun":["All"]})");
  EXPECT_EQ(to_wire(Delete{.ref = kSecretRef}).body,
            R"({"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background"})");
}

}  // namespace
}  // namespace kube

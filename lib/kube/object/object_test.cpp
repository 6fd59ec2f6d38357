#include "kube/object/object.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "json/parse.hpp"

namespace kube {
namespace {

using json::Value;

Object secret() {
  const auto document = json::parse(R"({
      "apiVersion": "v1", "kind": "Secret",
      "metadata": {"name": "tokens", "namespace": "garden", "uid": "u-1", "resourceVersion": "42",
                   "generation": 7,
                   "creationTimestamp": "2026-01-02T03:04:05Z", "labels": {"app": "x", "odd": 3},
                   "annotations": {"a.b/c": "d"}, "finalizers": ["one", 2, "three"]},
      "data": {"k": "dg=="}})");
  return {kinds::kSecret, *document};
}

TEST(Object, ReadsItsMetadata) {
  const auto object = secret();
  EXPECT_EQ(object.name(), "tokens");
  EXPECT_EQ(object.namespace_name(), "garden");
  EXPECT_EQ(object.uid().value, "u-1");
  EXPECT_EQ(object.resource_version().value, "42");
  EXPECT_EQ(object.generation(), 7);
  EXPECT_EQ(object.label("app"), "x");
  EXPECT_EQ(object.annotation("a.b/c"), "d");
  EXPECT_EQ(object.at("data").at("k").string_or(""), "dg==");
  EXPECT_EQ(object.ref(), (ObjectRef{kinds::kSecret, "garden", "tokens"}));
  using namespace std::chrono;
  EXPECT_EQ(object.created(), sys_days(2026y / 1 / 2) + 3h + 4min + 5s);
}

TEST(Object, TakesWhatIsNoTextForAbsent) {
  const auto object = secret();
  EXPECT_EQ(object.label("odd"), std::nullopt);
  EXPECT_EQ(object.label("none"), std::nullopt);
  EXPECT_EQ(object.finalizers(), (std::vector<std::string>{"one", "three"}));
}

TEST(Object, OfAnyDocumentAnswersWithoutFailing) {
  for (const auto* text : {"null", "[]", "3", "\"x\"", "{}", R"({"metadata": 3})",
                           R"({"metadata": {"name": 3, "labels": [], "generation": "x"}})"}) {
    const Object object(kinds::kPod, *json::parse(text));
    EXPECT_EQ(object.name(), "") << text;
    EXPECT_TRUE(object.uid().empty()) << text;
    EXPECT_EQ(object.generation(), 0) << text;
    EXPECT_EQ(object.created(), std::nullopt) << text;
    EXPECT_EQ(object.label("a"), std::nullopt) << text;
    EXPECT_TRUE(object.finalizers().empty()) << text;
    EXPECT_FALSE(object.is_being_deleted()) << text;
  }
}

TEST(Object, IsBeingDeletedOnceItHasATimestamp) {
  auto object = secret();
  EXPECT_FALSE(object.is_being_deleted());
  object["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z";
  EXPECT_TRUE(object.is_being_deleted());
}

TEST(Object, MadeNewHasTypeNameAndNamespace) {
  EXPECT_EQ(json::to_string(Object::make(kinds::kRole, "garden", "x").document()),
            R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role",)"
            R"("metadata":{"name":"x","namespace":"garden"}})");
  EXPECT_EQ(json::to_string(Object::make(kinds::kClusterRole, "ignored", "x").document()),
            R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole",)"
            R"("metadata":{"name":"x"}})");
}

TEST(Object, ReceivedTakesTheTypeAskedFor) {
  const auto partial = json::parse(
      R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"x"}})");
  const auto object = Object::received(kinds::kSecret, *partial);
  EXPECT_EQ(object.at("kind").string_or(""), "Secret");
  EXPECT_EQ(object.at("apiVersion").string_or(""), "v1");
  EXPECT_EQ(object.name(), "x");
  EXPECT_EQ(object.resource(), kinds::kSecret);
}

TEST(Object, SetsLabelsAndAnnotationsBesideTheOthers) {
  auto object = secret();
  object.set_label("new", "1");
  object.set_label("app", "y");
  object.set_annotation("note", "2");
  EXPECT_EQ(object.label("new"), "1");
  EXPECT_EQ(object.label("app"), "y");
  EXPECT_EQ(object.annotation("note"), "2");
  EXPECT_EQ(object.annotation("a.b/c"), "d");
}

TEST(Object, RefOfAClusterScopedKindHasNoNamespace) {
  auto object = Object::make(kinds::kNamespace, "", "garden");
  object["metadata"]["namespace"] = "strange";
  EXPECT_EQ(object.ref(), (ObjectRef{kinds::kNamespace, "", "garden"}));
}

TEST(ObjectRef, ReadsLikeKubectl) {
  EXPECT_EQ(to_string(ObjectRef{kinds::kSecret, "garden", "x"}), "Secret garden/x");
  EXPECT_EQ(to_string(ObjectRef{kinds::kClusterRole, "", "y"}), "ClusterRole y");
}

TEST(Resource, KnowsItsNames) {
  EXPECT_EQ(kinds::kSecret.api_version(), "v1");
  EXPECT_EQ(kinds::kSecret.name(), "secrets");
  EXPECT_EQ(kinds::kAdmissionDeployment.api_version(), "admission.portcullis.dev/v1alpha1");
  EXPECT_EQ(kinds::kClusterRole.name(), "clusterroles.rbac.authorization.k8s.io");
  EXPECT_FALSE(kinds::kSelfSubjectReview.namespaced);
  EXPECT_TRUE(kinds::kAdmissionDeployment.namespaced);
}

TEST(Resource, IsFoundByGroupAndKind) {
  EXPECT_EQ(known_kind("", "Secret"), kinds::kSecret);
  EXPECT_EQ(known_kind("policy", "PodDisruptionBudget"), kinds::kPodDisruptionBudget);
  EXPECT_EQ(known_kind("admission.portcullis.dev", "AdmissionDeployment"),
            kinds::kAdmissionDeployment);
  EXPECT_EQ(known_kind("apps", "Secret"), std::nullopt);
  EXPECT_EQ(known_kind("", "Nothing"), std::nullopt);
}

const Resource kCopiedBeforeMain = kinds::kAdmissionDeployment;

TEST(Resource, IsThereBeforeOtherConstants) {
  EXPECT_EQ(kCopiedBeforeMain.plural, "admissiondeployments");
}

struct VersionCase {
  const char* a;
  const char* b;
  std::optional<std::strong_ordering> order;
};

TEST(ResourceVersion, ComparesAsTheApiMachineryDoes) {
  using Order = std::strong_ordering;
  const VersionCase cases[] = {
      {"1", "2", Order::less},
      {"2", "1", Order::greater},
      {"10", "9", Order::greater},
      {"99", "100", Order::less},
      {"7", "7", Order::equal},
      {"184467440737095516161", "184467440737095516160", Order::greater},
      {"0", "1", std::nullopt},
      {"1", "01", std::nullopt},
      {"", "1", std::nullopt},
      {"1", "a", std::nullopt},
      {"-1", "1", std::nullopt},
      {"1.0", "1", std::nullopt},
  };
  for (const auto& one : cases)
    EXPECT_EQ(compare_versions(one.a, one.b), one.order) << one.a << " " << one.b;
}

struct NameCase {
  std::string text;
  std::string_view wrong;  ///< part of the complaint; empty: fine
};

TEST(Names, OfLabelsFollowRfc1123) {
  const NameCase cases[] = {
      {"a", ""},
      {"a-b", ""},
      {"0", ""},
      {"", "not be empty"},
      {"A", "lower-case"},
      {"a.b", "lower-case"},
      {"-a", "start and end"},
      {"a-", "start and end"},
      {"a_b", "lower-case"},
      {std::string(63, 'a'), ""},
      {std::string(64, 'a'), "63"},
      {"ä", "lower-case"},
  };
  for (const auto& one : cases) {
    const auto why = why_not_dns_label(one.text);
    EXPECT_EQ(why.empty(), one.wrong.empty()) << one.text << ": " << why;
    EXPECT_NE(why.find(one.wrong), std::string::npos) << one.text << ": " << why;
  }
}

TEST(Names, OfSubdomainsAreLabelsBetweenDots) {
  const NameCase cases[] = {
      {"a", ""},
      {"a.b-c.d0", ""},
      {"", "must not be empty"},
      {".", "each part"},
      {"a.", "each part"},
      {".a", "each part"},
      {"a..b", "each part"},
      {"a.-b", "each part"},
      {"a.B", "each part"},
      {std::string(100, 'a') + "." + std::string(100, 'b'), ""},
      {std::string(254, 'a'), "253"},
  };
  for (const auto& one : cases) {
    const auto why = why_not_dns_subdomain(one.text);
    EXPECT_EQ(why.empty(), one.wrong.empty()) << one.text << ": " << why;
    EXPECT_NE(why.find(one.wrong), std::string::npos) << one.text << ": " << why;
  }
}

}  // namespace
}  // namespace kube

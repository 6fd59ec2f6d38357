#include "kube/testing/unchanged.hpp"

#include <gtest/gtest.h>

#include "json/parse.hpp"
#include "kube/testing/in_memory_api.hpp"

// Which repeated writes count, as measured on a real API server.

namespace kube::testing {
namespace {

using json::Value;

class UnchangedTest : public ::testing::Test {
 protected:
  static Object make(const Resource& resource, std::string_view more) {
    Object object = Object::make(resource, resource.namespaced ? "default" : "", "a");
    const auto extra = json::parse(more);
    for (const auto& [key, value] : extra->members()) {
      if (key != "metadata") object[key] = value;
      if (key != "metadata") continue;
      for (const auto& [field, text] : value.members()) object["metadata"][field] = text;
    }
    return object;
  }
  Value ok(const Request& request) {
    clock_.advance(std::chrono::minutes(1));
    auto answer = api_.perform(request);
    EXPECT_TRUE(answer) << describe(request) << ": " << (answer ? "" : answer.error().what);
    return answer ? *answer : Value();
  }
  Value apply(Object object, std::string manager, std::string subresource = "") {
    return ok(Apply{.object = std::move(object),
                    .field_manager = std::move(manager),
                    .force = true,
                    .subresource = std::move(subresource)});
  }
  Value patch(const Object& object, std::string_view body, std::string subresource = "") {
    return ok(Patch{.ref = object.ref(),
                    .body = *json::parse(body),
                    .field_manager = "patcher",
                    .subresource = std::move(subresource)});
  }
  std::size_t writes() const { return api_.writes().size(); }
  static std::string managers_of(const Value& document) {
    std::string names;
    for (const auto& entry : document.at("metadata").at("managedFields").items()) {
      names += std::string(entry.at("manager").string_or("")) + " ";
    }
    return names;
  }

  base::ManualClock clock_{*base::parse_rfc3339("2026-01-02T03:04:05Z")};
  InMemoryApi api_{clock_, 7};
};

const Resource kThing{.group = "example.test",
                      .version = "v1",
                      .plural = "things",
                      .kind = "Thing",
                      .namespaced = true};
const char* const kEmptyList = R"({"metadata":{"finalizers":[],"labels":{"a":"b"}}})";
const char* const kPlain = R"({"metadata":{"labels":{"a":"b"}}})";

TEST_F(UnchangedTest, ARepeatedApplyKeepsTheTimesUnlessItMovesItsManagerBehindOthers) {
  const auto first = apply(make(kinds::kConfigMap, kEmptyList), "one");
  EXPECT_EQ(apply(make(kinds::kConfigMap, kEmptyList), "one"), first);
  EXPECT_EQ(writes(), 1U);
  apply(make(kinds::kConfigMap, R"({"data":{"k":"v"}})"), "another");
  const auto moved = apply(make(kinds::kConfigMap, kEmptyList), "one");
  EXPECT_EQ(managers_of(moved), "another one ");
  EXPECT_EQ(writes(), 3U);
  EXPECT_EQ(apply(make(kinds::kConfigMap, kEmptyList), "one"), moved);
}

TEST_F(UnchangedTest, AnApplyWithNothingNewKeepsItsPlace) {
  apply(make(kinds::kConfigMap, kPlain), "one");
  const auto both = apply(make(kinds::kConfigMap, R"({"data":{"k":"v"}})"), "another");
  EXPECT_EQ(apply(make(kinds::kConfigMap, kPlain), "one"), both);
  EXPECT_EQ(managers_of(both), "one another ");
}

TEST_F(UnchangedTest, AnAppliedEmptyListStaysInTheStoredBytesOfACustomResource) {
  const Object plain = make(kThing, kPlain);
  apply(plain, "one");
  patch(plain, R"({"metadata":{"labels":{"a":"b"}}})");
  EXPECT_EQ(writes(), 1U);
  const auto emptied = apply(make(kThing, kEmptyList), "one");
  EXPECT_TRUE(emptied.at("metadata").at("finalizers").is_null());
  EXPECT_EQ(writes(), 2U);
  patch(plain, R"({"metadata":{"labels":{"a":"b"}}})");
  EXPECT_EQ(writes(), 3U);
  patch(plain, R"({"metadata":{"labels":{"a":"b"}}})");
  EXPECT_EQ(writes(), 3U);
}

const char* const kTwoPorts = R"({"spec":{"replicas":2,"selector":{"matchLabels":{"a":"b"}},
  "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[
    {"name":"c","image":"i","ports":[{"containerPort":8080},{"containerPort":10250}]}]}}}})";

TEST_F(UnchangedTest, ScalingRewritesManagedFieldsInTheOrderOfTheirText) {
  const Object replicas = make(kinds::kReplicaSet, kTwoPorts);
  apply(replicas, "one");
  patch(replicas, R"({"spec":{"replicas":2}})", "scale");
  EXPECT_EQ(writes(), 2U);
  patch(replicas, R"({"spec":{"replicas":2}})", "scale");
  EXPECT_EQ(writes(), 2U);
  patch(replicas, R"({"spec":{"replicas":2}})");
  EXPECT_EQ(writes(), 3U);
  patch(replicas, R"({"spec":{"replicas":2}})");
  EXPECT_EQ(writes(), 3U);
}

TEST_F(UnchangedTest, ScalingLeavesAnObjectThatNobodyTracksAlone) {
  const Object replicas = make(kinds::kReplicaSet, kTwoPorts);
  apply(replicas, "one");
  patch(replicas, R"({"metadata":{"managedFields":[{}]}})");
  patch(replicas, R"({"spec":{"replicas":3}})", "scale");
  const auto scaled = api_.peek(replicas.ref());
  EXPECT_EQ(scaled->at("spec").at("replicas"), 3);
  EXPECT_FALSE(scaled->at("metadata").members().contains("managedFields"));
}

}  // namespace
}  // namespace kube::testing

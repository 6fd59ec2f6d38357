#include "kube/testing/merge.hpp"

#include <gtest/gtest.h>

#include "json/parse.hpp"
#include "kube/testing/managed_fields.hpp"

namespace kube::testing {
namespace {

using json::Value;

Value read(const char* text) { return *json::parse(text); }
std::string text(const Value& value) { return json::to_canonical_string(value); }
const Type kReplicas = root_type(kinds::kReplicaSet);

Value with_containers(const std::string& containers) {
  return read((R"({"spec":{"template":{"spec":{"containers":)" + containers + "}}}}").c_str());
}

TEST(Merge, KeyedListsTakeTheOrderOfTheConfigurationAndKeepTheRestNearItsNeighbours) {
  const auto live = with_containers(R"([{"name":"a"},{"name":"x"},{"name":"b"}])");
  const auto config = with_containers(R"([{"name":"b"},{"name":"c"},{"name":"a"}])");
  const auto merged = merge(live, config, kReplicas);
  EXPECT_EQ(text(merged),
            text(with_containers(R"([{"name":"x"},{"name":"b"},{"name":"c"},{"name":"a"}])")));
}

TEST(Merge, AtomicValuesAreReplacedAsAWhole) {
  const auto merged = merge(read(R"({"spec":{"selector":{"matchLabels":{"a":"1"}}}})"),
                            read(R"({"spec":{"selector":{"matchLabels":{"b":"2"}}}})"), kReplicas);
  EXPECT_EQ(text(merged), R"({"spec":{"selector":{"matchLabels":{"b":"2"}}}})");
}

TEST(Compare, WhatWasEmptiedIsStillThere) {
  const auto comparison = compare(read(R"({"webhooks":[{"name":"w","clientConfig":{"url":"u"}}]})"),
                                  read(R"({"webhooks":[{"name":"w","clientConfig":null}]})"),
                                  root_type(kinds::kValidatingWebhookConfiguration));
  EXPECT_TRUE(comparison.added.empty());
  EXPECT_TRUE(comparison.modified.empty());
  EXPECT_EQ(text(to_fields_v1(comparison.removed)),
            R"({"f:webhooks":{"k:{\"name\":\"w\"}":{"f:clientConfig":{"f:url":{}}}}})");
}

TEST(FieldsOf, NamesFieldsItemsAndEntriesAsManagedFieldsDo) {
  const auto document = read(
      R"({"metadata":{"labels":{"a":"b"},"finalizers":["f/g"]},
          "spec":{"template":{"spec":{"containers":[{"name":"c","ports":[{"containerPort":1}]}]}}}})");
  EXPECT_EQ(
      text(to_fields_v1(fields_of(document, kReplicas))),
      R"({"f:metadata":{"f:finalizers":{"v:\"f/g\"":{}},"f:labels":{"f:a":{}}},"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:name":{},"f:ports":{"k:{\"containerPort\":1,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}}}}}}})");
}

TEST(FieldSet, ReadsBackWhatItWrites) {
  const auto fields = read(R"({"f:data":{".":{},"f:k":{}},"f:metadata":{"f:labels":{"f:a":{}}}})");
  EXPECT_EQ(text(to_fields_v1(from_fields_v1(fields))), text(fields));
}

TEST(FieldSet, IsWrittenInTheOrderOfTheServer) {
  const auto fields = read(
      R"({"k:{\"port\":443}":{},"k:{\"port\":80}":{},"f:b":{},"f:a":{"f:z":{}},"v:\"x\"":{}})");
  EXPECT_EQ(
      json::to_string(to_fields_v1(from_fields_v1(fields))),
      R"({"f:a":{"f:z":{}},"f:b":{},"k:{\"port\":80}":{},"k:{\"port\":443}":{},"v:\"x\"":{}})");
}

TEST(FieldSet, SubtractingATreeTakesWhatIsBelow) {
  const auto all = from_fields_v1(read(R"({"f:status":{"f:a":{"f:b":{}}},"f:spec":{"f:x":{}}})"));
  const FieldSet status{.members = {"f:status"}, .children = {}};
  EXPECT_EQ(text(to_fields_v1(subtract_trees(all, status))), R"({"f:spec":{"f:x":{}}})");
  EXPECT_EQ(subtract(all, status), all);
}

TEST(Compare, TellsAddedRemovedAndModifiedPlaces) {
  const auto comparison = compare(read(R"({"metadata":{"labels":{"a":"1","b":"1"}}})"),
                                  read(R"({"metadata":{"labels":{"a":"2","c":"1"}}})"), kReplicas);
  const auto below = [](const FieldSet& set) {
    return text(to_fields_v1(set).at("f:metadata").at("f:labels"));
  };
  EXPECT_EQ(below(comparison.modified), R"({"f:a":{}})");
  EXPECT_EQ(below(comparison.removed), R"({"f:b":{}})");
  EXPECT_EQ(below(comparison.added), R"({"f:c":{}})");
}

}  // namespace
}  // namespace kube::testing

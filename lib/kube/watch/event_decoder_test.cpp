#include "kube/watch/event_decoder.hpp"

#include <gtest/gtest.h>

namespace kube::watch {
namespace {

using Kind = base::Error::Kind;

base::Result<WatchEvent> decode(std::string_view line) {
  return decode_event(kinds::kSecret, line);
}

TEST(EventDecoder, ReadsEveryType) {
  using enum WatchEvent::Type;
  const std::vector<std::pair<std::string, WatchEvent::Type>> types{
      {"ADDED", added}, {"MODIFIED", modified}, {"DELETED", deleted}, {"BOOKMARK", bookmark}};
  for (const auto& [name, type] : types) {
    const auto event = decode("{\"type\":\"" + name +
                              "\",\"object\":{\"metadata\":{\"name\":\"x\",\"namespace\":\"y\","
                              "\"resourceVersion\":\"7\"}}}");
    ASSERT_TRUE(event) << name;
    EXPECT_EQ(event->type, type);
    EXPECT_EQ(event->object.resource_version().value, "7");
    EXPECT_EQ(event->object.ref(), (ObjectRef{kinds::kSecret, "y", "x"}));
  }
}

TEST(EventDecoder, AMetadataOnlyObjectIsOfTheWatchedKind) {
  const auto event = decode(
      R"({"type":"ADDED","object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"x"}}})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->object.at("kind").string_or(""), "Secret");
  EXPECT_EQ(event->object.at("apiVersion").string_or(""), "v1");
}

TEST(EventDecoder, AnErrorEventIsItsStatus) {
  const auto gone = decode(
      R"({"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old resource version: 1","reason":"Expired","code":410}
})");
  ASSERT_FALSE(gone);
  EXPECT_TRUE(gone.error().is(Kind::gone));
  EXPECT_EQ(gone.error().code, 410);
  const auto busy = decode(
      R"({"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"InternalError","code":500}})");
  ASSERT_FALSE(busy);
  EXPECT_TRUE(busy.error().is(Kind::transient));
}

TEST(EventDecoder, AnErrorEventWithoutAStatusIsTransient) {
  for (const auto* line : {R"({"type":"ERROR"})", R"({"type":"ERROR","object":5})"}) {
    const auto event = decode(line);
    ASSERT_FALSE(event);
    EXPECT_TRUE(event.error().is(Kind::transient)) << line;
  }
}

TEST(EventDecoder, WhatIsNoEventIsInvalidAndIsNotQuoted) {
  for (const auto* line : {"", "<html>", "{\"type\":\"ADDED\"", "[]", "5", "{}", R"({"type":5})",
                           R"({"type":"NONSENSE","object":{}})", "{\"type\":\"ADDED\xFF\"}"}) {
    const auto event = decode(line);
    ASSERT_FALSE(event) << line;
    EXPECT_TRUE(event.error().is(Kind::invalid)) << line;
    EXPECT_FALSE(event.error().what.contains("NONSENSE"));
    EXPECT_FALSE(event.error().what.contains("html"));
  }
}

TEST(EventDecoder, AnObjectThatIsNoneHasNoName) {
  for (const auto* line :
       {R"({"type":"ADDED"})", R"({"type":"ADDED","object":5})", R"({"type":"ADDED","object":[1]})",
        R"({"type":"ADDED","object":{"metadata":"x"}})"}) {
    const auto event = decode(line);
    ASSERT_TRUE(event) << line;
    EXPECT_EQ(event->object.name(), "") << line;
  }
}

}  // namespace
}  // namespace kube::watch

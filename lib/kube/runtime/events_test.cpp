#include "kube/runtime/events.hpp"

#include <gtest/gtest.h>

#include "kube/testing/in_memory_api.hpp"

namespace kube {
namespace {

using testing::FaultyApi;
using testing::InMemoryApi;

Object about(std::string_view space = "garden") {
  Object object = Object::make(space.empty() ? kinds::kClusterRole : kinds::kSecret, space, "x");
  object["metadata"]["uid"] = "u-1";
  object["metadata"]["resourceVersion"] = "42";
  return object;
}

class EventRecorderTest : public ::testing::Test {
 protected:
  EventRecorderTest() {
    Object space = Object::make(kinds::kNamespace, "", "garden");
    EXPECT_TRUE(api.perform(Create{.object = std::move(space), .field_manager = "test"}));
  }
  void record(Object object, const std::string& reason, const std::string& message) {
    net_io::run(loop, play(std::move(object), reason, message));
  }
  Task<int> play(Object object, std::string reason, std::string message) {
    co_await recorder.record(std::move(object), EventRecorder::Type::warning, std::move(reason),
                             "Reconcile", std::move(message));
    co_return 0;
  }
  Task<int> play_many(int count) {
    for (int i = 0; i < count; ++i) co_await play(about(), "Denied", std::to_string(i));
    co_return 0;
  }
  std::vector<Object> events() { return api.peek_all(kinds::kEvent); }

  net_io::Loop loop;
  base::ManualClock clock{*base::parse_rfc3339("2026-01-02T03:04:05Z")};
  InMemoryApi api{clock, 1};
  bool away = false, refused = false;
  int refusals = 0;
  FaultyApi faulty{api, [this](const Request&, std::uint64_t) -> FaultyApi::Verdict {
                     if (refused) {
                       ++refusals;
                       return {.before = base::Error{.kind = base::Error::Kind::denied},
                               .after = {}};
                     }
                     if (!away) return {};
                     return {.before = base::transient("away"), .after = {}};
                   }};
  EventRecorder recorder{faulty, "portcullis-operator", "operator-0", clock};
};

TEST_F(EventRecorderTest, WritesAnEventAboutTheObject) {
  record(about(), "Denied", "a right is missing");
  ASSERT_EQ(events().size(), 1u);
  const Object event = events().front();
  EXPECT_EQ(event.namespace_name(), "garden");
  EXPECT_TRUE(event.name().starts_with("x."));
  EXPECT_GT(event.name().size(), 2u);
  EXPECT_EQ(event.at("type").string_or(""), "Warning");
  EXPECT_EQ(event.at("reason").string_or(""), "Denied");
  EXPECT_EQ(event.at("action").string_or(""), "Reconcile");
  EXPECT_EQ(event.at("message").string_or(""), "a right is missing");
  EXPECT_EQ(event.at("eventTime").string_or(""), "2026-01-02T03:04:05.000000Z");
  EXPECT_EQ(event.at("reportingComponent").string_or(""), "portcullis-operator");
  EXPECT_EQ(event.at("reportingInstance").string_or(""), "operator-0");
  const json::Value& object = event.at("involvedObject");
  EXPECT_EQ(object.at("kind").string_or(""), "Secret");
  EXPECT_EQ(object.at("name").string_or(""), "x");
  EXPECT_EQ(object.at("namespace").string_or(""), "garden");
  EXPECT_EQ(object.at("uid").string_or(""), "u-1");
}

TEST_F(EventRecorderTest, EventsAboutClusterScopedObjectsLiveInDefault) {
  record(about(""), "Denied", "no");
  ASSERT_EQ(events().size(), 1u);
  EXPECT_EQ(events().front().namespace_name(), "default");
}

TEST_F(EventRecorderTest, TheSameIsWrittenOnceInTenMinutes) {
  for (int i = 0; i < 3; ++i) record(about(), "Denied", "no");
  EXPECT_EQ(events().size(), 1u);
  record(about(), "Denied", "another message");
  record(about(), "Other", "no");
  EXPECT_EQ(events().size(), 3u);
  clock.advance(std::chrono::milliseconds(599'999));
  record(about(), "Denied", "no");
  EXPECT_EQ(events().size(), 3u);
  clock.advance(std::chrono::milliseconds(1));
  record(about(), "Denied", "no");
  EXPECT_EQ(events().size(), 4u);
}

TEST_F(EventRecorderTest, AClockThatJumpsBackSilencesNothingForLong) {
  record(about(), "Denied", "no");
  clock.jump(-std::chrono::hours(5));
  record(about(), "Denied", "no");
  EXPECT_EQ(events().size(), 2u);
}

TEST_F(EventRecorderTest, WhatCouldNotBeWrittenIsTriedAgain) {
  away = true;
  record(about(), "Denied", "no");
  EXPECT_TRUE(events().empty());
  away = false;
  record(about(), "Denied", "no");
  EXPECT_EQ(events().size(), 1u);
}

TEST_F(EventRecorderTest, LongTextsAreCutToTheServersLimits) {
  record(about(), std::string(500, 'r'), std::string(5'000, 'm'));
  ASSERT_EQ(events().size(), 1u);
  EXPECT_LE(events().front().at("reason").string_or("").size(), 128u);
  EXPECT_LE(events().front().at("message").string_or("").size(), 1024u);
}

TEST_F(EventRecorderTest, RemembersAThousandAndForgetsTheOldest) {
  refused = true;
  record(about(), "Denied", "the first");
  clock.advance(std::chrono::milliseconds(1));
  net_io::run(loop, play_many(1'000));
  EXPECT_EQ(refusals, 1'001);
  record(about(), "Denied", "999");
  EXPECT_EQ(refusals, 1'001);
  record(about(), "Denied", "the first");
  EXPECT_EQ(refusals, 1'002);
}

}  // namespace
}  // namespace kube

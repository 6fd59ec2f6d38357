#include "kube/watch/reflector.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "kube/watch/test_cluster.hpp"

namespace kube::watch {
namespace {

using std::chrono::milliseconds;

ReflectorOptions quick_options() {
  ReflectorOptions options;
  options.resource = kinds::kSecret;
  options.backoff = {.first = milliseconds(1), .factor = 2, .most = milliseconds(4), .jitter = 1};
  options.page = 2;
  return options;
}

struct Stage {
  explicit Stage(ReflectorOptions options = quick_options(), base::Log log = base::Log::silent())
      : reflector(cluster, std::move(options), std::move(log), random) {}

  /// Runs the reflector until `enough`, then asks it to end; whether both came in time.
  bool run_until(std::function<bool()> enough) {
    net_io::Loop loop;
    return net_io::run(loop, play(std::move(enough))) == 0;
  }

  Task<int> play(std::function<bool()> enough) {
    const auto executor = co_await boost::asio::this_coro::executor;
    net_io::TaskGroup group(executor, [](const char* what) { ADD_FAILURE() << what; });
    group.spawn(reflector.run());
    const auto deadline = Deadline::in(milliseconds(3'000));
    while (!enough() && !deadline.is_over()) co_await net_io::sleep_for(milliseconds(1));
    const bool came = enough();
    group.stop();
    const bool ended = co_await group.finished(milliseconds(1'000));
    co_return came&& ended ? 0 : 1;
  }

  bool run_until_synced() {
    return run_until([this] { return reflector.health().synced; });
  }

  TestCluster cluster;
  base::Random random{5};
  Reflector reflector;
};

TEST(Reflector, ListsTheMostRecentStateInPagesThenWatchesFromThere) {
  Stage stage;
  for (const char* name : {"a", "b", "c"}) stage.cluster.put(name);
  ASSERT_TRUE(stage.run_until([&] { return !stage.cluster.watches.empty(); }));
  ASSERT_EQ(stage.cluster.lists.size(), 1u);
  const auto& list = std::get<List>(stage.cluster.lists[0]);
  EXPECT_EQ(list.resource_version, "");
  EXPECT_EQ(list.limit, 2);
  EXPECT_EQ(stage.reflector.store().size(), 3u);
  EXPECT_EQ(stage.cluster.watches[0].resource_version, "101");
  EXPECT_EQ(stage.reflector.health().lists, 1u);
}

TEST(Reflector, PassesItsSelectorsOn) {
  auto options = quick_options();
  options.namespace_name = "garden";
  options.label_selector = "a=b";
  options.field_selector = "type=Opaque";
  options.metadata_only = true;
  Stage stage(std::move(options));
  ASSERT_TRUE(stage.run_until([&] { return !stage.cluster.watches.empty(); }));
  const auto& list = std::get<List>(stage.cluster.lists[0]);
  const auto& watch = stage.cluster.watches[0];
  EXPECT_EQ(list.namespace_name, "garden");
  EXPECT_EQ(list.label_selector, "a=b");
  EXPECT_EQ(list.field_selector, "type=Opaque");
  EXPECT_TRUE(list.metadata_only);
  EXPECT_EQ(watch.namespace_name, "garden");
  EXPECT_EQ(watch.label_selector, "a=b");
  EXPECT_EQ(watch.field_selector, "type=Opaque");
  EXPECT_TRUE(watch.metadata_only);
}

TEST(Reflector, AsksForWatchesOfDifferentLengths) {
  auto options = quick_options();
  options.too_soon = milliseconds(0);
  Stage stage(std::move(options));
  stage.cluster.misbehave(Fault::end, Phase::watch_start, 30);
  ASSERT_TRUE(stage.run_until([&] { return stage.cluster.watches.size() > 30; }));
  std::set<std::int64_t> lengths;
  for (const Watch& watch : stage.cluster.watches) {
    EXPECT_GE(watch.timeout.count(), 261);
    EXPECT_LE(watch.timeout.count(), 290);
    lengths.insert(watch.timeout.count());
  }
  EXPECT_GT(lengths.size(), 5u);
  EXPECT_EQ(stage.cluster.lists.size(), 1u);
  EXPECT_EQ(stage.reflector.health().failures, 0);
}

TEST(Reflector, AWatchThatEndsAtOnceIsAFailure) {
  Stage stage;
  stage.cluster.misbehave(Fault::end, Phase::watch_start, 1'000);
  ASSERT_TRUE(stage.run_until([&] { return stage.cluster.watches.size() >= 3; }));
  EXPECT_GE(stage.reflector.health().failures, 2);
  ASSERT_TRUE(stage.reflector.health().last_error);
}

TEST(Reflector, ASilentWatchEndsAnOutage) {
  Stage stage;
  stage.cluster.misbehave(Fault::reset, Phase::watch_start, 4);
  EXPECT_TRUE(stage.run_until(
      [&] { return stage.cluster.watches.size() == 5 && stage.reflector.health().failures == 1; }));
}

TEST(Reflector, BacksOffFromADeadServer) {
  auto options = quick_options();
  options.backoff = {.first = milliseconds(8), .factor = 2, .most = milliseconds(64), .jitter = 1};
  Stage stage(std::move(options));
  stage.cluster.misbehave(Fault::reset, Phase::first_list, 1'000'000);
  const auto start = Deadline::Clock::now();
  ASSERT_TRUE(stage.run_until([&] { return stage.cluster.lists.size() == 6; }));
  // 8 + 16 + 32 + 64 + 64 at least.
  EXPECT_GE(Deadline::Clock::now() - start, milliseconds(184));
  EXPECT_FALSE(stage.reflector.health().synced);
  EXPECT_GE(stage.reflector.health().failures, 5);
}

TEST(Reflector, AFailureAfterALongWhileCountsAsTheFirst) {
  auto options = quick_options();
  options.backoff = {.first = milliseconds(2), .factor = 100, .most = milliseconds(60'000)};
  options.backoff_reset = milliseconds(0);
  Stage stage(std::move(options));
  stage.cluster.misbehave(Fault::reset, Phase::watch_start, 5);
  EXPECT_TRUE(stage.run_until([&] { return stage.cluster.watches.size() == 5; }));
}

TEST(Reflector, AnOutageDoesNotDelayTheListThatALostHistoryNeeds) {
  auto options = quick_options();
  options.backoff = {
      .first = milliseconds(20), .factor = 4, .most = milliseconds(60'000), .jitter = 0};
  Stage stage(std::move(options));
  stage.cluster.misbehave(Fault::reset, Phase::watch_start, 3);
  bool lost = false;
  Deadline::Clock::time_point at;
  ASSERT_TRUE(stage.run_until([&] {
    if (stage.cluster.watches.size() == 4 && !std::exchange(lost, true)) {
      stage.cluster.misbehave(Fault::gone_event, Phase::mid_watch);
      stage.cluster.put("a");
      at = Deadline::Clock::now();
    }
    return stage.cluster.lists.size() == 2;
  }));
  EXPECT_LT(Deadline::Clock::now() - at, milliseconds(1'000)) << "the fourth delay is 1,280 ms";
}

TEST(Reflector, TellsOfItsHealth) {
  Stage stage;
  std::vector<std::string> told;
  stage.reflector.on_health([&](const ReflectorHealth& health) {
    told.push_back(std::string(health.synced ? "synced" : "not synced") +
                   (health.last_error ? ", failing" : ", well"));
  });
  stage.cluster.misbehave(Fault::internal, Phase::first_list, 2);
  stage.cluster.put("a");
  ASSERT_TRUE(stage.run_until_synced());
  EXPECT_EQ(told, (std::vector<std::string>{"not synced, failing", "not synced, failing",
                                            "synced, failing", "synced, well"}));
}

TEST(Reflector, PassesOverObjectsWithoutAName) {
  std::string lines;
  Stage stage(quick_options(), base::Log::to_string(lines));
  stage.cluster.put("a");
  stage.cluster.odd_items = {json::Value(5), json::Value::object({{"metadata", "x"}})};
  stage.cluster.odd_lines =
      "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"100\"}}}\n";
  bool done = false;
  ASSERT_TRUE(stage.run_until([&] {
    if (stage.reflector.health().events == 1 && !std::exchange(done, true)) {
      stage.cluster.remove("the version of the odd line");
      stage.cluster.put("b");
    }
    return stage.reflector.store().size() == 2;
  }));
  EXPECT_EQ(stage.cluster.lists.size(), 1u);
  EXPECT_TRUE(lines.contains("without a name")) << lines;
}

TEST(Reflector, TrimsWhatItStores) {
  auto options = quick_options();
  options.trim = [](json::Value document) {
    document["metadata"].as_object()->erase("managedFields");
    return document;
  };
  Stage stage(std::move(options));
  stage.cluster.put("listed");
  bool done = false;
  ASSERT_TRUE(stage.run_until([&] {
    if (!stage.cluster.watches.empty() && !std::exchange(done, true)) stage.cluster.put("watched");
    return stage.reflector.store().size() == 2;
  }));
  for (const Object* object : stage.reflector.store().all()) {
    EXPECT_TRUE(object->at("metadata").at("managedFields").is_null()) << object->name();
    EXPECT_FALSE(object->at("metadata").at("annotations").is_null());
  }
}

TEST(Reflector, TellsOfEachThingItSees) {
  auto options = quick_options();
  std::vector<std::string> types;
  options.on_event = [&](std::string_view type) { types.emplace_back(type); };
  Stage stage(std::move(options));
  bool done = false;
  ASSERT_TRUE(stage.run_until([&] {
    if (!stage.cluster.watches.empty() && !std::exchange(done, true)) {
      stage.cluster.put("a");
      stage.cluster.put("a");
      stage.cluster.remove("a");
    }
    return types.size() == 5;
  }));
  EXPECT_EQ(types, (std::vector<std::string>{"LIST", "WATCH", "ADDED", "MODIFIED", "DELETED"}));
}

Task<int> wait_in_vain(Reflector* reflector) {
  const bool synced = co_await reflector->wait_synced(Deadline::in(milliseconds(5)));
  co_return synced ? 1 : 0;
}

TEST(Reflector, WaitingForItEndsAtTheDeadline) {
  Stage stage;
  net_io::Loop loop;
  EXPECT_EQ(net_io::run(loop, wait_in_vain(&stage.reflector)), 0);
}

TEST(Reflector, ALogOfAFailureNamesTheResource) {
  std::string lines;
  Stage stage(quick_options(), base::Log::to_string(lines));
  stage.cluster.misbehave(Fault::internal, Phase::first_list);
  ASSERT_TRUE(stage.run_until_synced());
  EXPECT_TRUE(lines.contains("\"resource\":\"secrets\"")) << lines;
}

}  // namespace
}  // namespace kube::watch

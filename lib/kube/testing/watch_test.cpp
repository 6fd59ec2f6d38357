#include <gtest/gtest.h>

#include "kube/testing/in_memory_api.hpp"

namespace kube::testing {
namespace {

using namespace std::chrono_literals;
using Type = WatchEvent::Type;

Object map_named(const std::string& name, const std::string& app) {
  auto object = Object::make(kinds::kConfigMap, "default", name);
  object.set_label("app", app);
  return object;
}

class WatchTest : public ::testing::Test {
 protected:
  std::string put(const std::string& name, const std::string& app) {
    const auto answer =
        api_.perform(Apply{.object = map_named(name, app), .field_manager = "m", .force = true});
    return std::string(answer->at("metadata").at("resourceVersion").string_or(""));
  }

  /// "ADDED a", ... of all that comes without waiting, and the error's reason at the end, if any.
  std::vector<std::string> events(Watch watch) {
    std::vector<std::string> seen;
    net_io::Loop loop;
    net_io::run(loop, collect(&api_, std::move(watch), &seen));
    return seen;
  }

  static net_io::Task<int> collect(Api* api, Watch watch, std::vector<std::string>* seen) {
    auto stream = co_await api->watch(std::move(watch));
    if (!stream) {
      seen->push_back(stream.error().reason);
      co_return 1;
    }
    while (true) {
      auto event = co_await (*stream)->next(Deadline::in(0ms));
      if (!event) {
        if (event.error().code != 0) seen->push_back(event.error().reason);
        co_return 1;
      }
      if (!*event) co_return 0;
      constexpr const char* kTypes[] = {"ADDED", "MODIFIED", "DELETED", "BOOKMARK"};
      seen->push_back(std::string(kTypes[static_cast<int>((*event)->type)]) + " " +
                      (*event)->object.name());
    }
  }

  base::ManualClock clock_{base::TimePoint{}};
  InMemoryApi api_{clock_, 1};
  Watch watch_{.resource = kinds::kConfigMap, .namespace_name = "default"};
};

TEST_F(WatchTest, TellsEverythingSinceAVersion) {
  watch_.resource_version = put("a", "x");
  put("b", "x");
  put("a", "y");
  api_.perform(Delete{.ref = map_named("b", "x").ref()});
  EXPECT_EQ(events(watch_), (std::vector<std::string>{"ADDED b", "MODIFIED a", "DELETED b"}));
}

TEST_F(WatchTest, WithoutAVersionBeginsWithWhatThereIs) {
  put("b", "x");
  put("a", "x");
  EXPECT_EQ(events(watch_), (std::vector<std::string>{"ADDED a", "ADDED b"}));
}

TEST_F(WatchTest, LeavingTheSelectionIsADeletion) {
  watch_.resource_version = put("a", "x");
  watch_.label_selector = "app=x";
  put("a", "y");
  put("a", "x");
  EXPECT_EQ(events(watch_), (std::vector<std::string>{"DELETED a", "ADDED a"}));
}

TEST_F(WatchTest, ACompactedVersionIsGone) {
  watch_.resource_version = put("a", "x");
  put("a", "y");
  api_.compact();
  EXPECT_EQ(events(watch_), (std::vector<std::string>{"Expired"}));
}

TEST_F(WatchTest, EndsInOrderWithABookmark) {
  watch_.resource_version = put("a", "x");
  watch_.timeout = 0s;
  EXPECT_EQ(events(watch_), (std::vector<std::string>{"BOOKMARK "}));
}

net_io::Task<int> write_soon(InMemoryApi* api) {
  co_await net_io::sleep_for(1ms);
  api->perform(Create{.object = map_named("late", "x")});
  co_return 0;
}

net_io::Task<int> wait_for_late(InMemoryApi* api, Watch watch, std::string* name) {
  auto stream = co_await api->watch(std::move(watch));
  net_io::start(
      co_await boost::asio::this_coro::executor,
      [](InMemoryApi* target) -> net_io::Task<> { co_await write_soon(target); }(api),
      [](std::exception_ptr) {});
  auto event = co_await (*stream)->next(Deadline::in(10s));
  if (event && *event) *name = (*event)->object.name();
  co_return 0;
}

TEST_F(WatchTest, AWaitingWatchWakesAtAWrite) {
  std::string name;
  net_io::Loop loop;
  net_io::run(loop, wait_for_late(&api_, watch_, &name));
  EXPECT_EQ(name, "late");
}

net_io::Task<int> call_thrice(Api* api, std::vector<std::string>* results) {
  for (const auto* name : {"a", "b", "c"}) {
    Request request = Create{.object = map_named(name, "x")};
    auto answer = co_await api->call(std::move(request));
    results->push_back(answer ? "ok" : answer.error().what);
  }
  co_return 0;
}

TEST_F(WatchTest, FaultsComeBeforeOrAfterTheCall) {
  FaultyApi faulty(api_, [](const Request&, std::uint64_t number) {
    FaultyApi::Verdict verdict;
    if (number == 0) verdict.before = base::transient("refused");
    if (number == 1) verdict.after = base::transient("lost");
    return verdict;
  });
  std::vector<std::string> results;
  net_io::Loop loop;
  net_io::run(loop, call_thrice(&faulty, &results));
  EXPECT_EQ(results, (std::vector<std::string>{"refused", "lost", "ok"}));
  EXPECT_FALSE(api_.peek(map_named("a", "x").ref()));
  EXPECT_TRUE(api_.peek(map_named("b", "x").ref()));
}

}  // namespace
}  // namespace kube::testing

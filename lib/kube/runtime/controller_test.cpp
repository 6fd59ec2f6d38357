#include "kube/runtime/controller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <map>
#include <set>
#include <vector>

#include "kube/runtime/metrics_text.hpp"
#include "net/deadline.hpp"

namespace kube {
namespace {

using net_io::Task;
using std::chrono::milliseconds;

/// What happened to keys; and what is to happen.
struct Work {
  std::vector<std::string> done;
  std::set<std::string> busy;
  std::size_t most_busy = 0;
  bool overlapped = false;
  milliseconds takes{0};
  bool is_held = false;  ///< nothing ends
  std::map<std::string, std::vector<base::Result<Done>>>
      answers;  ///< of a key, in order; then success
};

Task<base::Result<Done>> work_on(Work* work, std::string key) {
  work->overlapped |= !work->busy.insert(key).second;
  work->most_busy = std::max(work->most_busy, work->busy.size());
  if (work->takes.count() > 0) co_await net_io::sleep_for(work->takes);
  while (work->is_held) co_await net_io::sleep_for(milliseconds(1));
  work->busy.erase(key);
  work->done.push_back(key);
  auto& answers = work->answers[key];
  if (answers.empty()) co_return Done{};
  auto answer = std::move(answers.front());
  answers.erase(answers.begin());
  co_return answer;
}

struct Stage {
  explicit Stage(std::size_t workers = 4)
      : controller(
            "test", loop.get_executor(),
            [this](std::string key) { return work_on(&work, std::move(key)); }, clock, random,
            base::Log::to_string(log), &metrics, workers) {}

  bool run_until(std::function<bool()> enough) {
    return net_io::run(loop, play(std::move(enough))) == 0;
  }

  Task<int> play(std::function<bool()> enough) {
    const auto executor = co_await boost::asio::this_coro::executor;
    net_io::TaskGroup group(executor, [](const char* what) { ADD_FAILURE() << what; });
    group.spawn(controller.run());
    const auto deadline = net_io::Deadline::in(milliseconds(3'000));
    while (!enough() && !deadline.is_over()) co_await net_io::sleep_for(milliseconds(1));
    const bool came = enough();
    group.stop();
    const bool ended = co_await group.finished(milliseconds(2'000));
    co_return came&& ended ? 0 : 1;
  }

  std::string text() const { return metrics_text(*registry); }

  net_io::Loop loop;
  base::SystemClock clock;
  base::Random random{1};
  std::string log;
  Work work;
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  RuntimeMetrics metrics{registry};
  Controller controller;
};

TEST(Controller, WorksOnEachKeyOnceHoweverOftenItWasAdded) {
  Stage stage;
  for (int i = 0; i < 3; ++i) {
    stage.controller.enqueue("a");
    stage.controller.enqueue("b");
  }
  EXPECT_EQ(stage.controller.waiting(), 2u);
  ASSERT_TRUE(stage.run_until([&] { return stage.work.done.size() >= 2; }));
  EXPECT_THAT(stage.work.done, ::testing::UnorderedElementsAre("a", "b"));
}

TEST(Controller, NeverWorksOnAKeyTwiceAtOnceAndLosesNoWish) {
  Stage stage;
  stage.work.takes = milliseconds(5);
  stage.controller.enqueue("a");
  bool added = false;
  ASSERT_TRUE(stage.run_until([&] {
    if (stage.work.busy.contains("a") && !std::exchange(added, true)) stage.controller.enqueue("a");
    return stage.work.done.size() == 2;
  }));
  EXPECT_FALSE(stage.work.overlapped);
}

TEST(Controller, WorksOnAsManyKeysAtOnceAsItHasWorkers) {
  Stage stage(3);
  stage.work.takes = milliseconds(3);
  for (char key = 'a'; key < 'm'; ++key) stage.controller.enqueue(std::string(1, key));
  ASSERT_TRUE(stage.run_until([&] { return stage.work.done.size() == 12; }));
  EXPECT_EQ(stage.work.most_busy, 3u);
}

TEST(Controller, ItsMetricsTellWaitingKeysFromScheduledOnesAndAStuckReconcile) {
  Stage stage(1);
  stage.work.is_held = true;
  stage.controller.enqueue("a");
  stage.controller.enqueue("b");
  stage.controller.enqueue("c", std::chrono::hours(1));
  const auto is_running_long =
      ::testing::ContainsRegex("longest_running_seconds\\{controller=\"test\"\\} [0-9.e-]*[1-9]");
  std::string while_busy;
  ASSERT_TRUE(stage.run_until([&] {
    stage.controller.enqueue("c", std::chrono::hours(1));
    if (stage.work.is_held) while_busy = stage.text();
    if (::testing::Value(while_busy, is_running_long)) stage.work.is_held = false;
    return stage.work.done.size() == 2;
  }));
  for (const char* line : {"portcullis_workqueue_depth{controller=\"test\"} 1\n",
                           "portcullis_workqueue_scheduled{controller=\"test\"} 1\n"}) {
    EXPECT_THAT(while_busy, ::testing::HasSubstr(line));
  }
  const std::string after = stage.text();
  for (const char* line :
       {"portcullis_workqueue_depth{controller=\"test\"} 0\n",
        "portcullis_workqueue_longest_running_seconds{controller=\"test\"} 0\n",
        "portcullis_workqueue_queue_duration_seconds_count{controller=\"test\"} 2\n"}) {
    EXPECT_THAT(after, ::testing::HasSubstr(line));
  }
}

TEST(Controller, ComesBackWhenTheReconcileAsksForIt) {
  Stage stage;
  stage.work.answers["a"].emplace_back(Done{milliseconds(5)});
  stage.controller.enqueue("a");
  ASSERT_TRUE(stage.run_until([&] { return stage.work.done.size() == 2; }));
  const std::string text = stage.text();
  EXPECT_THAT(text, ::testing::HasSubstr(
                        "portcullis_reconcile_total{controller=\"test\",result=\"requeue\"} 1\n"));
  EXPECT_THAT(text, ::testing::HasSubstr(
                        "portcullis_reconcile_total{controller=\"test\",result=\"success\"} 1\n"));
}

TEST(Controller, TriesAgainAfterAnErrorAndLogsIt) {
  Stage stage;
  for (int i = 0; i < 2; ++i) {
    stage.work.answers["a"].emplace_back(base::fail(base::transient("the cluster is away")));
  }
  stage.controller.enqueue("a");
  ASSERT_TRUE(stage.run_until([&] { return stage.work.done.size() == 3; }));
  EXPECT_THAT(
      stage.text(),
      ::testing::HasSubstr("portcullis_reconcile_total{controller=\"test\",result=\"error\"} 2\n"));
  EXPECT_THAT(stage.log, ::testing::HasSubstr("the cluster is away"));
  EXPECT_THAT(stage.log, ::testing::HasSubstr("\"key\":\"a\""));
}

TEST(Controller, WaitsAsLongAsTheServerWishes) {
  Stage stage;
  stage.work.answers["a"].emplace_back(base::fail(base::transient("busy", milliseconds(40))));
  stage.controller.enqueue("a");
  const auto start = stage.clock.since_boot();
  ASSERT_TRUE(stage.run_until([&] { return stage.work.done.size() == 2; }));
  EXPECT_GE(stage.clock.since_boot() - start, milliseconds(40));
}

TEST(Controller, AFailingKeyHoldsNoOtherUp) {
  Stage stage(1);
  for (int i = 0; i < 50; ++i) {
    stage.work.answers["bad"].emplace_back(base::fail(base::transient("no", milliseconds(5))));
  }
  stage.controller.enqueue("bad");
  stage.controller.enqueue("good");
  ASSERT_TRUE(stage.run_until(
      [&] { return std::ranges::find(stage.work.done, "good") != stage.work.done.end(); }));
  EXPECT_LE(stage.work.done.size(), 3u);
}

TEST(Controller, FinishesWhatIsUnderWayButStartsNothingNew) {
  Stage stage(1);
  stage.work.takes = milliseconds(20);
  stage.controller.enqueue("a");
  stage.controller.enqueue("b");
  ASSERT_TRUE(stage.run_until([&] { return stage.work.busy.contains("a"); }));
  EXPECT_EQ(stage.work.done, std::vector<std::string>{"a"});
  EXPECT_EQ(stage.controller.waiting(), 1u);
}

TEST(Controller, AFreeWorkerCountsAsProgressAndABusyOneDoesNot) {
  Stage stage(1);
  stage.work.takes = milliseconds(60);
  stage.controller.enqueue("a");
  base::BootTime at_start{};
  ASSERT_TRUE(stage.run_until([&] {
    if (stage.work.busy.empty()) return false;
    if (at_start.count() == 0) at_start = stage.controller.last_progress();
    return stage.clock.since_boot() - at_start >= milliseconds(30);
  }));
  EXPECT_GT(stage.controller.last_progress(), at_start);
}

}  // namespace
}  // namespace kube

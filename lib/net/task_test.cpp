#include "net/task.hpp"

#include <csignal>

#include "net/test_net.hpp"

namespace net_io {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::ElementsAre;

using Log = std::shared_ptr<std::vector<std::string>>;

void unexpected(const char* bug) { ADD_FAILURE() << bug; }

Task<> sleep_and_note(milliseconds time, Log log) {
  bool slept = co_await sleep_for(time);
  log->emplace_back(slept ? "slept" : "woken");
}

Task<> note_cancelled(Log log) {
  bool asked = co_await cancelled();
  log->emplace_back(asked ? "cancelled" : "free");
}

Task<> fail_badly(Log) {
  co_await sleep_for(milliseconds(0));
  throw std::runtime_error("a bug");
}

NET_TEST(TaskGroup, IsFinishedWhenAllTasksAre) {
  TaskGroup group(executor, unexpected);
  auto log = std::make_shared<std::vector<std::string>>();
  EXPECT_TRUE(co_await group.finished(milliseconds(0)));
  group.spawn(sleep_and_note(milliseconds(1), log));
  group.spawn(note_cancelled(log));
  EXPECT_EQ(group.size(), 2u);
  EXPECT_TRUE(log->empty());  // spawn does not run the task
  EXPECT_TRUE(co_await group.finished(kTestTime));
  EXPECT_EQ(group.size(), 0u);
  EXPECT_THAT(*log, ElementsAre("free", "slept"));
}

NET_TEST(TaskGroup, FinishedGivesUpAtItsBound) {
  TaskGroup group(executor, unexpected);
  auto log = std::make_shared<std::vector<std::string>>();
  group.spawn(sleep_and_note(hours(1), log));
  EXPECT_FALSE(co_await group.finished(milliseconds(5)));
  EXPECT_TRUE(log->empty());
  group.stop();
  EXPECT_TRUE(co_await group.finished(kTestTime));
  EXPECT_THAT(*log, ElementsAre("woken"));
}

NET_TEST(TaskGroup, StopReachesTasksThatHaveNotBegunAndThoseThatComeLater) {
  TaskGroup group(executor, unexpected);
  auto log = std::make_shared<std::vector<std::string>>();
  group.spawn(note_cancelled(log));
  group.stop();
  EXPECT_TRUE(group.stopping());
  group.spawn(sleep_and_note(hours(1), log));
  EXPECT_TRUE(co_await group.finished(kTestTime));
  EXPECT_THAT(*log, ElementsAre("cancelled", "woken"));
}

NET_TEST(TaskGroup, ReportsExceptionsAndRunsOn) {
  std::vector<std::string> bugs;
  TaskGroup group(executor, [&](const char* what) { bugs.emplace_back(what); });
  auto log = std::make_shared<std::vector<std::string>>();
  group.spawn(fail_badly(log));
  group.spawn(sleep_and_note(milliseconds(2), log));
  EXPECT_TRUE(co_await group.finished(kTestTime));
  EXPECT_THAT(bugs, ElementsAre("a bug"));
  EXPECT_THAT(*log, ElementsAre("slept"));
}

/// A group within a task: its tasks must be over before it dies, also when the outer task is
/// cancelled.
Task<> run_inner_group(Log log) {
  auto executor = co_await boost::asio::this_coro::executor;
  TaskGroup inner(executor, unexpected);
  inner.spawn(sleep_and_note(hours(1), log));
  co_await sleep_for(hours(1));
  inner.stop();
  EXPECT_TRUE(co_await inner.finished(kTestTime));
}

NET_TEST(TaskGroup, ACancelledTaskCanStillWaitForItsOwnGroup) {
  for (bool hard : {false, true}) {
    TaskGroup outer(executor, unexpected);
    auto log = std::make_shared<std::vector<std::string>>();
    outer.spawn(run_inner_group(log));
    co_await sleep_for(milliseconds(1));
    hard ? outer.abort() : outer.stop();
    EXPECT_TRUE(co_await outer.finished(kTestTime));
    EXPECT_THAT(*log, ElementsAre("woken"));
  }
}

TEST(TaskGroupDeathTest, DiesWithTasksLeft) {
  auto leave = [] {
    Loop loop;
    TaskGroup group(loop.get_executor(), unexpected);
    group.spawn(sleep_and_note(hours(1), nullptr));
  };
  EXPECT_DEATH(leave(), "");
}

Task<> wait_and_note(std::shared_ptr<Event> event, milliseconds most, Log log) {
  bool came = co_await event->wait(most);
  log->emplace_back(came ? "came" : "missed");
}

NET_TEST(Event, WakesEveryWaiterAlsoWhenResetAtOnce) {
  TaskGroup group(executor, unexpected);
  auto event = std::make_shared<Event>(executor);
  auto log = std::make_shared<std::vector<std::string>>();
  group.spawn(wait_and_note(event, hours(1), log));
  group.spawn(wait_and_note(event, hours(1), log));
  co_await sleep_for(milliseconds(1));
  event->set();
  event->reset();
  EXPECT_FALSE(event->is_set());
  EXPECT_TRUE(co_await group.finished(kTestTime));
  EXPECT_THAT(*log, ElementsAre("came", "came"));
  EXPECT_FALSE(co_await event->wait(milliseconds(1)));
  event->set();
  EXPECT_TRUE(co_await event->wait(milliseconds(0)));
}

NET_TEST(Event, IsMissedByTheCancelled) {
  TaskGroup group(executor, unexpected);
  auto event = std::make_shared<Event>(executor);
  auto log = std::make_shared<std::vector<std::string>>();
  group.spawn(wait_and_note(event, milliseconds::max(), log));
  co_await sleep_for(milliseconds(1));
  group.stop();
  group.spawn(wait_and_note(event, milliseconds::max(), log));
  EXPECT_TRUE(co_await group.finished(kTestTime));
  EXPECT_THAT(*log, ElementsAre("missed", "missed"));
}

Task<> wait_for_raw(Event* event, Log log) {
  bool came = co_await event->wait(hours(1));
  log->emplace_back(came ? "came" : "missed");
}

NET_TEST(Event, LetsItsWaitersGoWhenItDies) {
  TaskGroup group(executor, unexpected);
  auto event = std::make_unique<Event>(executor);
  auto log = std::make_shared<std::vector<std::string>>();
  group.spawn(wait_for_raw(event.get(), log));
  co_await sleep_for(milliseconds(1));
  event = nullptr;
  EXPECT_TRUE(co_await group.finished(kTestTime));
  EXPECT_THAT(*log, ElementsAre("missed"));
}

Task<int> give(int value) {
  co_await sleep_for(milliseconds(0));
  co_return value;
}
Task<int> throw_out() {
  co_await sleep_for(milliseconds(0));
  throw std::runtime_error("a bug");
}
TEST(Run, GivesTheValueOrTheExceptionOfTheMainTask) {
  Loop loop;
  EXPECT_EQ(run(loop, give(7)), 7);
  EXPECT_THROW(run(loop, throw_out()), std::runtime_error);
}

TEST(Run, StartTellsOfTheEnd) {
  Loop loop;
  auto log = std::make_shared<std::vector<std::string>>();
  int ends = 0, failures = 0;
  auto done = [&](const std::exception_ptr& thrown) { ++ends, failures += thrown ? 1 : 0; };
  start(loop.get_executor(), note_cancelled(log), done);
  start(loop.get_executor(), fail_badly(log), done);
  loop.run();
  EXPECT_EQ(ends, 2);
  EXPECT_EQ(failures, 1);
}

/// Suspended tasks die with the loop; what they own must be given back once.
TEST(Run, ALoopMayDieWithTasksSuspended) {
  auto log = std::make_shared<std::vector<std::string>>();
  {
    Loop loop;
    start(loop.get_executor(), sleep_and_note(hours(1), log), [](const std::exception_ptr&) {});
    loop.poll();
    EXPECT_GT(log.use_count(), 1);
  }
  EXPECT_EQ(log.use_count(), 1);
  EXPECT_TRUE(log->empty());
}

Task<> note_signal(Log log) {
  int number = co_await wait_for_signal();
  log->emplace_back(std::to_string(number));
}

NET_TEST(Signals, AreWaitedForOrCancelled) {
  TaskGroup group(executor, unexpected);
  auto log = std::make_shared<std::vector<std::string>>();
  group.spawn(note_signal(log));
  co_await sleep_for(milliseconds(1));
  std::raise(SIGTERM);
  EXPECT_TRUE(co_await group.finished(kTestTime));
  group.spawn(note_signal(log));
  co_await sleep_for(milliseconds(1));
  group.stop();
  EXPECT_TRUE(co_await group.finished(kTestTime));
  EXPECT_THAT(*log, testing::ElementsAre(std::to_string(SIGTERM), "0"));
}

TEST(Deadline, IsAPointInTime) {
  EXPECT_TRUE(Deadline::in(milliseconds(0)).is_over());
  EXPECT_EQ(Deadline::in(milliseconds(-5)).left(), milliseconds(0));
  EXPECT_FALSE(Deadline::in(milliseconds::max()).is_over());
  EXPECT_FALSE(Deadline::never().is_over());
  EXPECT_GT(Deadline::never().left(), hours(1));
  auto early = Deadline::in(hours(1)), late = Deadline::in(hours(2));
  EXPECT_EQ(late.or_earlier(early).at(), early.at());
  EXPECT_EQ(early.or_earlier(late).at(), early.at());
  EXPECT_GT(late.left(), hours(1));
}

}  // namespace
}  // namespace net_io

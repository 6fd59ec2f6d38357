// Every fault at every phase: the reflector recovers, misses nothing, and lists at most once more.

#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "kube/watch/reflector.hpp"
#include "kube/watch/test_cluster.hpp"

namespace kube::watch {
namespace {

using std::chrono::milliseconds;

std::string name_of(Fault fault) {
  switch (fault) {
    case Fault::gone_status:
      return "GoneStatus";
    case Fault::gone_event:
      return "GoneEvent";
    case Fault::too_many:
      return "TooMany";
    case Fault::internal:
      return "Internal";
    case Fault::too_large_version:
      return "TooLargeVersion";
    case Fault::end:
      return "End";
    case Fault::reset:
      return "Reset";
    case Fault::half_open:
      return "HalfOpen";
    case Fault::slow:
      return "Slow";
    case Fault::garbage:
      return "Garbage";
    case Fault::broken_utf8:
      return "BrokenUtf8";
    case Fault::long_line:
      return "LongLine";
    case Fault::bookmark_only:
      return "BookmarkOnly";
    case Fault::no_version:
      return "NoVersion";
  }
  return "?";
}

std::string name_of(Phase phase) {
  switch (phase) {
    case Phase::first_list:
      return "FirstList";
    case Phase::next_page:
      return "NextPage";
    case Phase::watch_start:
      return "WatchStart";
    case Phase::mid_watch:
      return "MidWatch";
  }
  return "?";
}

ReflectorOptions options_for(Fault fault) {
  ReflectorOptions options;
  options.resource = kinds::kSecret;
  options.backoff = {.first = milliseconds(1), .factor = 2, .most = milliseconds(4), .jitter = 1};
  options.too_soon = milliseconds(200);
  options.page = 2;
  if (fault == Fault::half_open || fault == Fault::slow) {
    options.watch_timeout = std::chrono::seconds(0);
    options.idle_margin = milliseconds(15);
  }
  return options;
}

struct Cell {
  Cell(Fault f, Phase p)
      : fault(f), phase(p), reflector(cluster, options_for(f), base::Log::silent(), random) {
    for (const char* name : {"a", "b", "c", "d", "e"}) cluster.put(name);
    reflector.store().on_change([this](const Object* before, const Object* after) {
      if (after != nullptr) mirror[after->name()] = after->resource_version().value;
      if (after == nullptr) mirror.erase(before->name());
    });
  }

  bool has_converged() const { return mirror == cluster.objects(); }

  Task<bool> converge() {
    const auto deadline = Deadline::in(milliseconds(5'000));
    while (!deadline.is_over()) {
      if (has_converged() && cluster.has_misbehaved()) co_return true;
      co_await net_io::sleep_for(milliseconds(1));
    }
    co_return false;
  }

  Task<int> play() {
    const auto executor = co_await boost::asio::this_coro::executor;
    net_io::TaskGroup group(executor, [](const char* what) { ADD_FAILURE() << what; });
    cluster.misbehave(fault, phase);
    group.spawn(reflector.run());
    EXPECT_TRUE(co_await reflector.wait_synced(Deadline::in(milliseconds(5'000))));
    cluster.put("f");
    cluster.put("a");
    cluster.remove("b");
    EXPECT_TRUE(co_await converge());
    cluster.put("g");
    cluster.remove("c");
    EXPECT_TRUE(co_await converge());
    EXPECT_EQ(mirror, cluster.objects());
    group.stop();
    EXPECT_TRUE(co_await group.finished(milliseconds(1'000)));
    co_return 0;
  }

  Fault fault;
  Phase phase;
  TestCluster cluster;
  base::Random random{5};
  Reflector reflector;
  std::map<std::string, std::string> mirror;  ///< what the listeners were told
};

class FaultMatrix : public ::testing::TestWithParam<std::tuple<Fault, Phase>> {};

TEST_P(FaultMatrix, Recovers) {
  const auto [fault, phase] = GetParam();
  Cell cell(fault, phase);
  net_io::Loop loop;
  net_io::run(loop, cell.play());
  EXPECT_LE(cell.cluster.lists.size(), 2u);
  EXPECT_FALSE(cell.mirror.contains("ghost"));
  if (fault == Fault::too_many) {
    ASSERT_TRUE(cell.cluster.pause_after_too_many);
    EXPECT_GE(*cell.cluster.pause_after_too_many, milliseconds(30));
  }
}

/// What keeps the history valid must not cost a list.
TEST_P(FaultMatrix, ListsAgainOnlyWhereTheHistoryIsLost) {
  const auto [fault, phase] = GetParam();
  Cell cell(fault, phase);
  net_io::Loop loop;
  net_io::run(loop, cell.play());
  const bool is_watch = phase == Phase::watch_start || phase == Phase::mid_watch;
  const bool keeps_history = fault == Fault::too_many || fault == Fault::internal ||
                             fault == Fault::end || fault == Fault::reset ||
                             fault == Fault::half_open || fault == Fault::slow ||
                             fault == Fault::bookmark_only;
  if (is_watch && keeps_history) EXPECT_EQ(cell.cluster.lists.size(), 1u);
  if (is_watch && !keeps_history) EXPECT_EQ(cell.cluster.lists.size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(
    Every, FaultMatrix,
    ::testing::Combine(::testing::Values(Fault::gone_status, Fault::gone_event, Fault::too_many,
                                         Fault::internal, Fault::too_large_version, Fault::end,
                                         Fault::reset, Fault::half_open, Fault::slow,
                                         Fault::garbage, Fault::broken_utf8, Fault::long_line,
                                         Fault::bookmark_only, Fault::no_version),
                       ::testing::Values(Phase::first_list, Phase::next_page, Phase::watch_start,
                                         Phase::mid_watch)),
    [](const auto& cell) {
      return name_of(std::get<0>(cell.param)) + name_of(std::get<1>(cell.param));
    });

}  // namespace
}  // namespace kube::watch

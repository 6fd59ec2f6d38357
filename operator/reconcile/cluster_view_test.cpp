#include "operator/reconcile/cluster_view.hpp"

#include <gtest/gtest.h>

#include "kube/testing/in_memory_api.hpp"

namespace reconcile {
namespace {

using kube::testing::FaultyApi;
using namespace std::chrono_literals;

const Watched kSecrets{.kind = kube::kinds::kSecret, .namespace_name = "garden"};

/// A view of a server that can be away.
struct Stage {
  bool is_away = true;
  int asked = 0, told = 0;
  base::ManualClock clock{base::TimePoint{}};
  base::Random random{1};
  kube::testing::InMemoryApi server{clock, 1};
  FaultyApi api{server, [this](const kube::Request&, std::uint64_t) -> FaultyApi::Verdict {
                  ++asked;
                  if (!is_away) return {};
                  return {.before = base::transient("away"), .after = {}};
                }};

  net_io::Task<int> play() {
    const auto executor = co_await boost::asio::this_coro::executor;
    const std::set<Watched> needed{kSecrets};
    ClusterView view("x", api,
                     {.executor = executor,
                      .clock = clock,
                      .random = random,
                      .log = base::Log::silent(),
                      .on_change = {},
                      .on_health = [this] { ++told; },
                      .on_reflector = {},
                      .on_watch_event = {},
                      .backoff = {.first = 1ms, .most = 2ms}});
    view.watch(kSecrets);
    const auto deadline = kube::Deadline::in(10s);
    while (asked < 10 && !deadline.is_over()) co_await net_io::sleep_for(1ms);
    EXPECT_GE(asked, 10);
    EXPECT_EQ(told, 1) << "that it is away is told once";
    is_away = false;
    while (view.trouble(needed) && !deadline.is_over()) co_await net_io::sleep_for(1ms);
    EXPECT_EQ(told, 2) << "and once that it is back";
    co_await view.close();
    co_return 0;
  }
};

TEST(ClusterView, TellsOnceThatACacheIsLostAndOnceThatItIsInStepAgain) {
  Stage stage;
  net_io::Loop loop;
  EXPECT_EQ(net_io::run(loop, stage.play()), 0);
}

}  // namespace
}  // namespace reconcile

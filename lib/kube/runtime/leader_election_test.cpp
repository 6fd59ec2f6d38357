#include "kube/runtime/leader_election.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <functional>
#include <string>
#include <vector>

#include "kube/runtime/metrics_text.hpp"
#include "kube/testing/in_memory_api.hpp"

namespace kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::FaultyApi;
using testing::InMemoryApi;

const ObjectRef kRef{kinds::kLease, "garden", "portcullis"};

/// Real time passes only to let the tasks run: `retry` is short. Leases live by the manual clock.
LeaseOptions options(std::string identity) {
  LeaseOptions made;
  made.lease = kRef;
  made.identity = std::move(identity);
  made.retry = milliseconds(2);
  made.patience = milliseconds(50);
  return made;
}

/// Every round of an election looks at the clock.
class CountedClock final : public base::Clock {
 public:
  explicit CountedClock(const base::Clock& inner) : inner_(inner) {}
  base::TimePoint now() const override { return inner_.now(); }
  base::BootTime since_boot() const override {
    ++looks;
    return inner_.since_boot();
  }
  mutable int looks = 0;

 private:
  const base::Clock& inner_;
};

Task<> end_work(const bool* busy, int* ended) {
  while (*busy) co_await net_io::sleep_for(milliseconds(1));
  ++*ended;
}

struct Candidate {
  Candidate(Api& api, const std::string& identity, const base::Clock& inner, base::Random& random)
      : clock(inner),
        election(api, options(identity), clock, random, base::Log::to_string(log), &metrics) {}

  Task<> run() {
    is_running = true;
    co_await election.run({.on_acquired = [this] { acquired = true; },
                           .on_lost = [this] { lost = true; },
                           .before_release = [this] { return end_work(&busy, &stopped); },
                           .is_alive = [this] { return alive; }});
    ended = true;
    is_running = false;
  }

  std::string metrics_text() const { return kube::metrics_text(*registry); }

  std::string log;
  CountedClock clock;
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  RuntimeMetrics metrics{registry};
  LeaderElection election;
  bool is_running = false, acquired = false, lost = false, ended = false, alive = true;
  bool busy = false;  ///< with what has to end before the lease is released
  int stopped = 0;
};

/// Answers only after the clock has moved on, or never.
class SlowApi final : public Api {
 public:
  SlowApi(Api& inner, base::ManualClock& clock) : inner_(inner), clock_(clock) {}
  Task<base::Result<json::Value>> call(Request request) override {
    const bool is_slow = is_mutating(request);
    if (hangs) {
      ++hanging;
      co_await net_io::sleep_for(std::chrono::hours(1));
      co_return base::fail(base::cancelled("given up"));
    }
    auto answer = co_await inner_.call(std::move(request));
    if (is_slow) clock_.advance(takes);
    co_return answer;
  }
  Task<base::Result<std::unique_ptr<WatchStream>>> watch(Watch watch) override {
    return inner_.watch(std::move(watch));
  }
  milliseconds takes{0};
  bool hangs = false;
  int hanging = 0;  ///< calls that did

 private:
  Api& inner_;
  base::ManualClock& clock_;
};

/// A cluster, two candidates, and a clock that stands still; "a" can be cut off and slowed down.
struct Scene {
  Scene() {
    Object space = Object::make(kinds::kNamespace, "", kRef.namespace_name);
    EXPECT_TRUE(api.perform(Create{.object = std::move(space), .field_manager = "test"}));
  }
  virtual ~Scene() = default;
  virtual Task<> play() = 0;

  Task<int> stage() {
    co_await play();
    co_await end();
    co_return 0;
  }
  /// Asks the candidates to end and waits for it.
  Task<> end() {
    group.stop();
    EXPECT_TRUE(co_await group.finished(seconds(20)));
  }
  /// For the next candidate, once the group was asked to end.
  void start_late(Candidate& candidate) { late.spawn(candidate.run()); }

  static Task<> until(std::function<bool()> enough) {
    const auto deadline = Deadline::in(seconds(20));
    while (!enough() && !deadline.is_over()) co_await net_io::sleep_for(milliseconds(1));
    EXPECT_TRUE(enough());
  }
  /// Several rounds of every candidate that runs.
  Task<> let_run() {
    constexpr int kLooks = 16;
    for (const Candidate* one : {&a, &b}) {
      const int enough = one->clock.looks + kLooks;
      co_await until([one, enough] { return !one->is_running || one->clock.looks >= enough; });
    }
  }

  Task<> let_a_lead() {
    group.spawn(a.run());
    co_await until([this] { return a.acquired; });
  }

  std::string holder() const {
    const auto lease = api.peek(kRef);
    return lease ? std::string(lease->at("spec").at("holderIdentity").string_or("")) : "no lease";
  }
  std::string spec_text(std::string_view field) const {
    const auto lease = api.peek(kRef).value_or(Object());
    return std::string(lease.at("spec").at(field).string_or(""));
  }
  std::int64_t spec_number(std::string_view field) const {
    return api.peek(kRef).value_or(Object()).at("spec").at(field).int_or(-1);
  }

  net_io::Loop loop;
  base::ManualClock clock{*base::parse_rfc3339("2026-01-02T03:04:05Z")};
  base::Random random{3};
  InMemoryApi api{clock, 1};
  std::function<FaultyApi::Verdict(const Request&)> fault;
  FaultyApi faulty{api, [this](const Request& request, std::uint64_t) {
                     return fault ? fault(request) : FaultyApi::Verdict{};
                   }};
  SlowApi slow{faulty, clock};
  Candidate a{slow, "a", clock, random};
  Candidate b{api, "b", clock, random};
  net_io::TaskGroup group{loop.get_executor(), [](const char* what) { ADD_FAILURE() << what; }};
  net_io::TaskGroup late{loop.get_executor(), [](const char* what) { ADD_FAILURE() << what; }};
};

/// The body is a coroutine, a member of a Scene.
#define ELECTION_TEST(name)                 \
  struct name final : Scene {               \
    Task<> play() override;                 \
  };                                        \
  TEST(LeaderElection, name) {              \
    name scene;                             \
    net_io::run(scene.loop, scene.stage()); \
  }                                         \
  Task<> name::play()

ELECTION_TEST(OneOfTwoLeads) {
  group.spawn(a.run());
  group.spawn(b.run());
  co_await until([this] { return a.acquired || b.acquired; });
  co_await let_run();
  EXPECT_NE(a.acquired, b.acquired);
  EXPECT_NE(a.election.may_write(), b.election.may_write());
  EXPECT_EQ(holder(), a.acquired ? "a" : "b");
  EXPECT_EQ(spec_number("leaseTransitions"), 0);
}

ELECTION_TEST(RenewsAndKeepsLeading) {
  co_await let_a_lead();
  group.spawn(b.run());
  for (int i = 0; i < 10; ++i) {
    clock.advance(seconds(4));
    co_await let_run();
  }
  EXPECT_TRUE(a.election.may_write());
  EXPECT_FALSE(a.lost);
  EXPECT_FALSE(b.acquired);
}

ELECTION_TEST(ReleasesWhenAskedToEndAndTheNextTakesItAtOnce) {
  co_await let_a_lead();
  co_await end();
  EXPECT_TRUE(a.ended);
  EXPECT_EQ(a.stopped, 1);
  EXPECT_FALSE(a.lost);
  EXPECT_FALSE(a.election.may_write());
  EXPECT_EQ(holder(), "");
  EXPECT_EQ(spec_number("leaseDurationSeconds"), 1);
  start_late(b);
  co_await until([this] { return b.acquired; });
  EXPECT_EQ(holder(), "b");
  EXPECT_EQ(spec_number("leaseTransitions"), 1);
  late.stop();
  co_await late.finished(seconds(20));
}

ELECTION_TEST(KeepsTheLeaseWhileItsWorkEnds) {
  a.busy = true;
  co_await let_a_lead();
  group.stop();
  for (int i = 0; i < 3; ++i) {
    clock.advance(seconds(6));
    co_await let_run();
    EXPECT_TRUE(a.election.may_write());
    EXPECT_EQ(holder(), "a");
    EXPECT_EQ(a.stopped, 0);
  }
  a.busy = false;
  co_await end();
  EXPECT_EQ(holder(), "");
  EXPECT_FALSE(a.lost);
}

ELECTION_TEST(ACutOffLeaderStopsWritingBeforeAnotherMayStart) {
  co_await let_a_lead();
  group.spawn(b.run());
  co_await let_run();
  fault = [](const Request&) {
    return FaultyApi::Verdict{.before = base::transient("no route"), .after = {}};
  };
  clock.advance(milliseconds(9'999));
  EXPECT_TRUE(a.election.may_write());
  co_await let_run();
  EXPECT_FALSE(a.lost);
  clock.advance(milliseconds(1));
  EXPECT_FALSE(a.election.may_write());
  co_await until([this] { return a.lost && a.ended; });
  EXPECT_FALSE(b.acquired);
  clock.advance(milliseconds(4'999));
  co_await let_run();
  EXPECT_FALSE(b.acquired);
  clock.advance(milliseconds(1));
  co_await until([this] { return b.acquired; });
  EXPECT_EQ(holder(), "b");
  EXPECT_EQ(a.stopped, 0);
  EXPECT_THAT(a.metrics_text(), ::testing::ContainsRegex(
                                    R"(portcullis_lease_writes_total\{result="failed"\} [1-9])"));
  EXPECT_THAT(a.metrics_text(), ::testing::HasSubstr("portcullis_lease_transitions_total 0\n"));
  EXPECT_THAT(b.metrics_text(), ::testing::HasSubstr("portcullis_lease_transitions_total 1\n"));
  EXPECT_THAT(b.metrics_text(),
              ::testing::ContainsRegex(R"(portcullis_lease_writes_total\{result="taken"\} [1-9])"));
}

ELECTION_TEST(TheRightToWriteCountsFromWhenTheRenewalWasSent) {
  a.alive = false;  // what it has of the first write is all
  slow.takes = seconds(7);
  co_await let_a_lead();
  EXPECT_TRUE(a.election.may_write());
  clock.advance(seconds(3));
  EXPECT_FALSE(a.election.may_write());
}

ELECTION_TEST(OneCallThatHangsDoesNotCostTheLease) {
  co_await let_a_lead();
  slow.hangs = true;
  clock.advance(seconds(3));
  co_await until([this] { return slow.hanging == 1; });
  slow.hangs = false;
  clock.advance(seconds(5));
  co_await until([this] { return spec_text("renewTime") == "2026-01-02T03:04:13.000000Z"; });
  EXPECT_TRUE(a.election.may_write());
  EXPECT_FALSE(a.lost);
  EXPECT_TRUE(a.log.contains("no answer within")) << a.log;
}

ELECTION_TEST(ALossIsSeenThoughEveryCallHangs) {
  co_await let_a_lead();
  slow.hangs = true;
  clock.advance(milliseconds(9'990));
  co_await until([this] { return slow.hanging >= 1; });
  clock.advance(milliseconds(10));
  EXPECT_FALSE(a.election.may_write());
  co_await until([this] { return a.lost && a.ended; });
}

ELECTION_TEST(ACandidateOutlivesACallThatHangs) {
  slow.hangs = true;
  group.spawn(a.run());
  co_await until([this] { return slow.hanging == 1; });
  slow.hangs = false;
  co_await until([this] { return a.acquired; });
}

ELECTION_TEST(DoesNotRenewForAProcessThatIsStuck) {
  co_await let_a_lead();
  a.alive = false;
  clock.advance(seconds(9));
  co_await let_run();
  EXPECT_FALSE(a.lost);
  clock.advance(seconds(1));
  co_await until([this] { return a.lost; });
}

ELECTION_TEST(ALeaseThatWasTakenAwayIsLostAtTheNextRenewal) {
  co_await let_a_lead();
  Object stolen = *api.peek(kRef);
  stolen["spec"]["holderIdentity"] = "thief";
  EXPECT_TRUE(api.perform(Update{.object = std::move(stolen), .field_manager = "thief"}));
  clock.advance(seconds(3));
  co_await until([this] { return a.lost; });
  EXPECT_EQ(holder(), "thief");
}

ELECTION_TEST(ALeaseThatWasDeletedIsMadeAgain) {
  co_await let_a_lead();
  EXPECT_TRUE(api.perform(Delete{.ref = kRef}));
  clock.advance(seconds(3));
  co_await until([this] { return holder() == "a"; });
  EXPECT_FALSE(a.lost);
}

ELECTION_TEST(ALostAnswerToARenewalIsNoLoss) {
  co_await let_a_lead();
  bool deaf = true;
  fault = [&deaf](const Request& request) -> FaultyApi::Verdict {
    if (!deaf || !is_mutating(request)) return {};
    deaf = false;
    return {.before = {}, .after = base::transient("reset")};
  };
  clock.advance(seconds(9));
  co_await until([&deaf] { return !deaf; });
  co_await let_run();
  fault = nullptr;
  clock.advance(seconds(9));
  co_await let_run();
  EXPECT_TRUE(a.election.may_write());
  EXPECT_FALSE(a.lost);
}

ELECTION_TEST(ACandidateThatIsAskedToEndWritesNothing) {
  co_await let_a_lead();
  const auto writes = api.writes().size();
  late.spawn(b.run());
  co_await let_run();
  late.stop();
  EXPECT_TRUE(co_await late.finished(seconds(20)));
  EXPECT_EQ(api.writes().size(), writes);
  EXPECT_TRUE(b.ended);
  EXPECT_EQ(b.stopped, 0);
}

}  // namespace
}  // namespace kube

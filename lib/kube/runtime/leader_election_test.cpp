#include "kube/runtime/leader_election.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

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
  return made;
}

Task<> sleep_then_note(int* noted, milliseconds time) {
  co_await net_io::sleep_for(time);
  ++*noted;
}

struct Candidate {
  Candidate(Api& api, const std::string& identity, const base::Clock& clock, base::Random& random)
      : election(api, options(identity), clock, random, base::Log::to_string(log)) {}

  Task<> run() {
    co_await election.run(
        {.on_acquired = [this] { acquired = true; },
         .on_lost = [this] { lost = true; },
         .before_release = [this] { return sleep_then_note(&stopped, wind_down); },
         .is_alive = [this] { return alive; }});
    ended = true;
  }

  std::string log;
  LeaderElection election;
  bool acquired = false, lost = false, ended = false, alive = true;
  int stopped = 0;
  milliseconds wind_down{0};
};

/// Answers only after the clock has moved on.
class SlowApi final : public Api {
 public:
  SlowApi(Api& inner, base::ManualClock& clock) : inner_(inner), clock_(clock) {}
  Task<base::Result<json::Value>> call(Request request) override {
    const bool is_slow = is_mutating(request);
    auto answer = co_await inner_.call(std::move(request));
    if (is_slow) clock_.advance(takes);
    co_return answer;
  }
  Task<base::Result<std::unique_ptr<WatchStream>>> watch(Watch watch) override {
    return inner_.watch(std::move(watch));
  }
  milliseconds takes{0};

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
    EXPECT_TRUE(co_await group.finished(milliseconds(2'000)));
  }
  /// For the next candidate, once the group was asked to end.
  void start_late(Candidate& candidate) { late.spawn(candidate.run()); }

  static Task<> until(std::function<bool()> enough) {
    const auto deadline = Deadline::in(milliseconds(2'000));
    while (!enough() && !deadline.is_over()) co_await net_io::sleep_for(milliseconds(1));
    EXPECT_TRUE(enough());
  }
  /// Long enough for several rounds of every candidate.
  static Task<> let_run() { co_await net_io::sleep_for(milliseconds(15)); }

  Task<> let_a_lead() {
    group.spawn(a.run());
    co_await until([this] { return a.acquired; });
  }

  std::string holder() const {
    const auto lease = api.peek(kRef);
    return lease ? std::string(lease->at("spec").at("holderIdentity").string_or("")) : "no lease";
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
  co_await late.finished(milliseconds(2'000));
}

ELECTION_TEST(KeepsTheLeaseWhileItsWorkEnds) {
  a.wind_down = milliseconds(60);
  co_await let_a_lead();
  group.stop();
  for (int i = 0; i < 3; ++i) {
    clock.advance(seconds(6));
    co_await let_run();
    EXPECT_TRUE(a.election.may_write());
    EXPECT_EQ(holder(), "a");
  }
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
}

ELECTION_TEST(TheRightToWriteCountsFromWhenTheRenewalWasSent) {
  slow.takes = seconds(7);
  co_await let_a_lead();
  slow.takes = milliseconds(0);
  EXPECT_TRUE(a.election.may_write());
  clock.advance(seconds(3));
  EXPECT_FALSE(a.election.may_write());
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
  EXPECT_TRUE(co_await late.finished(milliseconds(2'000)));
  EXPECT_EQ(api.writes().size(), writes);
  EXPECT_TRUE(b.ended);
  EXPECT_EQ(b.stopped, 0);
}

ELECTION_TEST(TheFenceRefusesWritesOnly) {
  bool leading = false;
  FencedApi fenced(api, [&leading] { return leading; });
  Create real{.object = Object::make(kinds::kConfigMap, kRef.namespace_name, "x"),
              .field_manager = "test"};
  Create dry = real;
  dry.dry_run = true;
  const auto refused = co_await create(fenced, real);
  EXPECT_TRUE(!refused && refused.error().is(base::Error::Kind::cancelled));
  EXPECT_TRUE(api.peek_all(kinds::kConfigMap).empty());
  EXPECT_TRUE(co_await create(fenced, std::move(dry)));
  EXPECT_TRUE(co_await find(fenced, real.object.ref()));
  leading = true;
  EXPECT_TRUE(co_await create(fenced, std::move(real)));
}

}  // namespace
}  // namespace kube

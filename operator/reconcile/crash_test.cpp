#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/reconcile/test_world.hpp"

// The operator ends after its k-th write, for every k; what is left of it is found and used by the
// next one.
namespace reconcile::testing {
namespace {

using ::testing::SizeIs;
using namespace std::chrono_literals;
using kube::testing::FaultyApi;

enum class Lost { request, answer };

/// From its k-th write on nothing of this operator's arrives; whether it got that far.
struct Crash {
  Crash(World& world, int at, Lost lost) : world_(world) {
    world.writes = 0;
    world.fault = [this, at, lost](const Call& call) -> FaultyApi::Verdict {
      if (over_) return {.before = base::cancelled("the operator has ended")};
      if (call.number < at) return {};
      over_ = true;
      if (lost == Lost::request) return {.before = base::cancelled("the operator ends here")};
      return {.after = base::cancelled("the operator ends here")};
    };
  }
  ~Crash() { world_.fault = nullptr; }
  Crash(Crash&&) = delete;

  /// Reconciles until the crash has come, or at most for a while.
  bool happens(int rounds) {
    for (int round = 0; round < rounds && !over_ && world_.resource(); ++round) {
      const auto done = world_.reconcile();
      world_.clock.advance(done ? done->again_after.value_or(1s) : std::chrono::milliseconds(1s));
    }
    return over_;
  }

 private:
  World& world_;
  bool over_ = false;
};

/// What `act` leads to without a crash.
std::vector<std::string> expected(void (*act)(World&)) {
  World world;
  act(world);
  EXPECT_TRUE(world.settle());
  world.run_for(30min);
  return world.owned_objects();
}

int crash_everywhere(void (*act)(World&), const char* generation) {
  const auto want = expected(act);
  int crashes = 0;
  for (const auto lost : {Lost::request, Lost::answer})
    for (int at = 1; at < 100; ++at) {
      World world;
      act(world);
      {
        Crash crash(world, at, lost);
        if (!crash.happens(60)) break;
      }
      ++crashes;
      world.restart();
      EXPECT_TRUE(world.settle()) << "write " << at << "\n" << world.log();
      world.run_for(40min);  // overlaps are over
      auto got = world.owned_objects();
      // A generation that was begun and not ended has its number: only one may be left.
      const auto number_of = [&](std::string& text) {
        if (const auto found = text.find(generation); found != text.npos)
          text.resize(found + std::string_view(generation).size());
      };
      auto wanted = want;
      for (auto& text : got) number_of(text);
      for (auto& text : wanted) number_of(text);
      EXPECT_EQ(got, wanted) << "write " << at << ": " << world.log_of_writes.at(0);
      EXPECT_TRUE(!world.resource() || world.is_ready()) << world.log();
      const int before = world.writes;
      world.run_for(10min);
      EXPECT_EQ(world.writes, before);
      if (::testing::Test::HasFailure()) return crashes;
    }
  return crashes;
}

TEST(Crash, AnywhereWhileAResourceIsMade) {
  const int crashes =
      crash_everywhere([](World& world) { world.create(); }, "admission-alicloud-credential-g");
  EXPECT_GE(crashes, 40);
}

TEST(Crash, AnywhereWhileACredentialIsRenewed) {
  const int crashes = crash_everywhere(
      [](World& world) {
        world.create();
        world.settle();
        world.run_for(11h + 50min);
        world.clock.advance(20min);
      },
      "admission-alicloud-credential-g");
  EXPECT_GE(crashes, 4);
}

TEST(Crash, AnywhereWhileARevisionIsRolledOut) {
  const int crashes = crash_everywhere(
      [](World& world) {
        world.create();
        world.settle();
        world.edit(R"({"spec": {"workload": {"image": "example.org/new:1"}}})");
      },
      "admission-alicloud-credential-g");
  EXPECT_GE(crashes, 6);
}

TEST(Crash, AnywhereWhileAResourceIsDeleted) {
  const int crashes = crash_everywhere(
      [](World& world) {
        world.create();
        world.settle();
        world.remove();
      },
      "admission-alicloud-credential-g");
  EXPECT_GE(crashes, 20);
}

}  // namespace
}  // namespace reconcile::testing

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "operator/reconcile/ready_world.hpp"

// The operator ends after its k-th write; what is left of it is found and used by the next one. By
// default a spread of the k's is tried, with PORTCULLIS_EVERY_CRASH=1 every one.
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

bool tries_every_point() {
  const char* said = std::getenv("PORTCULLIS_EVERY_CRASH");
  return said && std::string_view(said) == "1";
}

/// How many points there are, with and without the write that they are about: an undisturbed run
/// counts them, so that a crash that did not come is noticed.
int points_of(void (*act)(World&)) {
  World world;
  act(world);
  world.writes = 0;
  EXPECT_TRUE(world.settle());
  return world.writes;
}

/// Ends operators at every `stride`-th write, before it arrives or after, in turn.
void crash_while(void (*act)(World&), int stride, int least_points) {
  constexpr std::string_view kGeneration = "admission-alicloud-credential-g";
  const auto want = expected(act);
  const int points = points_of(act);
  EXPECT_GE(points, least_points);
  if (tries_every_point()) stride = 1;
  for (const auto lost : {Lost::request, Lost::answer})
    for (int at = lost == Lost::request ? 1 : 1 + stride / 2; at <= points; at += stride) {
      World world;
      act(world);
      {
        Crash crash(world, at, lost);
        ASSERT_TRUE(crash.happens(60)) << "write " << at << " of " << points;
      }
      world.restart();
      EXPECT_TRUE(world.settle()) << "write " << at << "\n" << world.log();
      world.run_for(40min);  // overlaps are over
      auto got = world.owned_objects();
      // A generation that was begun and not ended has its number: only one may be left.
      const auto number_of = [&](std::string& text) {
        if (const auto found = text.find(kGeneration); found != text.npos)
          text.resize(found + kGeneration.size());
      };
      auto wanted = want;
      for (auto& text : got) number_of(text);
      for (auto& text : wanted) number_of(text);
      EXPECT_EQ(got, wanted) << "write " << at << ": " << world.log_of_writes.at(0);
      EXPECT_TRUE(!world.resource() || world.is_ready()) << world.log();
      const int before = world.writes;
      world.run_for(10min);
      EXPECT_EQ(world.writes, before);
      if (::testing::Test::HasFailure()) return;
    }
}

TEST(Crash, AnywhereWhileAResourceIsMade) {
  crash_while([](World& world) { world.create(); }, 7, 20);
}

TEST(Crash, AnywhereWhileACredentialIsRenewed) {
  crash_while(
      [](World& world) {
        world.create();
        world.settle();
        world.clock.advance(12h + 10min);
      },
      2, 4);
}

TEST(Crash, AnywhereWhileACertificateIsMade) {
  crash_while([](World& world) { world.create(kCertificate); }, 6, 20);
}

TEST(Crash, AnywhereWhileACertificateIsRenewed) {
  crash_while(
      [](World& world) {
        world.create(kCertificate);
        world.settle();
        world.clock.advance(12h + 10min);
      },
      2, 6);
}

TEST(Crash, AnywhereWhileAFederatedTokenTakesOver) {
  crash_while(
      [](World& world) {
        world.trusted_prefix = "rt:";
        world.create();
        world.settle();
        world.edit(R"({"spec": {"credentials": {"type": "FederatedToken",
            "serviceAccountToken": null, "federatedToken": {"audience": "target",
            "userName": "rt:system:serviceaccount:garden:admission-alicloud"}}}})");
      },
      5, 8);
}

TEST(Crash, AnywhereWhileAnotherTypeOfCredentialTakesOver) {
  crash_while(
      [](World& world) {
        world.create();
        world.settle();
        world.edit(kCertificate);
      },
      5, 10);
}

TEST(Crash, AnywhereWhileARevisionIsRolledOut) {
  crash_while(
      [](World& world) {
        world.create();
        world.settle();
        world.edit(R"({"spec": {"workload": {"image": "example.org/new:1"}}})");
      },
      3, 5);
}

TEST(Crash, AnywhereWhileAResourceIsDeleted) {
  crash_while(
      [](World& world) {
        world.create();
        world.settle();
        world.remove();
      },
      5, 10);
}

}  // namespace
}  // namespace reconcile::testing

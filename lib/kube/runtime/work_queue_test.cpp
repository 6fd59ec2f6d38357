#include "kube/runtime/work_queue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.hpp"

namespace kube {
namespace {

using base::Millis;

constexpr Millis kNow{1'000'000};

TEST(WorkQueue, GivesTheKeyThatIsDueFirst) {
  WorkQueue queue;
  queue.add("late", kNow + Millis(2));
  queue.add("early", kNow + Millis(1));
  EXPECT_EQ(queue.next_due(), kNow + Millis(1));
  EXPECT_EQ(queue.take(kNow), std::nullopt);
  EXPECT_EQ(queue.take(kNow + Millis(5)), "early");
  EXPECT_EQ(queue.take(kNow + Millis(5)), "late");
  EXPECT_EQ(queue.take(kNow + Millis(5)), std::nullopt);
}

TEST(WorkQueue, TellsKeysThatAreDueFromThoseThatWaitForTheirTime) {
  WorkQueue queue;
  queue.add("now", kNow);
  queue.add("too", kNow);
  queue.add("later", kNow + Millis(1));
  EXPECT_EQ(queue.due(kNow), 2u);
  EXPECT_EQ(queue.depth(), 3u);
  ASSERT_TRUE(queue.take(kNow));
  EXPECT_EQ(queue.due(kNow), 1u);
  EXPECT_EQ(queue.due(kNow + Millis(1)), 2u);
}

TEST(WorkQueue, KeepsAKeyOnceAtItsEarliestWish) {
  WorkQueue queue;
  queue.add("a", kNow + Millis(10));
  queue.add("a", kNow + Millis(3));
  queue.add("a", kNow + Millis(7));
  EXPECT_EQ(queue.depth(), 1u);
  EXPECT_EQ(queue.next_due(), kNow + Millis(3));
  EXPECT_EQ(queue.take(kNow + Millis(3)), "a");
  EXPECT_EQ(queue.take(kNow + Millis(30)), std::nullopt);
}

TEST(WorkQueue, HoldsAKeyAddedWhileItIsWorkedOn) {
  WorkQueue queue;
  queue.add("a", kNow);
  ASSERT_EQ(queue.take(kNow), "a");
  queue.add("a", kNow + Millis(9));
  queue.add("a", kNow);
  EXPECT_EQ(queue.take(kNow), std::nullopt);
  EXPECT_EQ(queue.next_due(), std::nullopt);
  queue.done("a");
  EXPECT_EQ(queue.take(kNow), "a");
  queue.done("a");
  EXPECT_TRUE(queue.is_idle());
}

TEST(WorkQueue, BacksOffEachKeyByItsOwnFailures) {
  WorkQueue queue({.first = Millis(10), .factor = 2, .most = Millis(50), .jitter = 0});
  std::vector<Millis> delays;
  for (int i = 0; i < 5; ++i) {
    queue.add("bad", kNow);
    ASSERT_EQ(queue.take(kNow), "bad");
    queue.failed("bad", kNow, {}, 0.5);
    queue.done("bad");
    delays.push_back(*queue.next_due() - kNow);
    ASSERT_EQ(queue.take(kNow + Millis(1000)), "bad");
    queue.done("bad");
  }
  queue.add("good", kNow);
  ASSERT_EQ(queue.take(kNow), "good");
  queue.failed("good", kNow, {}, 0.5);
  queue.done("good");
  EXPECT_EQ(queue.next_due(), kNow + Millis(10));
  EXPECT_EQ(delays, (std::vector{Millis(10), Millis(20), Millis(40), Millis(50), Millis(50)}));
  EXPECT_EQ(queue.failures("bad"), 5);
  EXPECT_EQ(queue.failures("good"), 1);
  queue.forget("bad");
  EXPECT_EQ(queue.failures("bad"), 0);
}

TEST(WorkQueue, WaitsAsLongAsTheServerWishes) {
  WorkQueue queue({.first = Millis(10), .factor = 2, .most = Millis(50), .jitter = 0});
  queue.add("a", kNow);
  queue.take(kNow);
  queue.failed("a", kNow, Millis(7'000), 0);
  queue.done("a");
  EXPECT_EQ(queue.next_due(), kNow + Millis(7'000));
}

TEST(WorkQueue, AnEventDuringAFailingAttemptWinsOverTheBackOff) {
  WorkQueue queue;
  queue.add("a", kNow);
  queue.take(kNow);
  queue.add("a", kNow + Millis(1));
  queue.failed("a", kNow, Millis(60'000), 0);
  queue.done("a");
  EXPECT_EQ(queue.next_due(), kNow + Millis(1));
}

TEST(WorkQueue, DoneOfAKeyThatIsNotWorkedOnChangesNothing) {
  WorkQueue queue;
  queue.add("a", kNow);
  queue.done("a");
  queue.done("unknown");
  EXPECT_EQ(queue.take(kNow), "a");
  EXPECT_EQ(queue.take(kNow), std::nullopt);
}

// Against a model that keeps a plain list: no key is lost, none is given twice at once, order is by
// time.
TEST(WorkQueue, AgreesWithAPlainModelOverRandomOperations) {
  base::Random random(7);
  WorkQueue queue;
  std::map<std::string, Millis> waiting;
  std::set<std::string> working;
  Millis now = kNow;
  for (int i = 0; i < 3'000; ++i) {
    const std::string key(1, static_cast<char>('a' + random.below(6)));
    const auto dice = random.below(10);
    if (dice < 4) {
      const Millis due = now + Millis(random.below(20));
      queue.add(key, due);
      const auto [at, is_new] = waiting.try_emplace(key, due);
      if (!is_new) at->second = std::min(at->second, due);
    } else if (dice < 7) {
      const auto taken = queue.take(now);
      Millis earliest = Millis::max();
      for (const auto& [name, due] : waiting) {
        if (!working.contains(name)) earliest = std::min(earliest, due);
      }
      ASSERT_EQ(taken.has_value(), earliest <= now);
      if (taken) {
        ASSERT_FALSE(working.contains(*taken));
        ASSERT_EQ(waiting.at(*taken), earliest);
        waiting.erase(*taken);
        working.insert(*taken);
      }
    } else if (dice < 9) {
      queue.done(key);
      working.erase(key);
    } else {
      now += Millis(random.below(10));
    }
    ASSERT_EQ(queue.depth(), waiting.size());
  }
}

}  // namespace
}  // namespace kube

#include "base/backoff.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.hpp"

namespace base {
namespace {

TEST(Backoff, NothingFailedNothingToWaitFor) {
  EXPECT_EQ(next_delay({}, 0, 0.9), Millis(0));
  EXPECT_EQ(next_delay({}, -1, 0.9), Millis(0));
}

TEST(Backoff, DoublesUpToTheMost) {
  const Backoff policy{.first = Millis(800), .factor = 2, .most = Millis(30'000), .jitter = 1};
  const Millis plain[] = {Millis(800),   Millis(1600),  Millis(3200),  Millis(6400),
                          Millis(12800), Millis(25600), Millis(30'000)};
  int failures = 0;
  for (const auto delay : plain) EXPECT_EQ(next_delay(policy, ++failures, 0), delay);
  EXPECT_EQ(next_delay(policy, std::numeric_limits<int>::max(), 0), Millis(30'000));
}

TEST(Backoff, JitterSpreadsUpwards) {
  Random random(3);
  const Backoff policy{.first = Millis(1000), .factor = 2, .most = Millis(8000), .jitter = 0.5};
  Millis least = Millis::max();
  Millis most{};
  for (int i = 0; i < 1000; ++i) {
    const auto delay = next_delay(policy, 2, random.unit());
    least = std::min(least, delay), most = std::max(most, delay);
  }
  EXPECT_GE(least, Millis(2000));
  EXPECT_LE(most, Millis(3000));
  EXPECT_GT(most - least, Millis(900));
}

TEST(Random, SameSeedSameNumbers) {
  Random a(7);
  Random b(7);
  EXPECT_EQ(a.suffix(10), b.suffix(10));
  EXPECT_NE(a.suffix(10), a.suffix(10));
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(a.below(3), 3U);
    const double unit = a.unit();
    EXPECT_TRUE(unit >= 0 && unit < 1);
  }
}

TEST(Random, SuffixesHaveNoVowels) {
  EXPECT_EQ(Random(8).suffix(500).find_first_not_of("bcdfghjklmnpqrstvwxz2456789"),
            std::string::npos);
}

}  // namespace
}  // namespace base

#include "operator/credentials/serving.hpp"

#include <gtest/gtest.h>

namespace credentials {
namespace {

using namespace std::chrono_literals;

const base::TimePoint kStart = *base::parse_rfc3339("2026-01-01T00:00:00Z");
constexpr ServingWanted kWanted{.ca_validity = 2160h, .leaf_validity = 336h};

ServingObserved made(base::TimePoint when, ServingWanted wanted = kWanted) {
  const auto ca = starting(when, wanted.ca_validity);
  return {.ca = ca, .leaf = starting(when, wanted.leaf_validity, ca.not_after)};
}

TEST(Serving, ACaIsMadeWhereThereIsNone) {
  EXPECT_TRUE(std::holds_alternative<MakeCa>(decide(kWanted, {}, kStart)));
}

TEST(Serving, ALeafIsIssuedWhereThereIsNone) {
  const ServingObserved seen{.ca = starting(kStart, 2160h), .leaf = {}};
  EXPECT_TRUE(std::holds_alternative<IssueLeaf>(decide(kWanted, seen, kStart)));
}

TEST(Serving, TheLeafIsRenewedAtHalfOfItsLife) {
  const auto keep = std::get<KeepServing>(decide(kWanted, made(kStart), kStart));
  EXPECT_EQ(keep.look_again, kStart + 168h);
  EXPECT_TRUE(std::holds_alternative<IssueLeaf>(decide(kWanted, made(kStart), kStart + 168h)));
}

TEST(Serving, TheCaIsReplacedAtHalfOfItsLife) {
  auto seen = made(kStart);
  seen.leaf = starting(kStart + 1079h, 336h);
  EXPECT_TRUE(std::holds_alternative<KeepServing>(decide(kWanted, seen, kStart + 1080h - 1s)));
  EXPECT_TRUE(std::holds_alternative<MakeCa>(decide(kWanted, seen, kStart + 1080h)));
}

TEST(Serving, EveryLeafFitsIntoItsCa) {
  const ServingWanted wanted{.ca_validity = 100h, .leaf_validity = 90h};
  EXPECT_TRUE(std::holds_alternative<MakeCa>(decide(wanted, made(kStart, wanted), kStart + 10h)));
}

TEST(Serving, WhatStartsAnHourBackIsNotOlderForIt) {
  const auto validity = starting(kStart, 10min);
  EXPECT_EQ(validity.not_before, kStart - 1h);
  EXPECT_EQ(validity.not_after, kStart + 10min);
  EXPECT_EQ(starting(kStart, 10min, kStart + 1min).not_after, kStart + 1min);
}

// Whatever the schema lets through, and what it does not: something just made is kept for a while.
TEST(Serving, NothingJustMadeIsDueAtOnce) {
  using Minutes = std::vector<std::chrono::minutes>;
  for (const auto ca : Minutes{13min, 63min, 3h, 2160h})
    for (const auto leaf : Minutes{10min, 30min, 1h, 336h})
      for (const auto ago : {0s, 10s, 60s}) {
        const ServingWanted wanted{.ca_validity = ca, .leaf_validity = leaf};
        const auto decision = decide(wanted, made(kStart, wanted), kStart + ago);
        ASSERT_TRUE(std::holds_alternative<KeepServing>(decision))
            << "CA " << ca.count() << " leaf " << leaf.count();
        EXPECT_GT(std::get<KeepServing>(decision).look_again, kStart + ago);
      }
}

TEST(Serving, ConvergesOverAYearWithFewCertificates) {
  ServingObserved seen;
  int authorities = 0, leaves = 0;
  for (auto now = kStart; now < kStart + 24h * 365; now += 1h) {
    const auto decision = decide(kWanted, seen, now);
    if (std::holds_alternative<MakeCa>(decision)) {
      seen = made(now);
      ++authorities, ++leaves;
    } else if (std::holds_alternative<IssueLeaf>(decision)) {
      seen.leaf = starting(now, kWanted.leaf_validity, seen.ca->not_after);
      ++leaves;
    }
    ASSERT_TRUE(seen.ca && seen.leaf);
    ASSERT_GT(seen.leaf->not_after - now, kWanted.leaf_validity / 2 - 2h);
  }
  EXPECT_LE(authorities, 10);
  EXPECT_LE(leaves, 62);
}

}  // namespace
}  // namespace credentials

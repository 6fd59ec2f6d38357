#include "kube/runtime/lease.hpp"

#include <gtest/gtest.h>

namespace kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::BootTime kNow{1'000'000};
const base::TimePoint kWall = *base::parse_rfc3339("2026-01-02T03:04:05.250Z");

LeaseOptions options(std::string identity = "me") {
  LeaseOptions made;
  made.lease = {kinds::kLease, "garden", "portcullis"};
  made.identity = std::move(identity);
  return made;
}

LeaseView held_by(std::string holder, base::BootTime observed) {
  return {
      .holder = std::move(holder), .record = "x", .duration = seconds(15), .observed = observed};
}

std::string to_text(const LeaderAction& action) {
  struct Text {
    std::string operator()(TryAcquire) const { return "try"; }
    std::string operator()(Renew) const { return "renew"; }
    std::string operator()(StepDown) const { return "step down"; }
    std::string operator()(WaitFor w) const { return "wait " + std::to_string(w.time.count()); }
  };
  return std::visit(Text{}, action);
}

std::string as_candidate(const std::optional<LeaseView>& seen, double unit = 0) {
  return to_text(decide(options(), seen, std::nullopt, kNow, unit));
}

std::string as_leader(milliseconds age, const std::optional<LeaseView>& seen = {}) {
  return to_text(decide(options(), seen, kNow - age, kNow, 0));
}

TEST(LeaseDecision, ACandidateTakesWhatNobodyHolds) {
  EXPECT_EQ(as_candidate(std::nullopt), "try");
  EXPECT_EQ(as_candidate(held_by("", kNow)), "try");
  EXPECT_EQ(as_candidate(held_by("me", kNow)), "try");
}

TEST(LeaseDecision, ACandidateWaitsForOneWhoLives) {
  EXPECT_EQ(as_candidate(held_by("other", kNow), 0), "wait 2000");
  EXPECT_EQ(as_candidate(held_by("other", kNow), 0.5), "wait 2200");
  EXPECT_EQ(as_candidate(held_by("other", kNow), 0.999), "wait 2400");
}

TEST(LeaseDecision, ACandidateTakesOverExactlyWhenTheLeaseHasRunOut) {
  EXPECT_EQ(as_candidate(held_by("other", kNow - milliseconds(14'999))), "wait 1");
  EXPECT_EQ(as_candidate(held_by("other", kNow - milliseconds(15'000))), "try");
}

TEST(LeaseDecision, ALeaderRenewsInGoodTimeAndGivesUpAtTheDeadline) {
  EXPECT_EQ(as_leader(milliseconds(0)), "wait 2000");
  EXPECT_EQ(as_leader(milliseconds(1'999)), "wait 1");
  EXPECT_EQ(as_leader(milliseconds(2'000)), "renew");
  EXPECT_EQ(as_leader(milliseconds(9'999)), "renew");
  EXPECT_EQ(as_leader(milliseconds(10'000)), "step down");
  EXPECT_EQ(as_leader(milliseconds(0), held_by("me", kNow)), "wait 2000");
}

TEST(LeaseDecision, ALeaderWhoSeesAnotherHolderGivesUpAtOnce) {
  EXPECT_EQ(as_leader(milliseconds(0), held_by("other", kNow)), "step down");
  EXPECT_EQ(as_leader(milliseconds(0), held_by("", kNow)), "step down");
}

TEST(Lease, IsMadeWithEveryField) {
  const Object lease = taken(Object::make(kinds::kLease, "garden", "portcullis"), options(), kWall);
  const json::Value& spec = lease.at("spec");
  EXPECT_EQ(spec.at("holderIdentity").string_or(""), "me");
  EXPECT_EQ(spec.at("leaseDurationSeconds").int_or(0), 15);
  EXPECT_EQ(spec.at("acquireTime").string_or(""), "2026-01-02T03:04:05.250000Z");
  EXPECT_EQ(spec.at("renewTime").string_or(""), "2026-01-02T03:04:05.250000Z");
  EXPECT_EQ(spec.at("leaseTransitions").int_or(-1), 0);
}

TEST(Lease, RenewingMovesTheRenewTimeOnly) {
  const Object first = taken(Object::make(kinds::kLease, "garden", "portcullis"), options(), kWall);
  Object want = first;
  want["spec"]["renewTime"] = "2026-01-02T03:04:07.250000Z";
  EXPECT_EQ(taken(first, options(), kWall + seconds(2)), want);
}

TEST(Lease, TakingItFromAnotherCountsATransitionAndKeepsTheVersion) {
  Object first = taken(Object::make(kinds::kLease, "garden", "portcullis"), options("a"), kWall);
  first["metadata"]["resourceVersion"] = "7";
  const Object second = taken(first, options("b"), kWall + seconds(20));
  EXPECT_EQ(second.at("spec").at("leaseTransitions").int_or(-1), 1);
  EXPECT_EQ(second.at("spec").at("acquireTime").string_or(""), "2026-01-02T03:04:25.250000Z");
  EXPECT_EQ(second.resource_version().value, "7");
}

TEST(Lease, ReleasedIsFreeForTheNext) {
  const Object first = taken(Object::make(kinds::kLease, "garden", "portcullis"), options(), kWall);
  const Object free = released(first, kWall);
  EXPECT_EQ(free.at("spec").at("leaseDurationSeconds").int_or(0), 1);
  EXPECT_EQ(free.at("spec").at("leaseTransitions").int_or(-1), 0);
  EXPECT_EQ(as_candidate(view_of(free, kNow)), "try");
}

TEST(Lease, AViewChangesWithEveryRenewal) {
  const Object first = taken(Object::make(kinds::kLease, "garden", "portcullis"), options(), kWall);
  const Object next = taken(first, options(), kWall + milliseconds(1));
  EXPECT_NE(view_of(first, kNow).record, view_of(next, kNow).record);
  EXPECT_EQ(view_of(first, kNow).record, view_of(first, kNow + seconds(9)).record);
  EXPECT_EQ(view_of(first, kNow).duration, seconds(15));
}

TEST(Lease, AViewOfALeaseWithoutASpecIsFree) {
  EXPECT_EQ(as_candidate(view_of(Object::make(kinds::kLease, "garden", "x"), kNow)), "try");
}

}  // namespace
}  // namespace kube

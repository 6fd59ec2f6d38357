#include "operator/credentials/certificate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"
#include "operator/credentials/copied.hpp"

namespace credentials {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const base::TimePoint kStart = *base::parse_rfc3339("2026-01-01T00:00:00Z");

Wanted wanted(std::string inputs = "hash") {
  return {.inputs = std::move(inputs),
          .renew_after_percent = 50,
          .overlap = 15min,
          .rotation = {},
          .min_interval = 1min,
          .holds_old = false};
}

Delivered delivered(std::int64_t generation, base::TimePoint at) {
  Delivered held;
  held.generation = generation;
  held.inputs = "hash";
  held.issued_at = at;
  held.not_after = at + 24h;
  held.delivered_at = at;
  return held;
}

template <class Step>
const Step* step(const CertificateDecision& decision) {
  const auto* taken = std::get_if<CertificateStep>(&decision);
  return taken ? std::get_if<Step>(taken) : nullptr;
}

/// Generation 4 is being asked for beside 3, whose time for renewal has come.
CertificateObserved asked_for() {
  CertificateObserved seen{.delivered = delivered(3, kStart - 13h), .pending = {}, .requests = {}};
  seen.pending = PendingKey{
      .generation = 4, .inputs = "hash", .rotation = {}, .request_pem = "request", .uid = {"k4"}};
  seen.requests.push_back({.name = "r4", .generation = 4, .uid = {"u4"}, .request_pem = "request"});
  return seen;
}

TEST(Certificate, IsMadeStepByStep) {
  CertificateObserved seen;
  EXPECT_EQ(step<MakeKey>(decide(wanted(), true, seen, kStart))->generation, 1);
  seen.pending = PendingKey{
      .generation = 1, .inputs = "hash", .rotation = {}, .request_pem = "a", .uid = {"k"}};
  EXPECT_EQ(step<MakeRequest>(decide(wanted(), true, seen, kStart))->generation, 1);
  seen.requests.push_back({.name = "r", .generation = 1, .uid = {"u"}, .request_pem = "a"});
  EXPECT_TRUE(step<ApproveRequest>(decide(wanted(), true, seen, kStart)));
  seen.requests[0].approved = true;
  EXPECT_EQ(std::get<AwaitOthers>(decide(wanted(), true, seen, kStart)).reason, "WaitingForSigner");
  seen.requests[0].has_certificate = true;
  seen.requests[0].not_after = kStart + 24h;
  EXPECT_TRUE(step<DeliverCertificate>(decide(wanted(), true, seen, kStart)));
  seen.delivered = delivered(1, kStart);
  EXPECT_TRUE(step<DropRequest>(decide(wanted(), true, seen, kStart)));
  seen.requests.clear();
  EXPECT_EQ(step<DropKey>(decide(wanted(), true, seen, kStart))->uid.value, "k");
  seen.pending.reset();
  EXPECT_EQ(std::get<Keep>(decide(wanted(), true, seen, kStart)).look_again, kStart + 12h);
}

TEST(Certificate, WaitsForOthersWhereTheyApprove) {
  const auto decision = decide(wanted(), false, asked_for(), kStart);
  EXPECT_EQ(std::get<AwaitOthers>(decision).reason, "WaitingForApproval");
  EXPECT_THAT(std::get<AwaitOthers>(decision).message, HasSubstr("approve r4"));
}

TEST(Certificate, ARefusedRequestStandsUntilItIsDeletedOrTheWishChanges) {
  auto seen = asked_for();
  seen.requests[0].refusal = "Denied: not you";
  const auto decision = decide(wanted(), true, seen, kStart);
  EXPECT_EQ(std::get<AwaitOthers>(decision).reason, "RequestRefused");
  EXPECT_THAT(std::get<AwaitOthers>(decision).message, HasSubstr("not you"));
  auto changed = decide(wanted("other"), true, seen, kStart);
  ASSERT_TRUE(step<MakeKey>(changed));
  EXPECT_EQ(step<MakeKey>(changed)->generation, 5);
  seen.requests.clear();
  EXPECT_TRUE(step<MakeRequest>(decide(wanted(), true, seen, kStart)));
}

TEST(Certificate, ARequestThatIsNotFromTheKeyIsDropped) {
  auto seen = asked_for();
  seen.requests[0].request_pem = "of a key that was lost";
  EXPECT_TRUE(step<DropRequest>(decide(wanted(), true, seen, kStart)));
  seen = asked_for();
  seen.pending.reset();
  EXPECT_TRUE(step<DropRequest>(decide(wanted(), true, seen, kStart)));
}

TEST(Certificate, OneThatEndedBeforeItWasDeliveredIsAskedForAgain) {
  auto seen = asked_for();
  seen.requests[0].has_certificate = true;
  seen.requests[0].not_after = kStart - 1s;
  EXPECT_TRUE(step<DropRequest>(decide(wanted(), true, seen, kStart)));
}

TEST(Certificate, AKeyOfAnotherWishIsReplaced) {
  for (const auto* other : {"inputs", "rotation", "generation"}) {
    auto seen = asked_for();
    seen.requests.clear();
    if (std::string(other) == "inputs") seen.pending->inputs = "other";
    if (std::string(other) == "rotation") seen.pending->rotation = "asked for";
    if (std::string(other) == "generation") seen.pending->generation = 3;
    EXPECT_TRUE(step<MakeKey>(decide(wanted(), true, seen, kStart))) << other;
  }
}

TEST(Certificate, ARequestThatIsBeingDeletedIsWaitedFor) {
  auto seen = asked_for();
  seen.requests[0].being_deleted = true;
  EXPECT_TRUE(std::holds_alternative<AwaitOthers>(decide(wanted(), true, seen, kStart)));
}

/// Both clusters as far as certificates go, and an operator that does one step at a time.
class CertificateModel {
 public:
  explicit CertificateModel(std::uint64_t seed) : random_(seed) {}

  CertificateDecision decide_now() const { return decide(wanted(), true, seen_, now_); }

  /// What the decision says; where `lost`, nothing of it arrives.
  void act(bool lost) {
    const auto decision = decide_now();
    const auto* taken = std::get_if<CertificateStep>(&decision);
    if (!taken || lost) return;
    if (const auto* key = std::get_if<MakeKey>(taken)) make_key(key->generation);
    if (const auto* made = std::get_if<MakeRequest>(taken)) make_request(made->generation);
    if (std::holds_alternative<ApproveRequest>(*taken)) approve();
    if (std::holds_alternative<DeliverCertificate>(*taken)) deliver();
    if (const auto* dropped = std::get_if<DropRequest>(taken)) drop(dropped->request.uid);
    if (std::holds_alternative<DropKey>(*taken)) seen_.pending.reset();
  }

  void disturb() {
    switch (random_.below(8)) {
      case 0:
        now_ += 7h;
        break;
      case 1:
        now_ -= 1h;
        break;
      case 2:
        seen_.delivered.reset();
        break;
      case 3:
        seen_.pending.reset();
        break;
      case 4:
        if (!seen_.requests.empty()) seen_.requests.clear();
        break;
      case 5:
        if (seen_.delivered) seen_.delivered->inputs = "other";
        break;
      case 6:
        if (seen_.pending) seen_.pending->generation = 1;
        break;
      default:
        act(random_.below(2) == 0);
    }
  }

  /// Acts undisturbed; whether it rests with nothing left over.
  bool settles() {
    for (int round = 0; round < 30; ++round) {
      const auto decision = decide_now();
      if (const auto* keep = std::get_if<Keep>(&decision)) {
        if (keep->look_again > now_ + 1min) return true;
        now_ = std::max(now_, keep->look_again);
      }
      act(false);
    }
    return false;
  }

  const CertificateObserved& seen() const { return seen_; }
  base::TimePoint now() const { return now_; }
  void pass(std::chrono::milliseconds time) { now_ += time; }
  int delivered_so_far() const { return delivered_; }

 private:
  void make_key(std::int64_t generation) {
    if (seen_.delivered) EXPECT_GT(generation, seen_.delivered->generation);
    seen_.pending = PendingKey{.generation = generation,
                               .inputs = "hash",
                               .rotation = {},
                               .request_pem = std::to_string(++made_),
                               .uid = {"k"}};
  }
  void make_request(std::int64_t generation) {
    for (const auto& other : seen_.requests) EXPECT_NE(other.generation, generation);
    seen_.requests.push_back({.name = "r",
                              .generation = generation,
                              .uid = {"u" + std::to_string(++made_)},
                              .request_pem = seen_.pending->request_pem});
    EXPECT_LE(seen_.requests.size(), 2u);
  }
  void approve() {
    for (auto& request : seen_.requests) {
      request.approved = request.has_certificate =
          request.request_pem == seen_.pending->request_pem;
      request.not_after = now_ + 24h;
    }
  }
  void deliver() {
    ASSERT_TRUE(seen_.pending) << "delivered without a key";
    ++delivered_;
    seen_.delivered = delivered(seen_.pending->generation, now_);
  }
  void drop(const kube::Uid& uid) {
    std::erase_if(seen_.requests, [&](const SigningRequest& one) { return one.uid == uid; });
  }

  base::Random random_;
  base::TimePoint now_ = kStart;
  CertificateObserved seen_;
  int made_ = 0, delivered_ = 0;
};

TEST(CertificateModel, ComesToRestFromEverywhereWithNothingLeftOver) {
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    CertificateModel model(seed);
    for (int i = 0; i < 40; ++i) model.disturb();
    ASSERT_TRUE(model.settles()) << "seed " << seed;
    ASSERT_TRUE(model.seen().delivered);
    EXPECT_FALSE(model.seen().pending);
    EXPECT_TRUE(model.seen().requests.empty());
    EXPECT_GT(model.seen().delivered->not_after, model.now());
  }
}

TEST(CertificateModel, RenewsInTimeAndNotMoreOften) {
  CertificateModel model(7);
  ASSERT_TRUE(model.settles());
  for (int minute = 0; minute < 10 * 24 * 60; minute += 5) {
    model.pass(5min);
    for (int i = 0; i < 8; ++i) model.act(false);
    // Ten per cent of its life are left at any time.
    ASSERT_GT(model.seen().delivered->not_after, model.now() + 144min);
  }
  EXPECT_LE(model.delivered_so_far(), 21);
  EXPECT_GE(model.delivered_so_far(), 20);
}

// --- what others keep

CopiedObserved copied() {
  auto held = delivered(1, kStart);
  held.inputs = "one";
  held.not_after = kNever;
  return {.delivered = held, .source = "one", .problem_reason = {}, .problem = {}};
}

TEST(Copied, IsTakenOnceAndAgainWhenItChanges) {
  EXPECT_EQ(std::get<Copy>(decide(wanted(), CopiedObserved{.source = "one"}, kStart)).generation,
            1);
  auto seen = copied();
  EXPECT_TRUE(std::holds_alternative<Keep>(decide(wanted(), seen, kStart + 24h)));
  seen.source = "two";
  EXPECT_EQ(std::get<Keep>(decide(wanted(), seen, kStart + 1s)).look_again, kStart + 1min);
  EXPECT_EQ(std::get<Copy>(decide(wanted(), seen, kStart + 1min)).generation, 2);
}

TEST(Copied, WhatIsOfNoUseChangesNothing) {
  auto seen = copied();
  seen.source.clear();
  EXPECT_TRUE(std::holds_alternative<Keep>(decide(wanted(), seen, kStart + 1h)));
  EXPECT_TRUE(std::holds_alternative<Keep>(decide(wanted(), CopiedObserved{}, kStart)));
}

TEST(Copied, AClockThatWasSetBackDelaysItAtMostAnInterval) {
  auto seen = copied();
  seen.source = "two";
  EXPECT_EQ(std::get<Keep>(decide(wanted(), seen, kStart - 24h)).look_again, kStart - 24h + 1min);
}

}  // namespace
}  // namespace credentials

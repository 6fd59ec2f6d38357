#include "operator/credentials/token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"

namespace credentials {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const base::TimePoint kStart = *base::parse_rfc3339("2026-01-01T00:00:00Z");

Wanted wanted() { return {.inputs = "hash", .renew_after_percent = 50, .overlap = 15min}; }

Anchor anchor(std::int64_t generation, std::string uid) {
  return {.name = "a-credential-g" + std::to_string(generation),
          .generation = generation,
          .uid = {std::move(uid)},
          .version = {"1"}};
}

/// Generation 3 was delivered at the start for a day; its anchor is there and no other.
Observed steady() {
  return {.delivered = Delivered{.generation = 3,
                                 .inputs = "hash",
                                 .anchor_uid = "u3",
                                 .service_account_uid = "account",
                                 .issued_at = kStart,
                                 .not_after = kStart + 24h,
                                 .delivered_at = kStart},
          .anchors = {anchor(3, "u3")},
          .service_account_uid = "account"};
}

const Issue& issue_of(const Decision& decision) { return std::get<Issue>(decision); }

TEST(Token, IsKeptUntilHalfOfTheLifetimeGranted) {
  EXPECT_EQ(std::get<Keep>(decide(wanted(), steady(), kStart)).look_again, kStart + 12h);
  EXPECT_TRUE(std::holds_alternative<Keep>(decide(wanted(), steady(), kStart + 12h - 1ms)));
  const auto decision = decide(wanted(), steady(), kStart + 12h);
  EXPECT_EQ(issue_of(decision).generation, 4);
  EXPECT_FALSE(issue_of(decision).reuse);
}

TEST(Token, IsRenewedSoonerByAPartOfTheWait) {
  auto wish = wanted();
  wish.early = 0.1;
  const auto due = kStart + 12h - 72min;
  EXPECT_EQ(std::get<Keep>(decide(wish, steady(), kStart)).look_again, due);
  EXPECT_TRUE(std::holds_alternative<Issue>(decide(wish, steady(), due)));
}

TEST(Token, WaitsForOthersOnlyWhileAQuarterOfItsLifeIsLeft) {
  auto wish = wanted();
  wish.crowded = true;
  EXPECT_TRUE(std::holds_alternative<Keep>(decide(wish, steady(), kStart + 18h - 1ms)));
  EXPECT_TRUE(std::holds_alternative<Issue>(decide(wish, steady(), kStart + 18h)));
  wish.rotation = "a person's word";
  EXPECT_TRUE(std::holds_alternative<Issue>(decide(wish, steady(), kStart)));
  wish = wanted();
  wish.crowded = true;
  wish.renew_after_percent = 90;
  EXPECT_EQ(std::get<Keep>(decide(wish, steady(), kStart + 20h)).look_again, kStart + 21h + 36min);
}

TEST(Token, CountsWhatWasGrantedAndNotWhatWasAskedFor) {
  auto seen = steady();
  seen.delivered->not_after = kStart + 1h;
  EXPECT_EQ(renew_at(*seen.delivered, 50), kStart + 30min);
  EXPECT_EQ(renew_at(*seen.delivered, 80), kStart + 48min);
}

TEST(Token, IsIssuedWhereThereIsNone) {
  const auto decision = decide(wanted(), {.service_account_uid = "account"}, kStart);
  EXPECT_EQ(issue_of(decision).generation, 1);
}

struct Cause {
  const char* name;
  void (*change)(Observed&);
  const char* reason;
};
class TokenIssue : public ::testing::TestWithParam<Cause> {};

TEST_P(TokenIssue, AtOnceAndWithItsReason) {
  auto seen = steady();
  GetParam().change(seen);
  const auto decision = decide(wanted(), seen, kStart + 1min);
  ASSERT_TRUE(std::holds_alternative<Issue>(decision));
  EXPECT_GT(issue_of(decision).generation, 3);
  EXPECT_THAT(issue_of(decision).reason, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Causes, TokenIssue,
    ::testing::Values(
        Cause{"OtherInputs", [](Observed& s) { s.delivered->inputs = "other"; }, "changed"},
        Cause{"OtherAccount", [](Observed& s) { s.service_account_uid = "new"; }, "created anew"},
        Cause{"AnchorGone", [](Observed& s) { s.anchors.clear(); }, "is gone"},
        Cause{"AnchorOfAnotherUid", [](Observed& s) { s.anchors[0].uid = {"x"}; }, "is gone"},
        Cause{"AnchorBeingDeleted", [](Observed& s) { s.anchors[0].being_deleted = true; },
              "is gone"},
        Cause{"ClockSetBack", [](Observed& s) { s.delivered->delivered_at = kStart + 1h; },
              "set back"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Token, IsIssuedOnceForEachWordOfAPerson) {
  auto asked = wanted();
  asked.rotation = "first";
  asked.min_interval = 1min;
  auto seen = steady();
  EXPECT_THAT(issue_of(decide(asked, seen, kStart + 1s)).reason, HasSubstr("asked for"));
  seen.delivered->rotation = "first";
  EXPECT_TRUE(std::holds_alternative<Keep>(decide(asked, seen, kStart + 1s)));
  asked.rotation = "second";
  EXPECT_TRUE(std::holds_alternative<Issue>(decide(asked, seen, kStart + 1s)));
  asked.rotation = "";
  EXPECT_TRUE(std::holds_alternative<Keep>(decide(asked, seen, kStart + 1s)));
}

TEST(Token, InputsThatFlapCostOneTokenForEachInterval) {
  auto asked = wanted();
  asked.min_interval = 1min;
  auto seen = steady();
  seen.delivered->inputs = "other";
  const auto decision = decide(asked, seen, kStart + 1s);
  EXPECT_EQ(std::get<Keep>(decision).look_again, kStart + 1min);
  EXPECT_TRUE(std::holds_alternative<Issue>(decide(asked, seen, kStart + 1min)));
}

TEST(Token, WhatIsLostIsReplacedWithinTheInterval) {
  auto asked = wanted();
  asked.min_interval = 1min;
  auto seen = steady();
  seen.anchors.clear();
  EXPECT_TRUE(std::holds_alternative<Issue>(decide(asked, seen, kStart + 1s)));
  seen = steady();
  seen.service_account_uid = "new";
  EXPECT_TRUE(std::holds_alternative<Issue>(decide(asked, seen, kStart + 1s)));
}

TEST(Token, AWrongClockOfTheTargetMakesNoLoop) {
  for (const auto skew : {-24h, -1h, 1h, 24h}) {
    auto seen = steady();
    seen.delivered->issued_at += skew;
    seen.delivered->not_after += skew;
    EXPECT_TRUE(std::holds_alternative<Keep>(decide(wanted(), seen, kStart + 1s)));
    EXPECT_TRUE(std::holds_alternative<Issue>(decide(wanted(), seen, kStart + 12h)));
  }
}

TEST(Token, TheOldGenerationIsRetiredAfterTheOverlap) {
  auto seen = steady();
  seen.anchors.push_back(anchor(2, "u2"));
  EXPECT_EQ(std::get<Keep>(decide(wanted(), seen, kStart)).look_again, kStart + 15min);
  const auto decision = decide(wanted(), seen, kStart + 15min);
  EXPECT_EQ(std::get<Retire>(decision).anchor.uid.value, "u2");
}

TEST(Token, TheOverlapIsAtMostAFifthOfTheLifetime) {
  auto seen = steady();
  seen.delivered->not_after = kStart + 10min;
  seen.anchors.push_back(anchor(2, "u2"));
  EXPECT_EQ(std::get<Keep>(decide(wanted(), seen, kStart)).look_again, kStart + 2min);
}

TEST(Token, OldGenerationsThatGoAlreadyAreLeftAlone) {
  auto seen = steady();
  seen.anchors.push_back(anchor(2, "u2"));
  seen.anchors[1].being_deleted = true;
  EXPECT_TRUE(std::holds_alternative<Keep>(decide(wanted(), seen, kStart + 1h)));
}

TEST(Token, ALeftOverIsUsedByTheNextIssue) {
  auto seen = steady();
  seen.anchors.push_back(anchor(4, "u4"));
  const auto decision = decide(wanted(), seen, kStart + 12h);
  EXPECT_EQ(issue_of(decision).generation, 4);
  ASSERT_TRUE(issue_of(decision).reuse);
  EXPECT_EQ(issue_of(decision).reuse->uid.value, "u4");
}

TEST(Token, ALeftOverThatNothingNeedsIsRetired) {
  auto seen = steady();
  seen.anchors.push_back(anchor(4, "u4"));
  EXPECT_EQ(std::get<Retire>(decide(wanted(), seen, kStart)).anchor.uid.value, "u4");
}

TEST(Token, NothingIsRetiredWhileNobodyKnowsWhatIsInUse) {
  auto seen = steady();
  seen.delivered.reset();
  seen.anchors.push_back(anchor(4, "u4"));
  const auto first = decide(wanted(), seen, kStart);
  EXPECT_EQ(issue_of(first).generation, 5);
  EXPECT_FALSE(issue_of(first).reuse);
  seen.anchors.push_back(anchor(5, "u5"));
  const auto second = decide(wanted(), seen, kStart);
  ASSERT_TRUE(issue_of(second).reuse);  // attempts that fail must not pile up
  EXPECT_EQ(issue_of(second).generation, 5);
}

TEST(Token, AnEditedGenerationNeverCostsTheOneInUse) {
  for (const std::int64_t edited : {0, 1, 99}) {
    auto seen = steady();
    seen.anchors.push_back(anchor(2, "u2"));
    seen.delivered->generation = edited;
    for (const auto at : {0h, 1h, 13h}) {
      const auto decision = decide(wanted(), seen, kStart + at);
      if (const auto* retire = std::get_if<Retire>(&decision)) {
        EXPECT_NE(retire->anchor.uid.value, "u3");
      }
    }
    seen.anchors[0].generation = 0;
    const auto decision = decide(wanted(), seen, kStart + 1h);
    if (const auto* retire = std::get_if<Retire>(&decision)) {
      EXPECT_NE(retire->anchor.uid.value, "u3");
    }
  }
}

/// Both clusters as far as tokens go, and an operator that may crash between any two steps.
class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed) {}

  Decision decide_now() const {
    auto wish = wanted();
    wish.early = 0.1;
    wish.crowded = crowded_;
    return decide(wish, seen_, now_);
  }

  /// One reconcile that ends after at most `steps` writes and requests.
  void reconcile(int steps) {
    const auto decision = decide_now();
    if (const auto* retire = std::get_if<Retire>(&decision)) retire_now(*retire, steps);
    if (const auto* issue = std::get_if<Issue>(&decision)) issue_now(*issue, steps);
  }

  void disturb() {
    switch (random_.below(10)) {
      case 0:
        now_ += 1h;
        break;
      case 1:
        now_ -= 1h;
        break;
      case 2:
        seen_.delivered.reset();
        break;
      case 3:
        if (!seen_.anchors.empty()) seen_.anchors.erase(any_anchor());
        break;
      case 4:
        seen_.service_account_uid = fresh("account");
        break;
      case 5:
        if (seen_.delivered) seen_.delivered->inputs = "other";
        break;
      case 6:
        now_ += std::chrono::minutes(random_.below(1'000));
        break;
      case 7:
        if (seen_.delivered) seen_.delivered->generation = 1;
        break;
      case 8:
        crowded_ = !crowded_;
        break;
      default:
        reconcile(static_cast<int>(random_.below(4)));
    }
  }

  /// Reconciles without disturbance, at the times that decisions name; how many it took to rest.
  int settle() {
    crowded_ = false;
    for (int round = 0; round < 20; ++round) {
      const auto decision = decide_now();
      const auto* keep = std::get_if<Keep>(&decision);
      if (keep && seen_.anchors.size() == 1) return round;
      if (keep) now_ = std::max(now_, keep->look_again);
      reconcile(3);
    }
    return -1;
  }

  const Observed& seen() const { return seen_; }
  void pass(std::chrono::milliseconds time) { now_ += time; }
  int issued() const { return issued_; }

 private:
  void retire_now(const Retire& retire, int steps) {
    const bool in_use = seen_.delivered && seen_.delivered->anchor_uid == retire.anchor.uid.value;
    EXPECT_FALSE(in_use) << "retired the generation in use";
    EXPECT_TRUE(seen_.delivered) << "retired what may be in use";
    if (steps < 1) return;
    std::erase_if(seen_.anchors, [&](const Anchor& a) { return a.uid == retire.anchor.uid; });
  }

  void issue_now(const Issue& issue, int steps) {
    if (seen_.delivered) EXPECT_GT(issue.generation, seen_.delivered->generation);
    std::string uid = issue.reuse ? issue.reuse->uid.value : fresh("anchor");
    if (!issue.reuse) {
      for (const auto& other : seen_.anchors) EXPECT_LT(other.generation, issue.generation);
      if (steps < 1) return;
      seen_.anchors.push_back(anchor(issue.generation, uid));
    }
    EXPECT_LE(seen_.anchors.size(), 12u);
    if (steps < 3) return;  // asked for a token, and ended before it was in its Secret
    ++issued_;
    seen_.delivered = Delivered{.generation = issue.generation,
                                .inputs = "hash",
                                .anchor_uid = uid,
                                .service_account_uid = seen_.service_account_uid,
                                .issued_at = now_ + 20min,  // the target's clock is ahead
                                .not_after = now_ + 20min + 2h,
                                .delivered_at = now_};
  }

  std::vector<Anchor>::iterator any_anchor() {
    return seen_.anchors.begin() + static_cast<std::ptrdiff_t>(random_.below(seen_.anchors.size()));
  }
  std::string fresh(const std::string& what) { return what + std::to_string(++uids_); }

  base::Random random_;
  base::TimePoint now_ = kStart;
  Observed seen_{.service_account_uid = "account"};
  bool crowded_ = false;
  int uids_ = 0, issued_ = 0;
};

TEST(TokenModel, SettlesAfterAnyDisturbanceWithOneGeneration) {
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    Model model(seed);
    for (int step = 0; step < 40; ++step) model.disturb();
    ASSERT_NE(model.settle(), -1) << "seed " << seed;
    ASSERT_TRUE(model.seen().delivered);
    EXPECT_EQ(model.seen().anchors.front().uid.value, model.seen().delivered->anchor_uid);
  }
}

TEST(TokenModel, AttemptsThatKeepFailingLeaveABoundedNumberOfAnchors) {
  for (const int steps : {1, 2}) {
    Model model(7);
    for (int attempt = 0; attempt < 50; ++attempt) model.reconcile(steps);
    EXPECT_LE(model.seen().anchors.size(), kMostUnknown);
    ASSERT_NE(model.settle(), -1);
  }
}

TEST(TokenModel, AFailingRenewalLeavesOneAnchorBesideTheOneInUse) {
  Model model(7);
  ASSERT_NE(model.settle(), -1);
  model.pass(1h);
  for (int attempt = 0; attempt < 50; ++attempt) model.reconcile(2);
  EXPECT_EQ(model.seen().anchors.size(), 2u);
}

TEST(TokenModel, AClockThatJumpsToAndFroCostsOneTokenForEachJump) {
  Model model(7);
  ASSERT_NE(model.settle(), -1);
  const auto before = model.issued();
  for (const auto jump : {1h, -1h, 1h, -1h}) {
    model.pass(jump);
    for (int round = 0; round < 50; ++round) model.reconcile(3);
  }
  EXPECT_LE(model.issued() - before, 4);
}

TEST(TokenModel, IsRenewedBeforeItEndsByEitherClock) {
  Model model(7);
  ASSERT_NE(model.settle(), -1);
  for (int minute = 0; minute < 60 * 24; ++minute) {
    model.pass(1min);
    model.reconcile(3);
    ASSERT_TRUE(std::holds_alternative<Keep>(model.decide_now()) ||
                std::holds_alternative<Retire>(model.decide_now()));
  }
  EXPECT_GE(model.issued(), 25);
  EXPECT_LE(model.issued(), 29);
}

}  // namespace
}  // namespace credentials

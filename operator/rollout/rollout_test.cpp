#include "operator/rollout/rollout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Phase = Decision::Phase;
using Scale = Decision::Scale;

const base::TimePoint kStart = *base::parse_rfc3339("2026-01-01T00:00:00Z");

Seen set(std::string revision, int replicas, int ready, base::TimePoint created = kStart) {
  return {.revision = std::move(revision),
          .replicas = replicas,
          .running = replicas,
          .ready = ready,
          .created = created};
}

Wanted want(std::string revision, int replicas = 2) {
  return {.revision = std::move(revision),
          .replicas = replicas,
          .history_limit = 10,
          .progress_deadline = 600s,
          .started = kStart};
}

TEST(Rollout, TheFirstRevisionServesNothingYet) {
  const auto decision = decide(want("a"), {}, kStart);
  EXPECT_THAT(decision.keep, ElementsAre(Scale{"a", 2}));
  EXPECT_EQ(decision.phase, Phase::progressing);
  EXPECT_EQ(decision.stable, "");
  EXPECT_EQ(decision.message, "0 of 2 replicas of revision a are ready");
}

TEST(Rollout, IsCompleteWhenAllAreReady) {
  const auto decision = decide(want("a"), {set("a", 2, 2)}, kStart);
  EXPECT_EQ(decision.phase, Phase::complete);
  EXPECT_EQ(decision.stable, "a");
}

TEST(Rollout, TheOldOneServesUntilTheNewOneIsReady) {
  const auto decision =
      decide(want("b"), {set("a", 2, 2), set("b", 2, 1, kStart + 1s)}, kStart + 2s);
  EXPECT_THAT(decision.keep, ElementsAre(Scale{"b", 2}, Scale{"a", 2}));
  EXPECT_EQ(decision.stable, "a");
}

TEST(Rollout, TheOldOneGoesWhenTheNewOneIsReady) {
  const auto decision =
      decide(want("b"), {set("a", 2, 2), set("b", 2, 2, kStart + 1s)}, kStart + 2s);
  EXPECT_THAT(decision.keep, ElementsAre(Scale{"b", 2}, Scale{"a", 0}));
}

TEST(Rollout, AMissingReplicaOfWhatServesIsARepair) {
  auto wanted = want("a");
  wanted.served = "a";
  const auto decision = decide(wanted, {set("a", 2, 1)}, kStart + 24h);
  EXPECT_EQ(decision.phase, Phase::progressing);
  EXPECT_EQ(decision.stable, "a");
}

TEST(Rollout, WhatServedKeepsItsSizeAndItsNameWhileNothingElseIsReady) {
  auto wanted = want("b");
  wanted.served = "a";
  const auto decision = decide(wanted, {set("a", 0, 0), set("b", 2, 0, kStart + 1s)}, kStart + 24h);
  EXPECT_EQ(decision.phase, Phase::stuck);
  EXPECT_THAT(decision.keep, ElementsAre(Scale{"b", 2}, Scale{"a", 2}));
  EXPECT_EQ(decision.stable, "a");
  EXPECT_EQ(decide(wanted, {set("b", 2, 0)}, kStart).stable, "") << "it is gone for good";
}

TEST(Rollout, MoreReplicasOfWhatServesAreNoNewRollOut) {
  auto wanted = want("a", 3);
  wanted.served = "a";
  const auto decision = decide(wanted, {set("a", 2, 2)}, kStart + 24h);
  EXPECT_EQ(decision.stable, "a");
  EXPECT_EQ(decision.phase, Phase::progressing);
}

TEST(Rollout, IsStuckAfterTheDeadline) {
  const std::vector<Seen> seen{set("a", 2, 2), set("b", 2, 0, kStart + 1s)};
  EXPECT_EQ(decide(want("b"), seen, kStart + 600s).phase, Phase::progressing);
  const auto decision = decide(want("b"), seen, kStart + 601s);
  EXPECT_EQ(decision.phase, Phase::stuck);
  EXPECT_THAT(decision.keep, ElementsAre(Scale{"b", 2}, Scale{"a", 2}));
  EXPECT_EQ(decision.stable, "a");
}

TEST(Rollout, ARevisionThatComesBackHasItsWholeDeadline) {
  auto wanted = want("a");
  wanted.started = kStart + 24h;
  const std::vector<Seen> seen{set("a", 0, 0), set("b", 2, 2, kStart + 1h)};
  EXPECT_EQ(decide(wanted, seen, kStart + 24h + 1s).phase, Phase::progressing);
  EXPECT_EQ(decide(wanted, seen, kStart + 24h + 600s).phase, Phase::stuck);
}

TEST(Rollout, SaysWhyPodsCannotBeMade) {
  auto failing = set("a", 2, 0);
  failing.failure = "exceeded quota: pods";
  EXPECT_THAT(decide(want("a"), {failing}, kStart).message, HasSubstr("exceeded quota: pods"));
}

TEST(Rollout, KeepsAsManyOldRevisionsAsTheLimitSays) {
  std::vector<Seen> seen{set("z", 2, 2, kStart + 10s)};
  for (int age = 0; age < 5; ++age)
    seen.push_back(set(std::string(1, static_cast<char>('a' + age)), 0, 0,
                       kStart + std::chrono::seconds(age)));
  auto wanted = want("z");
  wanted.history_limit = 2;
  const auto decision = decide(wanted, seen, kStart + 20s);
  EXPECT_THAT(decision.keep, ElementsAre(Scale{"z", 2}, Scale{"e", 0}, Scale{"d", 0}));
  EXPECT_THAT(decision.remove, ElementsAre("c", "b", "a"));
}

TEST(Rollout, RemovesNothingThatStillRunsOrMayBeNeeded) {
  auto draining = set("a", 0, 0);
  draining.running = 1;
  auto wanted = want("z");
  wanted.history_limit = 0;
  EXPECT_THAT(decide(wanted, {set("z", 2, 2), draining}, kStart).remove, IsEmpty());
  EXPECT_THAT(decide(wanted, {set("z", 2, 1), set("a", 0, 0)}, kStart).remove, IsEmpty());
}

// --- all small states -----------------------------------------------------------------------

/// What the decision makes of the ReplicaSets, and the cluster of that: one Pod at a time.
class Model {
 public:
  Model(Wanted wanted, std::vector<Seen> sets) : wanted_(std::move(wanted)) {
    for (auto& one : sets) sets_.emplace(one.revision, one);
  }

  Decision decide_now() const { return decide(wanted_, list(), kStart); }

  void perform(const Decision& decision) {
    for (const auto& scale : decision.keep) {
      auto& one = sets_[scale.revision];
      one.revision = scale.revision;
      one.replicas = scale.replicas;
    }
    for (const auto& revision : decision.remove) sets_.erase(revision);
  }

  /// Every set moves by one Pod: the kubelet and the ReplicaSet controller in the worst order.
  void move() {
    for (auto& [revision, one] : sets_) {
      if (one.running > one.replicas) {
        --one.running;
        one.ready = std::min(one.ready, one.running);
      } else if (one.ready < one.running) {
        ++one.ready;
      } else if (one.running < one.replicas) {
        ++one.running;
      }
    }
  }

  /// Ready replicas that nobody has decided to take away yet.
  int ready() const {
    int sum = 0;
    for (const auto& [revision, one] : sets_) sum += std::min(one.ready, one.replicas);
    return sum;
  }
  std::vector<Seen> list() const {
    std::vector<Seen> all;
    for (const auto& [revision, one] : sets_) all.push_back(one);
    return all;
  }
  const Seen& at(const std::string& revision) const { return sets_.at(revision); }

 private:
  Wanted wanted_;
  std::map<std::string, Seen> sets_;
};

void check_decision(const Model& model, const Decision& decision, const Wanted& wanted) {
  const auto all = model.list();
  const auto current = std::ranges::find(all, wanted.revision, &Seen::revision);
  const int ready = current == all.end() ? 0 : current->ready;
  for (const auto& scale : decision.keep) {
    const auto before = std::ranges::find(all, scale.revision, &Seen::revision);
    if (scale.revision == wanted.revision || before == all.end()) continue;
    EXPECT_LE(scale.replicas, before->replicas) << "an old revision grows";
    if (scale.replicas < before->replicas) EXPECT_GE(ready, wanted.replicas);
  }
  for (const auto& revision : decision.remove) {
    EXPECT_NE(revision, wanted.revision);
    EXPECT_EQ(model.at(revision).running, 0);
  }
}

void run_to_the_end(const Wanted& wanted, const std::vector<Seen>& start) {
  Model model(wanted, start);
  for (int round = 0; round < 40; ++round) {
    const auto decision = model.decide_now();
    check_decision(model, decision, wanted);
    const int before = model.ready();
    model.perform(decision);
    model.move();
    ASSERT_GE(model.ready(), std::min(before, wanted.replicas));
  }
  const auto decision = model.decide_now();
  EXPECT_EQ(decision.phase, Phase::complete);
  EXPECT_EQ(decision.stable, wanted.revision);
  EXPECT_EQ(model.ready(), wanted.replicas);
}

TEST(RolloutModel, ConvergesFromEverySmallStateWithoutLosingReadyReplicas) {
  std::vector<Seen> forms;  // of one ReplicaSet
  for (int replicas = 0; replicas <= 3; ++replicas)
    for (int running = 0; running <= 3; ++running)
      for (int ready = 0; ready <= running; ++ready) {
        forms.push_back(set("", replicas, ready));
        forms.back().running = running;
      }
  for (const auto& first : forms)
    for (const auto& second : forms)
      for (int replicas = 1; replicas <= 3; ++replicas)
        for (const bool is_new : {false, true}) {
          std::vector<Seen> start{first, second};
          start[0].revision = "a";
          start[1].revision = is_new ? "b" : "c";
          start[1].created = kStart + 1s;
          run_to_the_end(want("c", replicas), start);
          if (::testing::Test::HasFailure()) return;
        }
}

TEST(RolloutModel, ConvergesWithThreeRevisions) {
  for (int a = 0; a <= 3; ++a)
    for (int b = 0; b <= 3; ++b)
      for (int c = 0; c <= 3; ++c)
        for (int replicas = 1; replicas <= 3; ++replicas) {
          run_to_the_end(want("c", replicas), {set("a", a, a), set("b", b, b / 2, kStart + 1s),
                                               set("c", c, c / 2, kStart + 2s)});
          if (::testing::Test::HasFailure()) return;
        }
}

}  // namespace
}  // namespace rollout

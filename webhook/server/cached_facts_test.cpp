#include "webhook/server/cached_facts.hpp"

#include <gtest/gtest.h>

namespace webhook {
namespace {

using alicloud::Facts;
using alicloud::ImageQuestion;
using alicloud::Question;

class Behind final : public FactSource {
 public:
  net_io::Task<> answer(std::shared_ptr<Facts> facts, std::vector<Question> questions,
                        net_io::Deadline) override {
    if (takes.count() > 0) co_await net_io::sleep_for(takes);
    for (const auto& question : questions) {
      ++asked;
      const auto& image = std::get<ImageQuestion>(question);
      if (fails) {
        facts->tell(image, base::fail(base::transient("throttled")));
      } else {
        facts->tell(image, image.image_id == "m-own");
      }
    }
    co_return;
  }
  std::chrono::milliseconds takes{0};
  int asked = 0;
  bool fails = false;
};

class Cached : public testing::Test {
 protected:
  ImageQuestion image(std::string id, std::string_view secret = "s") const {
    return {
        .credentials = {.key_id = "k", .key_secret = std::make_shared<const base::Secret>(secret)},
        .region = "r",
        .image_id = std::move(id)};
  }
  /// The answer, or nothing where it is an error.
  std::optional<bool> ask(const ImageQuestion& question) {
    auto facts = std::make_shared<Facts>();
    net_io::Loop loop(1);
    net_io::run(loop, run(&cached_, facts, question));
    const auto* answer = facts->ask(question);
    EXPECT_NE(answer, nullptr);
    return answer != nullptr && *answer ? std::optional(**answer) : std::nullopt;
  }
  static net_io::Task<int> run(CachedFacts* cached, std::shared_ptr<Facts> facts,
                               ImageQuestion question) {
    std::vector<Question> questions{question};
    co_await cached->answer(facts, std::move(questions), net_io::Deadline::never());
    co_return 0;
  }

  Behind behind_;
  base::ManualClock clock_{base::TimePoint()};
  ImageMemory memory_{clock_, {.life = std::chrono::milliseconds(1'000), .entries = 2}};
  CachedFacts cached_{behind_, memory_};
};

TEST_F(Cached, AsksOnceWithinTheLifeOfAnAnswer) {
  EXPECT_EQ(ask(image("m-own")), true);
  EXPECT_EQ(ask(image("m-own")), true);
  EXPECT_EQ(ask(image("m-system")), false);
  EXPECT_EQ(behind_.asked, 2);
  clock_.advance(std::chrono::milliseconds(1'000));
  EXPECT_EQ(ask(image("m-own")), true);
  EXPECT_EQ(behind_.asked, 3);
}

TEST_F(Cached, KeepsNoErrors) {
  behind_.fails = true;
  EXPECT_EQ(ask(image("m-own")), std::nullopt);
  behind_.fails = false;
  EXPECT_EQ(ask(image("m-own")), true);
}

TEST_F(Cached, AnswersNobodyWithAnotherSecret) {
  ask(image("m-own", "right"));
  ask(image("m-own", "wrong"));
  EXPECT_EQ(behind_.asked, 2);
}

TEST_F(Cached, StaysSmall) {
  ask(image("a"));
  clock_.advance(std::chrono::milliseconds(1));
  ask(image("b"));
  ask(image("c"));  // drops a, the oldest
  ask(image("b"));
  EXPECT_EQ(behind_.asked, 3);
  ask(image("a"));
  EXPECT_EQ(behind_.asked, 4);
}

/// Several requests at the same time, on the same loop; how each was answered.
class Together : public Cached {
 protected:
  std::vector<std::string> ask_together(const std::vector<net_io::Deadline>& deadlines) {
    net_io::Loop loop(1);
    std::vector<std::string> told(deadlines.size());
    net_io::run(loop, all(this, &loop, deadlines, &told));
    return told;
  }

 private:
  static net_io::Task<int> all(Together* self, net_io::Loop* loop,
                               std::vector<net_io::Deadline> deadlines,
                               std::vector<std::string>* told) {
    net_io::TaskGroup tasks(loop->get_executor(), [](const char* what) { FAIL() << what; });
    for (std::size_t i = 0; i < deadlines.size(); ++i)
      tasks.spawn(one(self, deadlines[i], &(*told)[i]));
    EXPECT_TRUE(co_await tasks.finished(std::chrono::milliseconds(10'000)));
    co_return 0;
  }
  static net_io::Task<> one(Together* self, net_io::Deadline deadline, std::string* told) {
    auto facts = std::make_shared<Facts>();
    const auto question = self->image("m-own");
    std::vector<Question> questions{question};
    co_await self->cached_.answer(facts, std::move(questions), deadline);
    const auto* answer = facts->ask(question);
    *told = answer == nullptr ? "nothing" : !*answer ? answer->error().what : **answer ? "own" : "";
  }
};

using std::chrono::milliseconds;

TEST_F(Together, AskOnce) {
  behind_.takes = milliseconds(20);
  const auto never = net_io::Deadline::never();
  EXPECT_EQ(ask_together({never, never, never}), (std::vector<std::string>(3, "own")));
  EXPECT_EQ(behind_.asked, 1);
}

TEST_F(Together, ShareAnErrorButDoNotKeepIt) {
  behind_.takes = milliseconds(20);
  behind_.fails = true;
  const auto never = net_io::Deadline::never();
  EXPECT_EQ(ask_together({never, never}), (std::vector<std::string>(2, "throttled")));
  EXPECT_EQ(behind_.asked, 1);
  EXPECT_EQ(ask_together({never}), (std::vector<std::string>{"throttled"}));
  EXPECT_EQ(behind_.asked, 2);
}

TEST_F(Together, NobodyPaysForTheDeadlineOfAnother) {
  behind_.takes = milliseconds(20);
  behind_.fails = true;
  const auto never = net_io::Deadline::never();
  // The first asks, and its time is over when it learns that it failed: the second asks itself.
  EXPECT_EQ(ask_together({net_io::Deadline::in(milliseconds(5)), never}),
            (std::vector<std::string>(2, "throttled")));
  EXPECT_EQ(behind_.asked, 2);
}

TEST_F(Together, NobodyWaitsLongerThanHeCan) {
  behind_.takes = milliseconds(200);
  const auto never = net_io::Deadline::never();
  EXPECT_EQ(ask_together({never, net_io::Deadline::in(milliseconds(20))}),
            (std::vector<std::string>{"own", "AliCloud did not answer in the time given"}));
}

TEST(ImageMemory, AQuestionThatWasDroppedIsFreeAgain) {
  base::ManualClock clock{base::TimePoint()};
  ImageMemory memory(clock);
  auto first = memory.look("a");
  ASSERT_TRUE(first.claim);
  const auto second = memory.look("a");
  ASSERT_TRUE(second.flight);
  std::optional<ImageMemory::Answer> answer;
  EXPECT_EQ(memory.state_of(*second.flight, answer), ImageMemory::State::flying);
  first.claim.reset();
  EXPECT_EQ(memory.state_of(*second.flight, answer), ImageMemory::State::lost);
  EXPECT_TRUE(memory.look("a").claim);
}

}  // namespace
}  // namespace webhook

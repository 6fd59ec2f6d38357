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
  CachedFacts cached_{behind_, clock_, {.life = std::chrono::milliseconds(1'000), .entries = 2}};
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

}  // namespace
}  // namespace webhook

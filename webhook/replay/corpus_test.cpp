#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "json/parse.hpp"
#include "webhook/replay/differences.hpp"
#include "webhook/replay/replay.hpp"
#include "webhook/replay/test_mutants.hpp"

namespace replay {
namespace {

namespace fs = std::filesystem;

fs::path corpus() {
  const char* given = std::getenv("PORTCULLIS_SHARED");
  return fs::path(given != nullptr ? given : PORTCULLIS_SHARED) / "corpus" / "alicloud";
}

void expect_all_pass(const fs::path& cases) {
  std::ostringstream report;
  const auto tally = replay_all({cases}, report, nullptr);
  std::cout << cases.filename().string() << ": " << tally.passed << " passed, " << tally.failed
            << " failed\n";
  EXPECT_GT(tally.passed, 0);
  EXPECT_EQ(tally.failed, 0) << report.str().substr(0, 20'000);
}

TEST(Corpus, OwnCasesPass) { expect_all_pass(PORTCULLIS_TESTDATA); }

class RecordedAnswers : public testing::TestWithParam<const char*> {};

TEST_P(RecordedAnswers, AreOursToo) {
  const auto cases = corpus() / GetParam();
  if (!fs::exists(cases))
    GTEST_SKIP() << "no corpus at " << corpus() << ": only webhook/testdata was checked";
  expect_all_pass(cases);
}

INSTANTIATE_TEST_SUITE_P(
    Corpus, RecordedAnswers,
    testing::Values("backupbucket-validate", "chain-mutated-then-validated", "cloudprofile-mutate",
                    "cloudprofile-validate", "credentialsbinding-validate",
                    "namespacedcloudprofile-mutate", "namespacedcloudprofile-validate", "protocol",
                    "secret-validate", "secretbinding-validate", "seed-validate",
                    "shoot-mutate-create", "shoot-mutate-update", "shoot-validate-create",
                    "shoot-validate-update", "shoot-validate-vswitch"));

/// No case below passes with an answer that is not quite ours.
void expect_mutants_refused(const fs::path& cases) {
  int mutants = 0;
  for (const auto& entry : fs::recursive_directory_iterator(cases)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream in(entry.path());
    const auto one =
        parse_case(std::string{std::istreambuf_iterator<char>(in), {}}, entry.path().string());
    ASSERT_TRUE(one) << entry.path();
    const auto outcome = run(*one);
    ASSERT_TRUE(outcome) << one->name;
    const auto expected = with_intended_differences(*one, expectation(*one));
    for (const auto& mutant : mutants_of(*outcome)) {
      EXPECT_NE(difference(expected, mutant.outcome), std::nullopt)
          << one->name << " would also pass with " << mutant.what;
      ++mutants;
    }
  }
  EXPECT_GT(mutants, 0);
}

TEST(Corpus, NoOtherAnswerPassesForOwnCases) { expect_mutants_refused(PORTCULLIS_TESTDATA); }

TEST_P(RecordedAnswers, AreTheOnlyOnesThatPass) {
  const auto cases = corpus() / GetParam();
  if (!fs::exists(cases)) GTEST_SKIP() << "no corpus at " << corpus();
  expect_mutants_refused(cases);
}

/// What a mutator made it leaves alone: an API server may ask again.
TEST(Corpus, MutationsAreMadeOnce) {
  int mutated = 0;
  for (const auto& group : {"shoot-mutate-create", "shoot-mutate-update", "cloudprofile-mutate",
                            "namespacedcloudprofile-mutate"}) {
    if (!fs::exists(corpus() / group)) GTEST_SKIP() << "no corpus at " << corpus();
    for (const auto& entry : fs::directory_iterator(corpus() / group)) {
      std::ifstream in(entry.path());
      auto one =
          parse_case(std::string{std::istreambuf_iterator<char>(in), {}}, entry.path().string());
      ASSERT_TRUE(one);
      const auto first = run(*one);
      if (!first || !first->patched) continue;
      one->review["request"]["object"] = *first->patched;
      one->review_text = json::to_string(one->review);
      const auto second = run(*one);
      ASSERT_TRUE(second);
      EXPECT_FALSE(second->patched)
          << one->name << json::to_string(second->patched.value_or(json::Value()));
      ++mutated;
    }
  }
  EXPECT_GT(mutated, 50);
}

/// Nothing of a Secret's data may be in any answer, whatever is wrong with the request.
TEST(Corpus, NoAnswerHoldsSecretData) {
  std::ostringstream report;
  std::ostringstream answers;
  replay_all({PORTCULLIS_TESTDATA}, report, &answers);
  EXPECT_NE(answers.str().find("\"status\""), std::string::npos);
  EXPECT_EQ(answers.str().find("hunter2"), std::string::npos);
  EXPECT_EQ(answers.str().find("aHVudGVyMg"), std::string::npos);  // its base64
}

}  // namespace
}  // namespace replay

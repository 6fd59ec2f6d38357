#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "webhook/replay/replay.hpp"

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

INSTANTIATE_TEST_SUITE_P(Corpus, RecordedAnswers, testing::Values("secret-validate"));

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

#include "webhook/replay/replay.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace replay {
namespace {

namespace fs = std::filesystem;

class Replay : public testing::Test {
 protected:
  Replay() {
    std::string pattern = (fs::temp_directory_path() / "replay-test-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~Replay() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }
  int play(std::vector<std::string> files, std::string answers = {}) {
    report_.str("");
    return replay_command({.files = std::move(files), .answers_file = std::move(answers)}, report_);
  }
  std::string report() const { return report_.str(); }

  fs::path folder_;

 private:
  std::ostringstream report_;
};

std::string a_case(int status, const std::string& extra = "") {
  return R"({"name":"group/a-case","path":"/nowhere","review":{},"expect":{"httpStatus":)" +
         std::to_string(status) + extra + "}}";
}

TEST_F(Replay, CountsWhatPassed) {
  EXPECT_EQ(play({write("a.json", a_case(404))}), 0);
  EXPECT_EQ(report(), "1 passed, 0 failed\n");
}

TEST_F(Replay, SaysWhatDiffers) {
  EXPECT_EQ(play({write("a.json", a_case(200))}), 1);
  EXPECT_EQ(report(),
            "group/a-case\n  status\n    expected 200\n    got      404\n0 passed, 1 failed\n");
}

TEST_F(Replay, ComparesBodiesThatAreNoReview) {
  EXPECT_EQ(play({write("a.json", a_case(404, R"(,"body":"gone\n")"))}), 1);
  EXPECT_NE(report().find("404 page not found"), std::string::npos);
}

TEST_F(Replay, TakesAnyOfTheAlternatives) {
  EXPECT_EQ(
      play({write("a.json",
                  a_case(200, R"(,"alternatives":[{"httpStatus":500},{"httpStatus":404}])"))}),
      0);
  EXPECT_EQ(play({write("b.json", a_case(200, R"(,"alternatives":[{"httpStatus":500}])"))}), 1);
}

TEST_F(Replay, ReadsFoldersInOrder) {
  write("cases/b/2.json", a_case(404));
  write("cases/a/1.json", a_case(500));
  write("cases/README.md", "no case");
  EXPECT_EQ(play({folder_ / "cases"}), 1);
  EXPECT_TRUE(report().ends_with("1 passed, 1 failed\n"));
}

TEST_F(Replay, FailsWhereThereIsNothingToRun) {
  EXPECT_EQ(play({folder_}), 1);
  EXPECT_EQ(play({folder_ / "missing.json"}), 1);
  EXPECT_NE(report().find("cannot be read"), std::string::npos);
  EXPECT_EQ(play({write("a.json", "{}")}), 1);
  EXPECT_NE(report().find("not a case"), std::string::npos);
}

TEST_F(Replay, WritesAnswersAsLines) {
  const auto answers = (folder_ / "answers").string();
  EXPECT_EQ(play({write("a.json", a_case(404))}, answers), 0);
  std::ifstream in(answers);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(text, R"({"name":"group/a-case","status":404})"
                  "\n");
}

}  // namespace
}  // namespace replay

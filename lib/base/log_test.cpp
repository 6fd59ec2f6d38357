#include "base/log.hpp"

#include <gmock/gmock.h>

#include <regex>
#include <thread>
#include <vector>

namespace base {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

/// The line without its time, which is checked apart.
std::string without_time(std::string line) {
  constexpr std::size_t length =
      std::string_view(R"({"time":"2026-01-02T03:04:05.678000Z",)").size();
  return line.size() < length ? line : "{" + line.substr(length);
}

TEST(Log, WritesOneJsonObjectPerLine) {
  std::string out;
  Log::to_string(out).named("plan").info("applied", {{"kind", "Secret"}, {"name", "x"}});
  EXPECT_EQ(without_time(out),
            R"({"level":"info","logger":"plan","msg":"applied","kind":"Secret","name":"x"})"
            "\n");
  EXPECT_TRUE(
      std::regex_search(out, std::regex(R"(^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",)")))
      << out;
}

TEST(Log, EscapesWhateverItIsGiven) {
  std::string out;
  Log::to_string(out).warn("a\"b\\c\nd\x01", {{"bad\xff", "{}\t\xc3\xa4\xc3"}});
  EXPECT_THAT(out, HasSubstr(R"("msg":"a\"b\\c\nd\u0001")"));
  EXPECT_THAT(out, HasSubstr("\"bad\uFFFD\":\"{}\\t\u00e4\uFFFD\""));
  EXPECT_EQ(std::ranges::count(out, '\n'), 1);
}

TEST(Log, DoesNotReadFormatsOutOfMessages) {
  std::string out;
  Log::to_string(out).error("{} %s %v {0}");
  EXPECT_THAT(out, HasSubstr(R"("msg":"{} %s %v {0}")"));
}

TEST(Log, ChildrenAreNamedAfterTheirParents) {
  std::string out;
  Log::to_string(out).named("webhook").named("server").debug("x");
  EXPECT_THAT(out, HasSubstr(R"("level":"debug","logger":"webhook.server")"));
}

TEST(Log, TheLevelHoldsForAllChildren) {
  std::string out;
  const auto log = Log::to_string(out, Log::Level::warn);
  const auto child = log.named("child");
  child.info("unseen");
  EXPECT_EQ(out, "");
  child.set_level(Log::Level::info);
  log.info("seen");
  log.debug("unseen");
  EXPECT_THAT(out, HasSubstr(R"("msg":"seen")"));
  EXPECT_EQ(std::ranges::count(out, '\n'), 1);
}

TEST(Log, LevelsHaveNames) {
  using enum Log::Level;
  for (const auto level : {debug, info, warn, error}) {
    std::string out;
    const auto log = Log::to_string(out, level);
    EXPECT_EQ(log.named("child").level(), level);
    EXPECT_EQ(parse_log_level(to_string(level)), level);
  }
  EXPECT_EQ(parse_log_level("loud"), std::nullopt);
}

TEST(Log, SilentWritesNothing) {
  testing::internal::CaptureStderr();
  Log::silent().named("x").error("unseen");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Log, GoesToStderr) {
  testing::internal::CaptureStderr();
  Log::to_stderr("operator", Log::Level::info).error("seen");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr(R"("logger":"operator","msg":"seen"})"));
}

TEST(Log, LinesOfManyThreadsStayWhole) {
  std::string out;
  const auto log = Log::to_string(out);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&log] {
        for (int line = 0; line < 200; ++line) log.info("line", {{"text", std::string(100, 'x')}});
      });
  }
  EXPECT_EQ(std::ranges::count(out, '\n'), 800);
  EXPECT_EQ(std::ranges::count(out, '{'), 800);
}

}  // namespace
}  // namespace base

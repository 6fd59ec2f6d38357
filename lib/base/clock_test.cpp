#include "base/clock.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace base {
namespace {

using namespace std::chrono_literals;

TimePoint at(std::int64_t seconds, std::int64_t millis = 0) {
  return TimePoint(std::chrono::seconds(seconds)) + std::chrono::milliseconds(millis);
}

TEST(Rfc3339, WritesSecondsAndMicroseconds) {
  EXPECT_EQ(to_rfc3339(at(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(at(1'767'323'045, 678)), "2026-01-02T03:04:05Z");
  EXPECT_EQ(to_rfc3339_micro(at(1'767'323'045, 678)), "2026-01-02T03:04:05.678000Z");
  EXPECT_EQ(to_rfc3339_micro(at(-1, 1)), "1969-12-31T23:59:59.001000Z");
}

TEST(Rfc3339, ReadsFractionsAndOffsets) {
  EXPECT_EQ(parse_rfc3339("2026-01-02T03:04:05Z"), at(1'767'323'045));
  EXPECT_EQ(parse_rfc3339("2026-01-02T03:04:05.6Z"), at(1'767'323'045, 600));
  EXPECT_EQ(parse_rfc3339("2026-01-02T03:04:05.678999999Z"), at(1'767'323'045, 678));
  EXPECT_EQ(parse_rfc3339("2026-01-02T05:34:05+02:30"), at(1'767'323'045));
  EXPECT_EQ(parse_rfc3339("2026-01-01T19:04:05-08:00"), at(1'767'323'045));
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00Z"), at(1'709'164'800));
}

TEST(Rfc3339, RefusesEverythingElse) {
  for (const std::string_view bad : {"",
                                     "2026-01-02",
                                     "2026-01-02 03:04:05Z",
                                     "2026-01-02t03:04:05Z",
                                     "2026-01-02T03:04:05",
                                     "2026-01-02T03:04:05z",
                                     "2026-01-02T03:04:05.Z",
                                     "2026-01-02T24:00:00Z",
                                     "2026-01-02T03:60:05Z",
                                     "2026-01-02T03:04:60Z",
                                     "2026-13-02T03:04:05Z",
                                     "2026-02-29T03:04:05Z",
                                     "2026-00-02T03:04:05Z",
                                     "2026-01-00T03:04:05Z",
                                     "2026-01-02T03:04:05Zx",
                                     "2026-1-02T03:04:05Z",
                                     "+026-01-02T03:04:05Z",
                                     "2026-01-02T03:04:05+0200",
                                     "2026-01-02T03:04:05+24:00",
                                     "2026-01-02T03:04:05*02:00",
                                     "2026-01-02T03:04:05"})
    EXPECT_EQ(parse_rfc3339(bad), std::nullopt) << bad;
}

TEST(Rfc3339, ReadsBackWhateverItWrote) {
  Random random(2);
  for (int i = 0; i < 2000; ++i) {
    const auto time = at(static_cast<std::int64_t>(random.below(200'000'000'000)) - 50'000'000'000,
                         static_cast<std::int64_t>(random.below(1000)));
    EXPECT_EQ(parse_rfc3339(to_rfc3339_micro(time)), time) << to_rfc3339_micro(time);
  }
}

TEST(HttpDate, ReadsTheDateHeader) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), at(784'111'777));
}

TEST(HttpDate, RefusesTheObsoleteFormsAndNonsense) {
  for (const std::string_view bad :
       {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 CET", "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT"})
    EXPECT_EQ(parse_http_date(bad), std::nullopt) << bad;
}

TEST(Duration, ReadsWhatGoReads) {
  EXPECT_EQ(parse_duration("0"), 0ms);
  EXPECT_EQ(parse_duration("+0"), 0ms);
  EXPECT_EQ(parse_duration("10m"), 10min);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("24h"), 24h);
  EXPECT_EQ(parse_duration("1.5h"), 90min);
  EXPECT_EQ(parse_duration(".5s"), 500ms);
  EXPECT_EQ(parse_duration("5.s"), 5s);
  EXPECT_EQ(parse_duration("+5s"), 5s);
  EXPECT_EQ(parse_duration("0.3s"), 300ms);
  EXPECT_EQ(parse_duration("4.35s"), 4350ms);
  EXPECT_EQ(parse_duration("1s1s"), 2s);
  EXPECT_EQ(parse_duration("1500us"), 1ms);
  EXPECT_EQ(parse_duration("1500\u00b5s"), 1ms);
  EXPECT_EQ(parse_duration("1500\u03bcs"), 1ms);
  EXPECT_EQ(parse_duration("999999ns"), 0ms);
  EXPECT_EQ(parse_duration("2562047h47m16.854s"), 2562047h + 47min + 16854ms);
}

TEST(Duration, RefusesWhatGoRefusesAndTheNegative) {
  for (const std::string_view bad : {"",
                                     "+",
                                     "-",
                                     "-5s",
                                     "5",
                                     "1.5",
                                     "s",
                                     ".s",
                                     "1d",
                                     "1 h",
                                     " 1h",
                                     "1h ",
                                     "1H",
                                     "h1",
                                     "1hm",
                                     "1..5s",
                                     "++1s",
                                     "2562048h",
                                     "99999999999999999999h",
                                     "1e3s",
                                     "0x1s"})
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
}

TEST(ManualClock, JumpsMoveTheWallClockAlone) {
  ManualClock clock(at(100));
  const auto boot = clock.since_boot();
  clock.advance(5s);
  EXPECT_EQ(clock.now(), at(105));
  EXPECT_EQ(clock.since_boot() - boot, 5s);
  clock.jump(-60s);
  EXPECT_EQ(clock.now(), at(45));
  EXPECT_EQ(clock.since_boot() - boot, 5s);
}

TEST(SystemClock, GoesForward) {
  const SystemClock clock;
  EXPECT_GT(clock.now(), at(1'700'000'000));
  const auto before = clock.since_boot();
  EXPECT_GT(before, 0ms);
  EXPECT_GE(clock.since_boot(), before);
}

}  // namespace
}  // namespace base

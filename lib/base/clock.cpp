#include "base/clock.hpp"

#include <time.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>

namespace base {
namespace {

using std::chrono::milliseconds;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};

/// Reads from the front of a text; once something did not fit, `ok` stays false and everything
/// reads as 0.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool take(char letter) {
    if (peek() != letter || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(std::string_view text) {
    ok_ = ok_ && rest_.starts_with(text);
    if (ok_) rest_.remove_prefix(text.size());
  }
  std::string_view run(bool (*belongs)(char)) {
    std::size_t length = 0;
    while (length < rest_.size() && belongs(rest_[length])) ++length;
    return letters(length);
  }
  std::string_view letters(std::size_t length) {
    ok_ = ok_ && rest_.size() >= length;
    if (!ok_) return {};
    const auto taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }
  /// Exactly `length` digits, at most `most`.
  int number(std::size_t length, int least, int most) {
    const auto digits = letters(length);
    int value = 0;
    for (const char digit : digits) {
      ok_ = ok_ && digit >= '0' && digit <= '9';
      value = value * 10 + (digit - '0');
    }
    ok_ = ok_ && value >= least && value <= most;
    return ok_ ? value : 0;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_no_number(char letter) { return letter != '.' && !is_digit(letter); }

std::chrono::sys_days days_of(int year, int month, int day, bool& ok) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  ok = date.ok();
  return ok ? std::chrono::sys_days(date) : std::chrono::sys_days();
}

milliseconds read_time_of_day(Reader& in) {
  const int hour = in.number(2, 0, 23);
  in.expect(":");
  const int minute = in.number(2, 0, 59);
  in.expect(":");
  const int second = in.number(2, 0, 59);
  return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

/// Finer digits than milliseconds are cut off.
milliseconds read_fraction(Reader& in, bool& ok) {
  if (!in.take('.')) return {};
  const auto digits = in.run(is_digit);
  ok = ok && !digits.empty();
  int value = 0;
  for (std::size_t i = 0; i < 3; ++i)
    value = value * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return milliseconds(value);
}

milliseconds read_offset(Reader& in) {
  if (in.take('Z')) return {};
  const int sign = in.take('-') ? -1 : 1;
  if (sign == 1) in.expect("+");
  const int hours = in.number(2, 0, 23);
  in.expect(":");
  return sign * (std::chrono::hours(hours) + std::chrono::minutes(in.number(2, 0, 59)));
}

std::string format(TimePoint time, bool micro) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss clock{time - days};
  std::array<char, 64> text{};
  const int base = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  auto out = std::string(text.data(), static_cast<std::size_t>(base));
  if (micro) {
    std::snprintf(text.data(), text.size(), ".%03d000",
                  static_cast<int>(clock.subseconds().count()));
    out += text.data();
  }
  return out + "Z";
}

constexpr std::uint64_t kLongest =
    std::numeric_limits<std::int64_t>::max();  // of Go's Duration, in nanoseconds

/// Nanoseconds of one unit as Go spells it; 0: no such unit.
std::uint64_t nanoseconds_of(std::string_view unit) {
  if (unit == "ns") return 1;
  if (unit == "us" || unit == "\u00b5s" || unit == "\u03bcs") return 1'000;
  if (unit == "ms") return 1'000'000;
  if (unit == "s") return 1'000'000'000;
  if (unit == "m") return 60'000'000'000;
  if (unit == "h") return 3'600'000'000'000;
  return 0;
}

/// At most kLongest, which is too much for whatever follows.
std::uint64_t read_whole(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char digit : digits)
    value = std::min(kLongest / 10, value) * 10 + static_cast<std::uint64_t>(digit - '0');
  return std::min(value, kLongest);
}

/// One `1.5h`, in nanoseconds; nullopt: not one, or too long.
std::optional<std::uint64_t> read_part(Reader& in) {
  const auto whole = in.run(is_digit);
  const auto fraction = in.take('.') ? in.run(is_digit) : std::string_view{};
  if (whole.empty() && fraction.empty()) return std::nullopt;
  const auto unit = nanoseconds_of(in.run(is_no_number));
  const auto count = read_whole(whole);
  if (unit == 0 || count > kLongest / unit) return std::nullopt;
  double parts = 0;
  double scale = static_cast<double>(unit);
  for (const char digit : fraction) parts += (scale /= 10) * (digit - '0');
  return count * unit + static_cast<std::uint64_t>(parts + 0.5);
}

}  // namespace

TimePoint SystemClock::now() const {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

BootTime SystemClock::since_boot() const {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::seconds(time.tv_sec) + milliseconds(time.tv_nsec / 1'000'000);
}

std::string to_rfc3339(TimePoint time) { return format(time, false); }
std::string to_rfc3339_micro(TimePoint time) { return format(time, true); }

std::optional<TimePoint> parse_rfc3339(std::string_view text) {
  Reader in(text);
  const int year = in.number(4, 0, 9999);
  in.expect("-");
  const int month = in.number(2, 1, 12);
  in.expect("-");
  const int day = in.number(2, 1, 31);
  in.expect("T");
  bool ok = false;
  const auto date = days_of(year, month, day, ok);
  const auto time = read_time_of_day(in);
  const auto fraction = read_fraction(in, ok);
  const auto offset = read_offset(in);
  if (!ok || !in.ok() || !in.at_end()) return std::nullopt;
  return TimePoint(date) + time + fraction - offset;
}

std::optional<TimePoint> parse_http_date(std::string_view text) {
  Reader in(text);
  const auto weekday = in.letters(3);
  in.expect(", ");
  const int day = in.number(2, 1, 31);
  in.expect(" ");
  const auto month_name = in.letters(3);
  in.expect(" ");
  const int year = in.number(4, 0, 9999);
  in.expect(" ");
  const auto time = read_time_of_day(in);
  in.expect(" GMT");
  int month = 0;
  for (std::size_t i = 0; i < kMonths.size(); ++i)
    if (kMonths[i] == month_name) month = static_cast<int>(i) + 1;
  bool ok = false;
  const auto date = days_of(year, month, day, ok);
  if (!ok || !in.ok() || !in.at_end()) return std::nullopt;
  if (kWeekdays[std::chrono::weekday(date).c_encoding()] != weekday) return std::nullopt;
  return TimePoint(date) + time;
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  Reader in(text);
  in.take('+');
  if (text == "0" || text == "+0") return milliseconds(0);
  if (in.at_end()) return std::nullopt;
  std::uint64_t total = 0;
  while (!in.at_end()) {
    const auto part = read_part(in);
    if (!part || *part > kLongest) return std::nullopt;
    total += *part;
    if (total > kLongest) return std::nullopt;
  }
  return milliseconds(total / 1'000'000);
}

}  // namespace base

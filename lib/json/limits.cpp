#include "json/limits.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/utf8.hpp"

namespace json {
namespace {

enum Class : std::uint8_t { kPlain, kBlank, kQuote, kOpen, kClose, kComma, kOther };

constexpr std::array<Class, 256> kClasses = [] {
  std::array<Class, 256> table{};
  for (const char blank : {' ', '\t', '\n', '\r'})
    table[static_cast<unsigned char>(blank)] = kBlank;
  table['"'] = kQuote;
  table['['] = table['{'] = kOpen;
  table[']'] = table['}'] = kClose;
  table[','] = kComma;
  table[0] = kOther;
  for (std::size_t i = 0x80; i < 256; ++i) table[i] = kOther;
  return table;
}();

/// Whether all eight bytes can stand inside a string without a look at each: ASCII, no NUL or other
/// control character, no quote, no backslash. (May say no for a plain one, never yes for a special
/// one.)
bool all_plain(const char* bytes) {
  constexpr std::uint64_t ones = ~std::uint64_t{0} / 255;
  constexpr std::uint64_t high = ones * 0x80;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  const auto has = [](std::uint64_t w, std::uint64_t byte) {
    const std::uint64_t zero = w ^ (ones * byte);
    return (zero - ones) & ~zero;
  };
  const std::uint64_t control = (word - ones * 0x20) & ~word;
  return ((word | control | has(word, '"') | has(word, '\\')) & high) == 0;
}

class Scan {
 public:
  Scan(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  base::Result<> run() {
    if (text_.size() > limits_.bytes)
      return base::fail(
          base::invalid("document is larger than " + std::to_string(limits_.bytes) + " bytes"));
    while (problem_ == nullptr && at_ < text_.size()) step();
    if (values_ > limits_.values) stop("too many values");
    if (problem_ == nullptr) return {};
    return base::fail(
        base::invalid(std::string(problem_) + " at offset " + std::to_string(stopped_at_)));
  }

 private:
  void step() {
    switch (kClasses[static_cast<unsigned char>(text_[at_])]) {
      case kPlain:
        begin_value(), ++at_;
        break;
      case kBlank:
        ++at_;
        break;
      case kQuote:
        begin_value(), ++at_, skip_string();
        break;
      case kOpen:
        open();
        break;
      case kClose:
        close();
        break;
      case kComma:
        count(), ++at_;
        break;
      case kOther:
        skip_other();
        break;
    }
  }

  // A comma stands for the value behind it, an opening bracket for its first one, unless nothing is
  // in it.
  void begin_value() {
    if (fresh_) count();
    fresh_ = false;
  }
  void count() {
    if (++values_ > limits_.values) stop("too many values");
  }
  void open() {
    begin_value();
    if (++depth_ > limits_.depth)
      stop("nested too deeply");
    else
      fresh_ = true, ++at_;
  }
  void close() {
    if (depth_ > 0) --depth_;  // the parser complains about one too many
    fresh_ = false, ++at_;
  }

  void skip_string() {
    while (problem_ == nullptr && at_ < text_.size()) {
      if (at_ + 8 <= text_.size() && all_plain(text_.data() + at_)) {
        at_ += 8;
        continue;
      }
      const char letter = text_[at_];
      if (letter == '"') return void(++at_);
      if (letter == '\\')
        at_ += is_escape(at_ + 1) ? 2 : 1;
      else
        skip_other();
    }
  }

  bool is_escape(std::size_t at) const {
    return at < text_.size() && (text_[at] == '"' || text_[at] == '\\');
  }

  void skip_other() {
    const bool nul = text_[at_] == '\0';
    const auto length = nul ? 0 : base::utf8_length(text_, at_);
    if (length == 0) stop(nul ? "NUL byte" : "invalid UTF-8");
    at_ += length;
  }

  void stop(const char* problem) {
    if (problem_ == nullptr) problem_ = problem, stopped_at_ = at_;
  }

  std::string_view text_;
  const Limits& limits_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t values_ = 1;
  bool fresh_ = false;  // right after an opening bracket
  const char* problem_ = nullptr;
  std::size_t stopped_at_ = 0;
};

}  // namespace

base::Result<> check_limits(std::string_view text, const Limits& limits) {
  return Scan(text, limits).run();
}

}  // namespace json

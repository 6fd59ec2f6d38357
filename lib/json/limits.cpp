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
    if (values_ > limits_.values) problem_ = "too many values";
    if (problem_ == nullptr) return {};
    return base::fail(base::invalid(std::string(problem_) + " at offset " + std::to_string(at_)));
  }

 private:
  void step() {
    switch (kClasses[static_cast<unsigned char>(text_[at_])]) {
      case kPlain:
        fresh_ = false, ++at_;
        break;
      case kBlank:
        ++at_;
        break;
      case kQuote:
        fresh_ = false, ++at_, skip_string();
        break;
      case kOpen:
        open();
        break;
      case kClose:
        close();
        break;
      case kComma:
        count();
        break;
      case kOther:
        skip_other();
        break;
    }
  }

  // A comma stands for the value after it, an opening bracket for its first; "[]" takes that back.
  void count() {
    if (++values_ > limits_.values)
      problem_ = "too many values";
    else
      fresh_ = false, ++at_;
  }
  void open() {
    if (++depth_ > limits_.depth)
      problem_ = "nested too deeply";
    else
      count(), fresh_ = true;
  }
  void close() {
    if (fresh_) --values_;
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
        at_ += at_ + 1 < text_.size() && text_[at_ + 1] != '\0' ? 2 : 1;
      else
        skip_other();
    }
  }

  void skip_other() {
    const auto length = text_[at_] == '\0' ? 0 : base::utf8_length(text_, at_);
    if (length == 0) problem_ = text_[at_] == '\0' ? "NUL byte" : "invalid UTF-8";
    at_ += length;
  }

  std::string_view text_;
  const Limits& limits_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t values_ = 1;
  bool fresh_ = false;  // right after an opening bracket
  const char* problem_ = nullptr;
};

}  // namespace

base::Result<> check_limits(std::string_view text, const Limits& limits) {
  return Scan(text, limits).run();
}

}  // namespace json

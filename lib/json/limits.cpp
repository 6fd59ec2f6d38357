#include "json/limits.hpp"

#include <algorithm>
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

constexpr std::size_t kLongestNumber = 1024;

constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::size_t kLongEscape = 6;                    // \uXXXX
constexpr std::uint64_t kOnes = ~std::uint64_t{0} / 255;  // 1 in every byte

/// Whether all eight bytes can stand inside a string without a look at each: ASCII, no NUL or other
/// control character, no quote, no backslash. (May say no for a plain one, never yes for a special
/// one.)
bool all_plain(std::uint64_t word) {
  const auto has = [word](char byte) {
    const std::uint64_t zero = word ^ (kOnes * static_cast<unsigned char>(byte));
    return (zero - kOnes) & ~zero;
  };
  const std::uint64_t control = (word - kOnes * ' ') & ~word;
  return ((word | control | has('"') | has('\\')) & (kOnes * 0x80)) == 0;
}

/// The same question for one byte.
bool is_letter(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return code >= ' ' && code < 0x80 && byte != '"' && byte != '\\';
}

/// Whether a backslash takes this byte along.
bool is_escapable(char byte) { return byte == '"' || byte == '\\' || is_letter(byte); }

/// Positions are passed from hand to hand and not kept in a member, because a member would have to
/// be written back before every look at a char: three times the time.
class Scan {
 public:
  Scan(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  base::Result<> run() {
    if (text_.size() > limits_.bytes)
      return base::fail(
          base::invalid("document is larger than " + std::to_string(limits_.bytes) + " bytes"));
    for (std::size_t at = 0; problem_ == nullptr && at < text_.size();) at = step(at);
    if (values_ > limits_.values) stop(text_.size(), "too many values");
    if (depth_ > 0) stop(text_.size(), "nothing closes what was opened,");
    if (problem_ == nullptr) return {};
    return base::fail(
        base::invalid(std::string(problem_) + " at offset " + std::to_string(stopped_at_)));
  }

 private:
  std::size_t step(std::size_t at) {
    switch (class_of(at)) {
      case kPlain:
        return begin_value(at), skip_plain(at);
      case kBlank:
        return skip_blanks(at);
      case kQuote:
        return begin_value(at), skip_string(at + 1);
      case kOpen:
        return open(at);
      case kClose:
        return close(at);
      case kComma:
        return count(at), at + 1;
      case kOther:
        break;
    }
    return skip_characters(at);
  }

  // A comma stands for the value behind it, an opening bracket for its first one, unless nothing is
  // in it.
  void begin_value(std::size_t at) {
    if (fresh_) count(at);
    fresh_ = false;
  }
  void count(std::size_t at) {
    if (++values_ > limits_.values) stop(at, "too many values");
  }
  std::size_t open(std::size_t at) {
    begin_value(at);
    if (++depth_ > limits_.depth) stop(at, "nested too deeply");
    fresh_ = true;
    return at + 1;
  }
  std::size_t close(std::size_t at) {
    if (depth_-- == 0) stop(at, "nothing to close");
    fresh_ = false;
    return at + 1;
  }

  /// Numbers, literals, colons: whatever is longer is no number that anybody needs.
  std::size_t skip_plain(std::size_t at) {
    const auto most = std::min(text_.size(), at + kLongestNumber + 1);
    const auto begin = at;
    while (at < most && class_of(at) == kPlain) ++at;
    if (at - begin > kLongestNumber) stop(begin, "number too long");
    return at;
  }

  std::size_t skip_blanks(std::size_t at) const {
    while (at + kWord <= text_.size() && word_at(at) == kOnes * ' ') at += kWord;
    while (at < text_.size() && class_of(at) == kBlank) ++at;
    return at;
  }

  std::size_t skip_string(std::size_t at) {
    while (problem_ == nullptr && at < text_.size()) {
      while (at + kWord <= text_.size() && all_plain(word_at(at))) at += kWord;
      while (at < text_.size() && is_letter(text_[at])) ++at;
      if (at == text_.size()) break;
      if (text_[at] == '"') return at + 1;
      if (text_[at] == '\\')
        at = skip_escapes(at);
      else
        at = skip_characters(at);
    }
    stop(at, "string without an end");
    return at;
  }

  /// A backslash takes the letter behind it along, a quote and another backslash too. Runs of
  /// backslashes and of \uXXXX are taken by words: a document may be made of them.
  std::size_t skip_escapes(std::size_t at) const {
    while (at < text_.size() && text_[at] == '\\') {
      if (at + kWord <= text_.size() && word_at(at) == kOnes * '\\') {
        at += kWord;
      } else if (is_long_escape(at)) {
        at += kLongEscape;
      } else {
        ++at;
        if (at < text_.size() && is_escapable(text_[at])) ++at;
      }
    }
    return at;
  }

  /// Whether four letters follow \u; which ones is the parser's business.
  bool is_long_escape(std::size_t at) const {
    if (at + kLongEscape > text_.size() || text_[at + 1] != 'u') return false;
    std::uint64_t letters = kOnes * 'a';
    std::memcpy(&letters, text_.data() + at + 2, kLongEscape - 2);
    return all_plain(letters);
  }

  /// A run of characters that are not ASCII, at least one of them. Control characters are none, and
  /// refused here because RapidJSON's SIMD loop lets 0x1A to 0x1F through.
  std::size_t skip_characters(std::size_t at) {
    if (static_cast<unsigned char>(text_[at]) < ' ')
      return stop(at, text_[at] == '\0' ? "NUL byte" : "control character"), at;
    do {
      const auto length = base::utf8_length(text_, at);
      if (length == 0) return stop(at, "invalid UTF-8"), at;
      at += length;
    } while (at < text_.size() && static_cast<unsigned char>(text_[at]) >= 0x80);
    return at;
  }

  Class class_of(std::size_t at) const { return kClasses[static_cast<unsigned char>(text_[at])]; }
  std::uint64_t word_at(std::size_t at) const {
    std::uint64_t word = 0;
    std::memcpy(&word, text_.data() + at, sizeof word);
    return word;
  }

  void stop(std::size_t at, const char* problem) {
    if (problem_ == nullptr) problem_ = problem, stopped_at_ = at;
  }

  std::string_view text_;
  Limits limits_;
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

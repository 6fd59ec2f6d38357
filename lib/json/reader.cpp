#include "json/reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "base/utf8.hpp"
#include "json/unescape.hpp"

namespace json {
namespace {

using detail::Block;
using detail::Cell;
using detail::kBlock;
using detail::Kind;

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kLongestNumber = 1024;
/// So many digits without an exponent are below the largest double.
constexpr std::size_t kSurelyFinite = 300;

bool is_ascii(char byte) { return static_cast<unsigned char>(byte) < 0x80; }

/// Positions are passed from hand to hand and not kept in a member, because a member would have to
/// be written back before every look at a char. nullptr: something is wrong, and noted.
class Reader {
 public:
  Reader(detail::Tape& tape, std::size_t size, const Limits& limits)
      : tape_(tape),
        begin_(tape.text.data()),
        end_(begin_ + size),
        most_depth_(limits.depth),
        values_left_(limits.values) {
    // A value takes two bytes with what separates it from the next, and so does a key; only
    // brackets that are not closed yet take one. Of what is reserved only what is used gets memory.
    const auto room = std::min(size / 2 + limits.depth, 2 * limits.values) + 2;
    if (tape.room < room) {
      tape.cells = std::make_unique_for_overwrite<Cell[]>(room);
      tape.room = room;
    }
    cells_ = tape.cells.get();
    tape.has_escapes = false;
  }

  base::Result<> run() {
    char* at = value(skip_blanks(begin_));
    while (at != nullptr && open_ != kNone) at = next(skip_blanks(at));
    if (at != nullptr) at = skip_blanks(at);
    if (at != nullptr && at != end_) unexpected(at, "not JSON: more behind the document");
    if (problem_ == nullptr) return {};
    return base::fail(
        base::invalid(std::string(problem_) + " at offset " + std::to_string(wrong_at_ - begin_)));
  }

 private:
  /// Inside of a container: behind its opening bracket, or behind a value.
  char* next(char* at) {
    auto& around = cells_[open_];
    const bool is_object = around.kind == Kind::object;
    if (*at == (is_object ? '}' : ']')) return close(at);
    if (is_fresh_) {
      is_fresh_ = false;
    } else {
      if (*at != ',') return unexpected(at, "not JSON: a comma or a closing bracket is missing");
      at = skip_blanks(at + 1);
    }
    ++around.length;
    return is_object ? member(at) : value(at);
  }

  char* member(char* at) {
    if (*at != '"') return unexpected(at, "not JSON: a member's name is missing");
    at = string(at + 1);
    if (at == nullptr) return nullptr;
    at = skip_blanks(at);
    if (*at != ':') return unexpected(at, "not JSON: a colon is missing");
    return value(skip_blanks(at + 1));
  }

  char* value(char* at) {
    if (values_left_-- == 0) return wrong(at, "too many values");
    if (*at == '"') return string(at + 1);
    switch (*at) {
      case '{':
        return open(at, Kind::object);
      case '[':
        return open(at, Kind::array);
      case 't':
        return literal(at, "true", Kind::yes);
      case 'f':
        return literal(at, "false", Kind::no);
      case 'n':
        return literal(at, "null", Kind::null);
      default:
        return number(at);
    }
  }

  char* open(char* at, Kind kind) {
    if (++depth_ > most_depth_) return wrong(at, "nested too deeply");
    const auto around = std::exchange(open_, count_);
    cells_[count_++] = {.offset = 0, .length = 0, .next = around, .kind = kind};
    is_fresh_ = true;
    return at + 1;
  }

  /// While a container is open its `next` is the one around it.
  char* close(char* at) {
    open_ = std::exchange(cells_[open_].next, count_);
    --depth_;
    is_fresh_ = false;
    return at + 1;
  }

  char* literal(char* at, std::string_view text, Kind kind) {
    if (std::memcmp(at, text.data(), text.size()) != 0)
      return unexpected(at, "not JSON: a value is missing");
    add(kind, at, at);
    return at + text.size();
  }

  /// Most strings are one block and nothing strange: as part of its callers this costs half.
  [[gnu::always_inline]] char* string(char* const begin) {
    char* const at = begin + Block(begin).letters();
    if (*at != '"') return long_string(begin, at);
    return add(Kind::string, begin, at), at + 1;
  }

  char* long_string(char* const begin, char* at) {
    for (;;) {
      const auto letters = Block(at).letters();
      at += letters;
      if (letters == kBlock) continue;
      if (*at == '"') return add(Kind::string, begin, at), at + 1;
      if (*at == '\\') return escaped(begin, at);
      at = characters(at);
      if (at == nullptr) return nullptr;
    }
  }

  /// A string from its first backslash on: what follows moves forward over what the escapes took.
  char* escaped(char* const begin, char* from) {
    tape_.has_escapes = true;
    for (char* to = from;;) {
      const auto letters = Block(from).letters();
      std::memmove(to, from, letters);
      from += letters, to += letters;
      if (letters == kBlock) continue;
      if (*from == '"') return add(Kind::string, begin, to), from + 1;
      if (*from == '\\') {
        if (!unescape(from, to)) return unexpected(from, "not JSON: an escape is wrong");
      } else {
        char* const part = from;
        from = characters(part);
        if (from == nullptr) return nullptr;
        to = std::copy(part, from, to);
      }
    }
  }

  /// A run of characters that are not ASCII, with single letters between them.
  char* characters(char* at) {
    if (static_cast<unsigned char>(*at) < ' ') return control(at);
    const std::string_view rest(at, static_cast<std::size_t>(end_ - at));
    std::size_t used = 0;
    do {
      const auto length = base::utf8_length(rest, used);
      if (length == 0) return wrong(at + used, "invalid UTF-8");
      used += length;
      if (detail::is_letter(at[used]) && !is_ascii(at[used + 1])) ++used;
    } while (!is_ascii(at[used]));
    return at + used;
  }

  char* control(char* at) {
    if (at == end_) return wrong(at, "string without an end");
    return wrong(at, *at == '\0' ? "NUL byte" : "control character");
  }

  char* number(char* const begin) {
    char* at = begin;
    const char* most = begin + kLongestNumber + 1;
    if (*at == '-') ++at;
    bool is_fine = *at == '0' ? (++at, true) : skip_digits(at, most);
    if (is_fine && *at == '.') is_fine = skip_digits(++at, most);
    const bool has_exponent = is_fine && (*at == 'e' || *at == 'E');
    if (has_exponent) {
      ++at;
      if (*at == '+' || *at == '-') ++at;
      is_fine = skip_digits(at, most);
    }
    if (!is_fine) return unexpected(at, "not JSON: a value is missing");
    if (at >= most) return wrong(begin, "number too long");
    const auto size = static_cast<std::size_t>(at - begin);
    if ((has_exponent || size > kSurelyFinite) && !is_finite({begin, size}))
      return wrong(begin, "number beyond a double");
    return add(Kind::number, begin, at), at;
  }

  static bool skip_digits(char*& at, const char* most) {
    const char* begin = at;
    while (*at >= '0' && *at <= '9' && at < most) ++at;
    return at != begin;
  }
  static bool is_finite(std::string_view number) {
    return std::isfinite(std::strtod(std::string(number).c_str(), nullptr));
  }

  static char* skip_blanks(char* at) {
    if (static_cast<unsigned char>(*at) > ' ') return at;
    for (;;) {
      const auto blanks = Block(at).blanks();
      at += blanks;
      if (blanks < kBlock) return at;
    }
  }

  void add(Kind kind, const char* begin, const char* end) {
    auto& cell = cells_[count_++];
    cell = {.offset = static_cast<std::uint32_t>(begin - begin_),
            .length = static_cast<std::uint32_t>(end - begin),
            .next = count_,
            .kind = kind};
  }

  char* wrong(const char* at, const char* problem) {
    problem_ = problem;
    wrong_at_ = at;
    return nullptr;
  }
  /// What stands there says more than what was expected.
  char* unexpected(const char* at, const char* problem) {
    if (at >= end_) return wrong(end_, "not JSON: the text ends early");
    if (*at == '\0') return wrong(at, "NUL byte");
    if (!is_ascii(*at) && base::utf8_length({at, static_cast<std::size_t>(end_ - at)}, 0) == 0)
      return wrong(at, "invalid UTF-8");
    return wrong(at, problem);
  }

  detail::Tape& tape_;
  Cell* cells_;
  char* const begin_;
  char* const end_;
  const std::size_t most_depth_;
  std::size_t values_left_, depth_ = 0;
  std::uint32_t count_ = 0;  ///< of cells
  std::uint32_t open_ = kNone;
  bool is_fresh_ = false;  ///< right behind an opening bracket
  const char* problem_ = nullptr;
  const char* wrong_at_ = nullptr;
};

}  // namespace

base::Result<> read_tape(detail::Tape& tape, std::size_t size, const Limits& limits) {
  return Reader(tape, size, limits).run();
}

}  // namespace json

#include "json/unescape.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace json {
namespace {

constexpr std::size_t kLong = 6;       // \uXXXX
constexpr unsigned kNoUnit = 0x10000;  // more than four digits can say
constexpr unsigned kReplacement = 0xFFFD;

constexpr std::array<std::uint8_t, 256> kDigits = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(16);
  for (unsigned i = 0; i < 10; ++i) table['0' + i] = static_cast<std::uint8_t>(i);
  for (unsigned i = 0; i < 6; ++i)
    table['a' + i] = table['A' + i] = static_cast<std::uint8_t>(10 + i);
  return table;
}();

/// What follows a backslash, and what both stand for; 0: no such escape, or a long one.
constexpr std::array<char, 256> kShort = [] {
  std::array<char, 256> table{};
  table['"'] = '"', table['\\'] = '\\', table['/'] = '/';
  table['b'] = '\b', table['f'] = '\f', table['n'] = '\n', table['r'] = '\r', table['t'] = '\t';
  return table;
}();

/// The code unit of the escape at `at`. Stops at the first byte that is no digit.
unsigned code_unit(const char* at) {
  if (at[0] != '\\' || at[1] != 'u') return kNoUnit;
  unsigned unit = 0;
  for (std::size_t i = 2; i < kLong; ++i) {
    const unsigned digit = kDigits[static_cast<unsigned char>(at[i])];
    if (digit > 15) return kNoUnit;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool is_high(unsigned unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(unsigned unit) { return unit >= 0xDC00 && unit < 0xE000; }

/// At most four bytes, which is less than any long escape has.
char* write_utf8(char* to, unsigned code) {
  const auto put = [&to](unsigned byte) { *to++ = static_cast<char>(byte); };
  const auto follow = [&](unsigned shift) { put(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) return put(code), to;
  if (code < 0x800) return put(0xC0 | code >> 6), follow(0), to;
  if (code < 0x10000) return put(0xE0 | code >> 12), follow(6), follow(0), to;
  return put(0xF0 | code >> 18), follow(12), follow(6), follow(0), to;
}

/// \uXXXX, or two of them. nullptr: it is none.
char* unescape_long(char* from, char*& to) {
  const auto unit = code_unit(from);
  if (unit == kNoUnit) return nullptr;
  const auto second = is_high(unit) ? code_unit(from + kLong) : kNoUnit;
  const bool is_pair = second != kNoUnit && is_low(second);
  const bool is_half = !is_pair && (is_high(unit) || is_low(unit));
  const auto code = is_pair   ? 0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00)
                    : is_half ? kReplacement
                              : unit;
  to = write_utf8(to, code);
  return from + (is_pair ? 2 * kLong : kLong);
}

}  // namespace

bool unescape(char*& from, char*& to) {
  char* at = from;
  char* out = to;
  for (; *at == '\\'; from = at, to = out) {
    if (const char letter = kShort[static_cast<unsigned char>(at[1])]; letter != 0) {
      *out++ = letter;
      at += 2;
    } else if (at = unescape_long(at, out); at == nullptr) {
      return false;
    }
  }
  return true;
}

}  // namespace json

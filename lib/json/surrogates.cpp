#include "json/surrogates.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace json {
namespace {

constexpr std::size_t kEscape = 6;  // \uXXXX
constexpr std::string_view kReplacement = "\\ufffd";

constexpr std::array<std::uint8_t, 256> kDigits = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(16);
  for (unsigned i = 0; i < 10; ++i) table['0' + i] = static_cast<std::uint8_t>(i);
  for (unsigned i = 0; i < 6; ++i)
    table['a' + i] = table['A' + i] = static_cast<std::uint8_t>(10 + i);
  return table;
}();

/// The code unit of the escape at `at`; 0 where there is none.
unsigned code_unit(std::string_view text, std::size_t at) {
  if (at + kEscape > text.size() || text[at] != '\\' || text[at + 1] != 'u') return 0;
  unsigned unit = 0;
  for (const char letter : text.substr(at + 2, 4)) {
    const unsigned digit = kDigits[static_cast<unsigned char>(letter)];
    if (digit > 15) return 0;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool is_high(unsigned unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(unsigned unit) { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

void replace_lone_surrogates(std::string& text) {
  // Outside of strings a backslash is an error, which stays one.
  for (std::size_t at = text.find('\\'); at < text.size();) {
    const unsigned unit = code_unit(text, at);
    const bool pair = is_high(unit) && is_low(code_unit(text, at + kEscape));
    if (!pair && (is_high(unit) || is_low(unit))) kReplacement.copy(text.data() + at, kEscape);
    at += pair ? 2 * kEscape : unit == 0 ? 2 : kEscape;
    if (at < text.size() && text[at] != '\\') at = text.find('\\', at);
  }
}

}  // namespace json

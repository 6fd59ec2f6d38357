#include "json/surrogates.hpp"

#include <charconv>
#include <string_view>

namespace json {
namespace {

constexpr std::size_t kEscape = 6;  // \uXXXX

/// The code unit of the escape at `at`; 0 where there is none.
unsigned code_unit(std::string_view text, std::size_t at) {
  if (at + kEscape > text.size() || text[at] != '\\' || text[at + 1] != 'u') return 0;
  unsigned unit = 0;
  const auto* end = text.data() + at + kEscape;
  const auto [stop, error] = std::from_chars(text.data() + at + 2, end, unit, 16);
  return error == std::errc() && stop == end ? unit : 0;
}

bool is_high(unsigned unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(unsigned unit) { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

void replace_lone_surrogates(std::string& text) {
  // Outside of strings a backslash is an error, which stays one.
  for (std::size_t at = text.find('\\'); at < text.size(); at = text.find('\\', at)) {
    const unsigned unit = code_unit(text, at);
    if (unit == 0) {
      at += 2;
    } else if (is_high(unit) && is_low(code_unit(text, at + kEscape))) {
      at += 2 * kEscape;
    } else {
      if (is_high(unit) || is_low(unit)) text.replace(at, kEscape, "\\ufffd");
      at += kEscape;
    }
  }
}

}  // namespace json

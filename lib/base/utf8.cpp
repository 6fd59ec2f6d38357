#include "base/utf8.hpp"

#include <array>
#include <cstdint>

namespace base {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// The letter after the backslash; 'u' for a control character without a short form; 0: stands for
/// itself.
constexpr std::array<char, 128> kEscapes = [] {
  std::array<char, 128> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = 'u';
  table['\b'] = 'b', table['\f'] = 'f', table['\n'] = 'n', table['\r'] = 'r', table['\t'] = 't';
  table['"'] = '"', table['\\'] = '\\', table[0x7F] = 'u';
  return table;
}();

void append_escape(std::string& out, unsigned char letter) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '\\';
  out += kEscapes[letter];
  if (kEscapes[letter] == 'u') out.append("00").append({digits[letter >> 4], digits[letter & 15]});
}

}  // namespace

std::string cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return std::string(text.substr(0, most)) + "...";
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // start of the run that needs no change
  for (std::size_t at = 0; at < text.size();) {
    const auto letter = static_cast<unsigned char>(text[at]);
    const auto length = letter < 0x80 ? 1 : utf8_length(text, at);
    if (letter < 0x80 ? kEscapes[letter] == 0 : length > 0) {
      at += length;
      continue;
    }
    out += text.substr(plain, at - plain);
    if (letter < 0x80)
      append_escape(out, letter);
    else
      out += kReplacement;
    plain = ++at;
  }
  out += text.substr(plain);
  out += '"';
}

}  // namespace base

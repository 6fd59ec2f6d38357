#include "base/base64.hpp"

#include <array>
#include <cstdint>

namespace base {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> table_of(std::string_view alphabet) {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}

std::optional<std::string> decode(std::string_view text, const std::array<std::int8_t, 256>& table,
                                  bool padding_required) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int held = 0;  // letters in the current group of four
  int padding = 0;
  for (const char letter : text) {
    if (letter == '\r' || letter == '\n') continue;
    if (letter == '=') {
      if (held + padding < 2 || held + padding >= 4) return std::nullopt;
      ++padding;
      continue;
    }
    const auto value = table[static_cast<unsigned char>(letter)];
    if (value < 0 || padding > 0) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    if (++held < 4) continue;
    out += {static_cast<char>(bits >> 16), static_cast<char>(bits >> 8), static_cast<char>(bits)};
    bits = 0, held = 0;
  }
  const bool padded = held == 0 ? padding == 0 : held + padding == 4;
  if (held == 1 || (!padded && (padding_required || padding > 0))) return std::nullopt;
  if (held == 2) out += static_cast<char>(bits >> 4);
  if (held == 3) out += {static_cast<char>(bits >> 10), static_cast<char>(bits >> 2)};
  return out;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = (group << 8) | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k > bytes.size() ? '=' : kStandard[(group >> (18 - 6 * k)) & 63];
  }
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  static constexpr auto table = table_of(kStandard);
  return decode(text, table, true);
}

std::optional<std::string> base64url_decode(std::string_view text) {
  static constexpr auto table = table_of(kUrl);
  return decode(text, table, false);
}

}  // namespace base

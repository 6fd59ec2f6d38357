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

std::uint32_t group_at(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < count; ++i)
    group |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (16 - 8 * i);
  return group;
}

void write_group(char* to, std::uint32_t group) {
  to[0] = kStandard[group >> 18];
  to[1] = kStandard[(group >> 12) & 63];
  to[2] = kStandard[(group >> 6) & 63];
  to[3] = kStandard[group & 63];
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

void append_base64(std::string& out, std::string_view bytes) {
  const auto begin = out.size();
  const auto size = begin + (bytes.size() + 2) / 3 * 4;
  out.resize_and_overwrite(size, [&](char* text, std::size_t) {
    char* to = text + begin;
    const auto whole = bytes.size() / 3 * 3;
    for (std::size_t i = 0; i < whole; i += 3, to += 4) write_group(to, group_at(bytes, i, 3));
    const auto rest = bytes.size() - whole;
    if (rest > 0) write_group(to, group_at(bytes, whole, rest));
    for (std::size_t missing = rest > 0 ? 3 - rest : 0; missing > 0; --missing)
      to[4 - missing] = '=';
    return size;
  });
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

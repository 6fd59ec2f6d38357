#include "base/base64.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

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

/// Two letters for each twelve bits: half the look-ups of one for six.
constexpr std::array<std::array<char, 2>, 4096> kPairs = [] {
  std::array<std::array<char, 2>, 4096> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = {kStandard[i >> 6], kStandard[i & 63]};
  return table;
}();

std::uint32_t group_at(const unsigned char* bytes) {
  return static_cast<std::uint32_t>(bytes[0] << 16 | bytes[1] << 8 | bytes[2]);
}

void write_group(char* to, std::uint32_t group) {
  std::memcpy(to, kPairs[group >> 12].data(), 2);
  std::memcpy(to + 2, kPairs[group & 4095].data(), 2);
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
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
    const auto* end = from + bytes.size() / 3 * 3;
    for (; from != end; from += 3, to += 4) write_group(to, group_at(from));
    const auto rest = bytes.size() % 3;
    if (rest == 0) return size;
    std::array<unsigned char, 3> last{};
    std::copy_n(from, rest, last.begin());
    write_group(to, group_at(last.data()));
    std::fill(to + rest + 1, to + 4, '=');
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

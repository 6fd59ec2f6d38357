#include "webhook/alicloud/api/field_errors.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

namespace alicloud {

namespace {

std::string join(std::string_view path, std::string_view type, std::string_view rest) {
  auto text = std::string(path).append(": ").append(type);
  return rest.empty() ? text : text.append(": ").append(rest);
}

struct Range {
  char32_t first, last;
};

// What Go's unicode.IsPrint says no to, as far as it is likely in a message: controls, blanks but
// the one, formatting, private use.
constexpr std::array kUnprintable{
    Range{0x7F, 0xA0},     Range{0xAD, 0xAD},     Range{0x1680, 0x1680},   Range{0x2000, 0x200F},
    Range{0x2028, 0x202F}, Range{0x205F, 0x206F}, Range{0x3000, 0x3000},   Range{0xE000, 0xF8FF},
    Range{0xFEFF, 0xFEFF}, Range{0xFFF9, 0xFFFB}, Range{0xE0000, 0x10FFFF}};

bool is_printable(char32_t c) {
  return c >= 0x20 && std::ranges::none_of(
                          kUnprintable, [c](const auto& r) { return c >= r.first && c <= r.last; });
}

/// The text is valid UTF-8: it comes out of a Dom.
std::size_t length_of(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  return byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

char32_t decode(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  constexpr std::array<unsigned char, 5> kLeadBits{0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t code = lead & kLeadBits[character.size()];
  for (const char c : character.substr(1))
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3F);
  return code;
}

std::string escape(char32_t code) {
  constexpr std::string_view kNamed = "\a\b\f\n\r\t\v";
  constexpr std::string_view kLetters = "abfnrtv";
  if (const auto at = code < 0x80 ? kNamed.find(static_cast<char>(code)) : std::string_view::npos;
      at != std::string_view::npos) {
    return {'\\', kLetters[at]};
  }
  const char* form = code < 0x80 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x";
  std::array<char, 16> text{};
  const int length = std::snprintf(text.data(), text.size(), form, static_cast<unsigned>(code));
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

std::string required(std::string_view path, std::string_view detail) {
  return join(path, "Required value", detail);
}

std::string forbidden(std::string_view path, std::string_view detail) {
  return join(path, "Forbidden", detail);
}

std::string internal_error(std::string_view path, std::string_view detail) {
  return join(path, "Internal error", detail);
}

std::string invalid_value(std::string_view path, std::string_view value, std::string_view detail) {
  return join(path, "Invalid value", std::string(value).append(": ").append(detail));
}

std::string unsupported(std::string_view path, std::string_view value,
                        const std::vector<std::string_view>& supported) {
  auto rest = quoted(value).append(": supported values: ");
  for (std::size_t i = 0; i < supported.size(); ++i)
    rest.append(i > 0 ? ", " : "").append(quoted(supported[i]));
  return join(path, "Unsupported value", rest);
}

std::string too_many(std::string_view path, std::size_t count, std::size_t most) {
  return join(path, "Too many",
              std::to_string(count) + ": must have at most " + std::to_string(most) + " items");
}

std::string too_long(std::string_view path, std::size_t most) {
  return join(path, "Too long", "may not be more than " + std::to_string(most) + " bytes");
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const auto character = text.substr(at, length_of(text[at]));
    at += character.size();
    if (character == "\"" || character == "\\") out += '\\';
    const auto code = decode(character);
    if (is_printable(code)) {
      out += character;
    } else {
      out += escape(code);
    }
  }
  return out += '"';
}

std::string as_go_json(std::string_view json) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kEscapes{
      {{"<", "\\u003c"},
       {">", "\\u003e"},
       {"&", "\\u0026"},
       {"\xE2\x80\xA8", "\\u2028"},
       {"\xE2\x80\xA9", "\\u2029"}}};
  std::string out;
  while (!json.empty()) {
    const auto escape = std::ranges::find_if(
        kEscapes, [&](const auto& candidate) { return json.starts_with(candidate.first); });
    out += escape == kEscapes.end() ? json.substr(0, 1) : escape->second;
    json.remove_prefix(escape == kEscapes.end() ? 1 : escape->first.size());
  }
  return out;
}

std::string quoted_or_null(const std::optional<std::string_view>& text) {
  return text ? quoted(*text) : "null";
}

std::string child(std::string_view path, std::string_view name) {
  if (name.empty()) return std::string(path).append("[]");
  return std::string(path).append(".").append(name);
}

std::string child(std::string_view path, std::size_t index) {
  return std::string(path).append("[").append(std::to_string(index)).append("]");
}

void Errors::add(std::string text) {
  if (is_full()) return;
  bytes_ += text.size();
  texts_.push_back(std::move(text));
}

std::optional<std::string> Errors::text() const {
  std::vector<std::string_view> unique;
  std::set<std::string_view> seen;
  for (const auto& text : texts_) {
    if (seen.insert(text).second) unique.push_back(text);
  }
  if (unique.empty()) return std::nullopt;
  if (unique.size() == 1) return std::string(unique.front());
  std::string all = "[";
  for (const auto text : unique) all.append(all.size() > 1 ? ", " : "").append(text);
  return all += ']';
}

}  // namespace alicloud

#include "cli/text.hpp"

#include <array>

namespace cli {

std::string span(std::chrono::milliseconds time) {
  struct Unit {
    std::int64_t seconds;
    char name;
  };
  constexpr std::array kUnits{Unit{86'400, 'd'}, Unit{3'600, 'h'}, Unit{60, 'm'}, Unit{1, 's'}};
  auto left = std::abs(std::chrono::duration_cast<std::chrono::seconds>(time).count());
  std::string text;
  int shown = 0;
  for (const auto& unit : kUnits) {
    const auto count = left / unit.seconds;
    left %= unit.seconds;
    if (count == 0 && shown == 0) continue;
    if (++shown > 2) break;
    if (count > 0) text += std::to_string(count) + unit.name;
  }
  return text.empty() ? "0s" : text;
}

std::string when(base::TimePoint then, base::TimePoint now) {
  return then > now ? "in " + span(then - now) : span(now - then) + " ago";
}

std::string key_of(const kube::Object& resource) {
  return resource.namespace_name() + "/" + resource.name();
}

const json::Value& condition(const kube::Object& resource, std::string_view type) {
  static const json::Value kNone;
  for (const auto& one : resource.at("status").at("conditions").items())
    if (one.at("type").string_or("") == type) return one;
  return kNone;
}

std::optional<base::TimePoint> time_at(const json::Value& value) {
  return base::parse_rfc3339(value.string_or(""));
}

std::string printable(std::string_view text) {
  std::string clean;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0x7F || (byte < 0x20 && c != '\n')) {
      clean += '?';
    } else {
      clean += c;
    }
  }
  return clean;
}

}  // namespace cli

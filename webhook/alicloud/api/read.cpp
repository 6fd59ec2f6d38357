#include "webhook/alicloud/api/read.hpp"

#include <utility>
#include <vector>

#include "base/base64.hpp"
#include "base/clock.hpp"
#include "base/utf8.hpp"
#include "json/value.hpp"

namespace alicloud {

namespace {

constexpr std::size_t kMostStrictErrors = 32;  // a message is for people

/// Writes a value and what is below it.
class Compact {
 public:
  Compact(std::string& out, json::DomNode of, std::string_view source)
      : out_(out), source_(source), is_verbatim_(!of.has_escapes()) {}

  /// The Dom unescapes in place: a string begins where it began in the source.
  void append_string(std::string_view text, std::size_t offset) {
    if (is_verbatim_) return void(out_.append("\"").append(text).append("\""));
    if (offset >= source_.size()) return base::append_json_string(out_, text);
    auto end = offset;
    while (end < source_.size() && source_[end] != '"') end += source_[end] == '\\' ? 2 : 1;
    out_.append("\"").append(source_.substr(offset, end - offset)).append("\"");
  }

  void append(json::DomNode node) {
    if (node.is_object()) return append_members(node);
    if (node.is_array()) return append_items(node);
    if (node.string()) append_string(*node.string(), node.offset());
    if (const auto number = node.number_text()) out_ += *number;
    if (const auto boolean = node.boolean()) out_ += *boolean ? "true" : "false";
    if (node.is_null()) out_ += "null";
  }

 private:
  void append_members(json::DomNode node) {
    char before = '{';
    node.each_member([&](std::string_view key, json::DomNode value) {
      out_ += std::exchange(before, ',');
      append_string(key, node.offset_of(key));
      out_ += ':';
      append(value);
    });
    if (before == '{') out_ += before;
    out_ += '}';
  }

  void append_items(json::DomNode node) {
    char before = '[';
    node.each_item([&](std::size_t, json::DomNode item) {
      out_ += std::exchange(before, ',');
      append(item);
    });
    if (before == '[') out_ += before;
    out_ += ']';
  }

  std::string& out_;
  std::string_view source_;
  bool is_verbatim_;
};

}  // namespace

std::string to_string(const Place& place) {
  std::string path = place.up != nullptr ? to_string(*place.up) : std::string();
  if (place.index) return path.append("[").append(std::to_string(*place.index)).append("]");
  if (!path.empty()) path += '.';
  return path.append(place.key);
}

void Reading::expected(const Place& at, std::string_view what) {
  if (!first_wrong_.empty()) return;
  first_wrong_ = to_string(at);
  if (!first_wrong_.empty()) first_wrong_ += ": ";
  first_wrong_.append("expected ").append(what);
}

void Reading::strict_error(std::string_view what, const Place& at) {
  if (++strict_errors_ > kMostStrictErrors) return;
  if (!strict_.empty()) strict_ += ", ";
  strict_.append(what).append(" field \"").append(to_string(at)).append("\"");
}

base::Result<> Reading::outcome() const {
  if (!first_wrong_.empty()) return base::fail(base::invalid(first_wrong_));
  if (strict_errors_ == 0) return {};
  const bool cut = strict_errors_ > kMostStrictErrors;
  return base::fail(base::invalid("strict decoding error: " + strict_ + (cut ? ", ..." : "")));
}

void read(Reading& reading, const Place& at, json::DomNode node, std::string_view& out) {
  if (node.is_null()) return;
  const auto text = node.string();
  if (!text) return reading.expected(at, "a string");
  out = *text;
}

void read(Reading& reading, const Place& at, json::DomNode node, bool& out) {
  if (node.is_null()) return;
  const auto boolean = node.boolean();
  if (!boolean) return reading.expected(at, "a boolean");
  out = *boolean;
}

void read(Reading& reading, const Place& at, json::DomNode node, std::int64_t& out) {
  if (node.is_null()) return;
  const auto text = node.number_text();
  const auto number = text ? json::Number{std::string(*text)}.as_int64() : std::nullopt;
  if (!number) return reading.expected(at, "an integer of 64 bits");
  out = *number;
}

void read(Reading& reading, const Place&, json::DomNode node, Raw& out) {
  out = {.node = node, .source = reading.source()};
}

void read(Reading& reading, const Place& at, json::DomNode node, Timestamp& out) {
  if (node.is_null()) return;
  const auto text = node.string();
  if (!text || !base::parse_rfc3339(*text)) return reading.expected(at, "a time as in RFC 3339");
  out.text = *text;
}

void read(Reading& reading, const Place& at, json::DomNode node, CheckedTexts&) {
  if (node.is_null()) return;
  if (!node.is_object()) return reading.expected(at, "an object");
  node.each_member([&](std::string_view key, json::DomNode value) {
    const Place here{.up = &at, .key = key, .index = {}};
    if (!value.is_null() && !value.string()) reading.expected(here, "a string");
  });
}

void read(Reading& reading, const Place& at, json::DomNode node, base::Secret& out) {
  if (node.is_null()) return;
  const auto text = node.string();
  auto bytes = text ? base::base64_decode(*text) : std::nullopt;
  if (!bytes) return reading.expected(at, "base64");
  out = base::Secret::consume(*bytes);
}

std::string compact(const Raw& raw) {
  std::string out;
  Compact(out, raw.node, raw.source).append(raw.node);
  return out;
}

void append_compact(std::string& out, json::DomNode node) { Compact(out, node, {}).append(node); }

void append_key(std::string& out, json::DomNode of, std::string_view key) {
  Compact(out, of, {}).append_string(key, of.offset_of(key));
}

}  // namespace alicloud

#include "webhook/alicloud/api/read.hpp"

#include <algorithm>
#include <span>
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
  Compact(std::string& out, std::string_view source) : out_(out), source_(source) {}

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

  /// The Dom unescapes in place: a string begins where it began in the source.
  void append_string(std::string_view text, std::size_t offset) {
    if (offset >= source_.size()) return base::append_json_string(out_, text);
    auto end = offset;
    while (end < source_.size() && source_[end] != '"') end += source_[end] == '\\' ? 2 : 1;
    out_.append("\"").append(source_.substr(offset, end - offset)).append("\"");
  }

  std::string& out_;
  std::string_view source_;
};

/// Walks two values side by side. What it has seen of the containers around it is kept in one list,
/// so that there is no allocation for each of them.
class Comparison {
 public:
  bool equal(json::DomNode a, json::DomNode b) {
    if (a.is_object() || b.is_object()) return a.is_object() && b.is_object() && objects(a, b);
    if (a.is_array() || b.is_array()) return a.is_array() && b.is_array() && arrays(a, b);
    return a.string() == b.string() && a.boolean() == b.boolean() &&
           a.number_text() == b.number_text();
  }

 private:
  using Member = std::pair<std::string_view, json::DomNode>;

  bool objects(json::DomNode a, json::DomNode b) {
    const auto put = [this](std::string_view key, json::DomNode node) {
      seen_.emplace_back(key, node);
    };
    const auto begin = seen_.size();
    a.each_member(put);
    const auto middle = seen_.size();
    b.each_member(put);
    const auto count = middle - begin;
    if (seen_.size() - middle != count) return seen_.resize(begin), false;
    if (!same_keys(begin, middle)) {
      sort(begin, count);
      sort(middle, count);
    }
    return seen_and_same(begin, middle) && !any_twice(begin, count) && drop(begin);
  }

  bool arrays(json::DomNode a, json::DomNode b) {
    if (a.size() != b.size()) return false;
    const auto put = [this](std::size_t, json::DomNode node) { seen_.emplace_back("", node); };
    const auto begin = seen_.size();
    a.each_item(put);
    const auto middle = seen_.size();
    b.each_item(put);
    return seen_and_same(begin, middle) && drop(begin);
  }

  /// After a difference nobody looks at the list any more.
  bool drop(std::size_t begin) { return seen_.resize(begin), true; }

  bool same_keys(std::size_t begin, std::size_t middle) const {
    for (auto i = begin; i < middle; ++i) {
      if (seen_[i].first != seen_[i + middle - begin].first) return false;
    }
    return true;
  }

  bool seen_and_same(std::size_t begin, std::size_t middle) {
    const auto count = middle - begin;
    for (auto i = begin; i < middle; ++i) {
      if (seen_[i].first != seen_[i + count].first) return false;
      if (!equal(seen_[i].second, seen_[i + count].second)) return false;
    }
    return true;
  }

  void sort(std::size_t begin, std::size_t count) {
    std::ranges::sort(part(begin, count), {}, &Member::first);
  }

  bool any_twice(std::size_t begin, std::size_t count) {
    constexpr std::size_t kFew = 12;  // so many are compared with each other, more are sorted
    if (count > kFew) {
      sort(begin, count);
      return std::ranges::adjacent_find(part(begin, count), {}, &Member::first) !=
             part(begin, count).end();
    }
    for (auto i = begin; i < begin + count; ++i) {
      for (auto other = begin; other < i; ++other)
        if (seen_[i].first == seen_[other].first) return true;
    }
    return false;
  }

  std::span<Member> part(std::size_t begin, std::size_t count) {
    return std::span(seen_).subspan(begin, count);
  }

  std::vector<Member> seen_;
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

void Reading::unknown(const Place& at) { strict_error("unknown", at); }
void Reading::duplicate(const Place& at) { strict_error("duplicate", at); }

void Reading::strict_error(std::string_view what, const Place& at) {
  if (mode_ != Mode::strict || ++strict_errors_ > kMostStrictErrors) return;
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
  Compact(out, raw.source).append(raw.node);
  return out;
}

void append_compact(std::string& out, json::DomNode node) { Compact(out, {}).append(node); }

bool equal(json::DomNode a, json::DomNode b) { return Comparison().equal(a, b); }

}  // namespace alicloud

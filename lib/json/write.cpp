#include <algorithm>
#include <variant>
#include <vector>

#include "base/utf8.hpp"
#include "json/parse.hpp"

namespace json {
namespace {

enum class Style { compact, pretty, canonical };

/// Writes with a stack of its own, because a Value made by hand may be deeper than the machine's.
class Writer {
 public:
  explicit Writer(Style style) : style_(style) {}

  std::string write(const Value& value) {
    begin(value);
    while (!open_.empty()) advance();
    return std::move(out_);
  }

 private:
  /// A container that is being written, and what of it comes next.
  struct Open {
    const Array* items = nullptr;
    std::vector<const Object::Member*> members;
    std::size_t next = 0;
    std::size_t size() const { return items ? items->size() : members.size(); }
  };

  void begin(const Value& value) {
    if (const auto* text = value.as_string()) return base::append_json_string(out_, *text);
    if (const auto* number = value.as_number()) return void(out_ += number->text);
    if (const auto* boolean = value.as_bool()) return void(out_ += *boolean ? "true" : "false");
    if (value.is_null()) return void(out_ += "null");
    out_ += value.as_array() ? '[' : '{';
    open_.push_back(opened(value));
  }

  Open opened(const Value& value) const {
    Open open;
    open.items = value.as_array();
    if (open.items) return open;
    open.members.reserve(value.members().size());
    for (const auto& member : value.members()) open.members.push_back(&member);
    if (style_ == Style::canonical) std::ranges::sort(open.members, {}, &Object::Member::first);
    return open;
  }

  void advance() {
    auto& open = open_.back();
    const auto position = open.next++;
    if (position == open.size()) return close(open);
    if (position > 0) out_ += ',';
    indent(open_.size());
    if (open.items) return begin((*open.items)[position]);
    const auto& [key, value] = *open.members[position];
    base::append_json_string(out_, key);
    out_ += style_ == Style::pretty ? ": " : ":";
    begin(value);
  }

  void close(const Open& open) {
    if (open.size() > 0) indent(open_.size() - 1);
    out_ += open.items ? ']' : '}';
    open_.pop_back();
  }

  void indent(std::size_t depth) {
    if (style_ == Style::pretty) out_.append("\n").append(2 * depth, ' ');
  }

  Style style_;
  std::string out_;
  std::vector<Open> open_;
};

}  // namespace

std::string to_string(const Value& value) { return Writer(Style::compact).write(value); }
std::string to_pretty_string(const Value& value) { return Writer(Style::pretty).write(value); }
std::string to_canonical_string(const Value& value) {
  return Writer(Style::canonical).write(value);
}

}  // namespace json

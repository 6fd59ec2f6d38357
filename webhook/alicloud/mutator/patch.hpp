#pragma once

#include <array>
#include <charconv>
#include <initializer_list>
#include <string>
#include <string_view>

#include "json/dom.hpp"
#include "json/value.hpp"
#include "webhook/alicloud/facts/finding.hpp"

namespace alicloud {

/// A number as it stands in a pointer.
class Digits {
 public:
  explicit Digits(std::size_t number)
      : end_(std::to_chars(text_.data(), text_.data() + text_.size(), number).ptr) {}
  operator std::string_view() const { return {text_.data(), end_}; }

 private:
  std::array<char, 20> text_;
  char* end_;
};

/// A JSON Patch, written down as it is made: there may be thousands of operations.
class Patch {
 public:
  /// The member or item at `pointer`, which holds `before` (null: nothing), becomes `after`. Only
  /// what differs is touched.
  void change(std::string_view pointer, json::DomNode before, const json::Value& after);
  /// A flag at a place where nothing is. `pointer`: in pieces, without anything that JSON or a
  /// pointer would escape.
  void add(std::initializer_list<std::string_view> pointer, bool value);
  /// The same for something that is there. `value`: JSON.
  void replace(std::initializer_list<std::string_view> pointer, std::string_view value);
  /// Empty where nothing is changed.
  std::string take();

 private:
  void put(const json::Value& operation);
  std::string& begin(std::string_view name, std::initializer_list<std::string_view> pointer);
  std::string text_;
};

/// "/spec/provider" and "workers", or 3: one token further, escaped.
std::string below(std::string_view pointer, std::string_view token);
std::string below(std::string_view pointer, std::size_t index);

/// What a mutator comes to: operations that count only where the finding is fine.
struct Mutation {
  Finding finding = Finding::fine();
  Patch patch;

  static Mutation complaint(std::string text) {
    return {.finding = Finding::complaint(std::move(text)), .patch = {}};
  }
  static Mutation unknown() { return {.finding = Finding::unknown(), .patch = {}}; }
};

}  // namespace alicloud

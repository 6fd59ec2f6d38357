#pragma once

#include <optional>
#include <string_view>

#include "json/value.hpp"

namespace json {

/// What a codec reads from. Two kinds exist: ValueNode here, DomNode (dom.hpp) over a parsed text.
/// Both give
///   is_null() is_object() is_array() string() -> const std::string_view* like optional, boolean(),
///   number_text(), size(), each_member(f(std::string_view key, Node)), each_item(f(std::size_t,
///   Node)), to_value().
class ValueNode {
 public:
  explicit ValueNode(const Value& value) : value_(&value) {}
  bool is_null() const { return value_->is_null(); }
  bool is_object() const { return value_->as_object() != nullptr; }
  bool is_array() const { return value_->as_array() != nullptr; }
  std::optional<std::string_view> string() const {
    const auto* text = value_->as_string();
    return text ? std::optional<std::string_view>(*text) : std::nullopt;
  }
  std::optional<bool> boolean() const {
    const auto* boolean = value_->as_bool();
    return boolean ? std::optional(*boolean) : std::nullopt;
  }
  std::optional<std::string_view> number_text() const {
    const auto* number = value_->as_number();
    return number ? std::optional<std::string_view>(number->text) : std::nullopt;
  }
  std::size_t size() const { return value_->items().size(); }
  template <class F>
  void each_member(F&& visit) const {
    for (const auto& [key, value] : value_->members())
      visit(std::string_view(key), ValueNode(value));
  }
  template <class F>
  void each_item(F&& visit) const {
    std::size_t index = 0;
    for (const auto& item : value_->items()) visit(index++, ValueNode(item));
  }
  Value to_value() const { return *value_; }

 private:
  const Value* value_;
};

}  // namespace json

#include "json/value.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "json/lookup.hpp"

namespace json {

std::optional<std::int64_t> Number::as_int64() const {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<double> Number::as_double() const {
  double value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || error == std::errc::invalid_argument) return std::nullopt;
  // from_chars says out_of_range for too small as well, which every reader of JSON takes for zero.
  if (error == std::errc::result_out_of_range) value = std::strtod(text.c_str(), nullptr);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

Object::Object(std::initializer_list<Member> members) {
  for (const auto& [key, value] : members) set(key, value);
}

Object Object::of_unique(std::vector<Member> members) {
  Object object;
  object.members_ = std::move(members);
  return object;
}

const Value* Object::find(std::string_view key) const {
  const auto found = std::ranges::find(members_, key, &Member::first);
  return found == members_.end() ? nullptr : &found->second;
}

Value* Object::find(std::string_view key) {
  const auto found = std::ranges::find(members_, key, &Member::first);
  return found == members_.end() ? nullptr : &found->second;
}

Value& Object::set(std::string_view key, Value value) {
  auto* found = find(key);
  if (!found) return members_.emplace_back(std::string(key), std::move(value)).second;
  return *found = std::move(value);
}

Value& Object::operator[](std::string_view key) {
  auto* found = find(key);
  return found ? *found : members_.emplace_back(std::string(key), Value()).second;
}

bool Object::erase(std::string_view key) {
  return std::erase_if(members_, [&](const Member& member) { return member.first == key; }) > 0;
}

bool Object::operator==(const Object& other) const {
  if (size() != other.size()) return false;
  const Lookup theirs(other);
  return std::ranges::all_of(members_, [&](const Member& member) {
    const auto* value = theirs.find(member.first);
    return value && *value == member.second;
  });
}

const Value& Value::at(std::string_view key) const {
  static const Value null;
  const auto* object = as_object();
  const auto* found = object ? object->find(key) : nullptr;
  return found ? *found : null;
}

Value& Value::operator[](std::string_view key) {
  if (!as_object()) data_ = Object();
  return (*as_object())[key];
}

std::string_view Value::string_or(std::string_view fallback) const {
  const auto* text = as_string();
  return text ? std::string_view(*text) : fallback;
}

std::int64_t Value::int_or(std::int64_t fallback) const {
  const auto* number = as_number();
  return number ? number->as_int64().value_or(fallback) : fallback;
}

bool Value::bool_or(bool fallback) const {
  const auto* boolean = as_bool();
  return boolean ? *boolean : fallback;
}

const Array& Value::items() const {
  static const Array nothing;
  const auto* array = as_array();
  return array ? *array : nothing;
}

const Object& Value::members() const {
  static const Object nothing;
  const auto* object = as_object();
  return object ? *object : nothing;
}

}  // namespace json

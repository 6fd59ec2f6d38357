#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace json {

class Value;

/// A number keeps the text it was written with: 1.0 stays 1.0, and no integer passes through a
/// double.
struct Number {
  std::string text;
  /// nullopt: not an integer literal (1.0 and 1e3 are not), or out of range.
  std::optional<std::int64_t> as_int64() const;
  std::optional<double> as_double() const;
  bool operator==(const Number&) const = default;
};

using Array = std::vector<Value>;

/// Members in document order. Keys are unique: set() replaces.
class Object {
 public:
  using Member = std::pair<std::string, Value>;
  Object() = default;
  Object(std::initializer_list<Member> members);

  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  Value& set(std::string_view key, Value value);  ///< replaces, or appends
  Value& operator[](std::string_view key);        ///< null is added where the key is missing
  bool erase(std::string_view key);
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  /// Unchecked: for whoever knows that no key comes twice, and has too many of them to look.
  static Object of_unique(std::vector<Member> members);
  std::size_t size() const;
  bool empty() const;
  using const_iterator = std::vector<Member>::const_iterator;
  using iterator = std::vector<Member>::iterator;
  const_iterator begin() const;
  const_iterator end() const;
  iterator begin();  ///< for the values: a key stays what it is
  iterator end();
  /// Order does not matter.
  bool operator==(const Object& other) const;

 private:
  std::vector<Member> members_;
};

/// A JSON document as a plain value: copyable, comparable, for everything that is not on a hot
/// path. The hot path of the webhook reads a Dom through the same codecs (dom.hpp).
class Value {
 public:
  Value() = default;  ///< null
  Value(std::nullptr_t) {}
  template <std::same_as<bool> B>  // a template, so that no pointer and no double turns into a bool
  Value(B boolean) : data_(boolean) {}
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Value(I number) : data_(Number{std::to_string(number)}) {}
  Value(Number number) : data_(std::move(number)) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(Array array) : data_(std::move(array)) {}
  Value(Object object) : data_(std::move(object)) {}

  static Value array(std::initializer_list<Value> items) { return Array(items); }
  static Value object(std::initializer_list<Object::Member> members) { return Object(members); }

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  const bool* as_bool() const { return std::get_if<bool>(&data_); }
  const Number* as_number() const { return std::get_if<Number>(&data_); }
  const std::string* as_string() const { return std::get_if<std::string>(&data_); }
  const Array* as_array() const { return std::get_if<Array>(&data_); }
  const Object* as_object() const { return std::get_if<Object>(&data_); }
  Array* as_array() { return std::get_if<Array>(&data_); }
  Object* as_object() { return std::get_if<Object>(&data_); }

  /// A member, or the shared null where this is no object or has no such member:
  /// at("spec").at("replicas").
  const Value& at(std::string_view key) const;
  /// The member for writing; null becomes an object, any other kind is replaced by one.
  Value& operator[](std::string_view key);
  std::string_view string_or(std::string_view fallback) const;
  std::int64_t int_or(std::int64_t fallback) const;
  bool bool_or(bool fallback) const;
  /// Items of an array; nothing for everything else.
  const Array& items() const;
  /// Members of an object; nothing for everything else.
  const Object& members() const;

  bool operator==(const Value&) const = default;

 private:
  std::variant<std::monostate, bool, Number, std::string, Array, Object> data_;
};

inline std::size_t Object::size() const { return members_.size(); }
inline bool Object::empty() const { return members_.empty(); }
inline Object::const_iterator Object::begin() const { return members_.begin(); }
inline Object::const_iterator Object::end() const { return members_.end(); }
inline Object::iterator Object::begin() { return members_.begin(); }
inline Object::iterator Object::end() { return members_.end(); }

}  // namespace json

#pragma once

// The second half of codec.hpp: how each kind of type is read and written.

#include "json/codec.hpp"

namespace json {

template <class Node>
base::FieldPath Cursor<Node>::path() const {
  if (step_ == Step::root) return root_;
  if (step_ == Step::index) return parent_->path().index(index_);
  const auto name = base::cut(name_, kLongestName);
  return step_ == Step::key ? parent_->path().key(name) : parent_->path().field(name);
}

template <class Node>
void Cursor<Node>::duplicate() const {
  if (unknown_ == Unknown::reject)
    fail("duplicate field");
  else if (duplicates_)
    *duplicates_ = true;
}

template <class Node>
void Cursor<Node>::fail(std::string message) const {
  if (problems_->size() < kMostProblems) problems_->push_back({path(), std::move(message)});
}

template <class T>
concept HasFields = requires { Fields<T>::list; };
template <class T>
concept HasNames = std::is_enum_v<T> && requires { Names<T>::list; };

template <>
struct Codec<bool> {
  template <class Node>
  static void read(const Cursor<Node>& at, bool& out) {
    if (const auto value = at->boolean())
      out = *value;
    else if (!at->is_null())
      at.fail("expected a boolean");
  }
  static Value write(bool value) { return value; }
};

template <>
struct Codec<std::string> {
  template <class Node>
  static void read(const Cursor<Node>& at, std::string& out) {
    if (const auto text = at->string())
      out = *text;
    else if (!at->is_null())
      at.fail("expected a string");
  }
  static Value write(const std::string& text) { return text; }
  static bool empty(const std::string& text) { return text.empty(); }
};

template <class Tag>
struct Codec<base::Id<Tag>> {
  template <class Node>
  static void read(const Cursor<Node>& at, base::Id<Tag>& out) {
    Codec<std::string>::read(at, out.value);
  }
  static Value write(const base::Id<Tag>& id) { return id.value; }
  static bool empty(const base::Id<Tag>& id) { return id.empty(); }
};

template <std::integral I>
struct Codec<I> {
  template <class Node>
  static void read(const Cursor<Node>& at, I& out) {
    if (at->is_null()) return;
    const auto text = at->number_text();
    if (!text) return at.fail("expected an integer");
    I value{};
    const auto* end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, value);
    if (stop != end || error == std::errc::invalid_argument) return at.fail("expected an integer");
    if (error != std::errc()) return at.fail("out of range");
    out = value;
  }
  static Value write(I value) { return value; }
};

template <>
struct Codec<double> {
  template <class Node>
  static void read(const Cursor<Node>& at, double& out) {
    if (at->is_null()) return;
    const auto text = at->number_text();
    if (!text) return at.fail("expected a number");
    const auto value = Number{std::string(*text)}.as_double();
    if (!value) return at.fail("out of range");
    out = *value;
  }
  /// The shortest text that reads back as the same double; what JSON cannot say (NaN) becomes null.
  static Value write(double value) {
    std::array<char, 32> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
    Number number{std::string(text.data(), written.ptr)};
    return number.as_double() ? Value(std::move(number)) : Value();
  }
};

template <HasNames E>
struct Codec<E> {
  template <class Node>
  static void read(const Cursor<Node>& at, E& out) {
    if (at->is_null()) return;
    const auto text = at->string();
    if (!text) return at.fail("expected a string");
    for (const auto& [value, name] : Names<E>::list)
      if (name == *text) return void(out = value);
    at.fail(complaint(*text));
  }
  static Value write(E wanted) {
    for (const auto& [value, name] : Names<E>::list)
      if (value == wanted) return std::string_view(name);
    return {};
  }

 private:
  static std::string complaint(std::string_view text) {
    std::string message = "unsupported value ";
    base::append_json_string(message, base::cut(text, Cursor<ValueNode>::kLongestName));
    std::string_view between = ": expected one of ";
    for (const auto& [value, name] : Names<E>::list) {
      message += std::exchange(between, ", ");
      base::append_json_string(message, name);
    }
    return message;
  }
};

template <class T>
struct Codec<std::optional<T>> {
  template <class Node>
  static void read(const Cursor<Node>& at, std::optional<T>& out) {
    out.reset();
    if (!at->is_null()) Codec<T>::read(at, out.emplace());
  }
  static Value write(const std::optional<T>& value) {
    return value ? Codec<T>::write(*value) : Value();
  }
  static bool empty(const std::optional<T>& value) { return !value; }
};

template <class T>
struct Codec<std::vector<T>> {
  template <class Node>
  static void read(const Cursor<Node>& at, std::vector<T>& out) {
    out.clear();
    if (at->is_null()) return;
    if (!at->is_array()) return at.fail("expected a list");
    out.reserve(at->size());
    at->each_item([&](std::size_t i, Node item) {
      T value{};  // not emplace_back(): vector<bool> has no references
      Codec<T>::read(at.index(i, item), value);
      out.push_back(std::move(value));
    });
  }
  static Value write(const std::vector<T>& list) {
    Array items;
    items.reserve(list.size());
    for (const auto& item : list) items.push_back(Codec<T>::write(item));
    return items;
  }
  static bool empty(const std::vector<T>& list) { return list.empty(); }
};

template <class T, class Less>
struct Codec<std::map<std::string, T, Less>> {
  using Map = std::map<std::string, T, Less>;
  template <class Node>
  static void read(const Cursor<Node>& at, Map& out) {
    out.clear();
    if (at->is_null()) return;
    if (!at->is_object()) return at.fail("expected an object");
    at->each_member([&](std::string_view name, Node child) {
      const auto here = at.key(name, child);
      T value{};
      Codec<T>::read(here, value);
      if (!out.insert_or_assign(std::string(name), std::move(value)).second) here.duplicate();
    });
  }
  static Value write(const Map& map) {
    std::vector<Object::Member> members;
    members.reserve(map.size());
    for (const auto& [key, value] : map) members.emplace_back(key, Codec<T>::write(value));
    return Object::of_unique(std::move(members));
  }
  static bool empty(const Map& map) { return map.empty(); }
};

template <>
struct Codec<Value> {
  template <class Node>
  static void read(const Cursor<Node>& at, Value& out) {
    out = at->to_value();
  }
  static Value write(const Value& value) { return value; }
  static bool empty(const Value& value) { return value.is_null(); }
};

template <>
struct Codec<Object> {
  template <class Node>
  static void read(const Cursor<Node>& at, Object& out) {
    out = {};
    if (at->is_null()) return;
    if (!at->is_object()) return at.fail("expected an object");
    auto value = at->to_value();
    out = std::move(*value.as_object());
  }
  static Value write(const Object& object) { return object; }
  static bool empty(const Object& object) { return object.empty(); }
};

namespace detail {

template <class T>
bool may_leave_out(const T& value) {
  if constexpr (requires { Codec<T>::empty(value); })
    return Codec<T>::empty(value);
  else
    return false;
}

enum class Seen : std::uint8_t { no, null, yes };

}  // namespace detail

template <HasFields T>
struct Codec<T> {
  template <class Node>
  static void read(const Cursor<Node>& at, T& out) {
    if (!at->is_null() && !at->is_object()) return at.fail("expected an object");
    std::array<detail::Seen, kCount> seen{};
    at->each_member([&](std::string_view name, Node child) {
      const auto here = at.field(name, child);
      const bool known = with_fields([&](const auto&... field) {
        std::size_t i = 0;
        return (
            (field.name == name ? (read_field(here, field, out, seen[i]), true) : (++i, false)) ||
            ...);
      });
      if (!known && at.unknown() == Unknown::reject) here.fail("unknown field");
    });
    with_fields([&](const auto&... field) {
      std::size_t i = 0;
      ((field.required && seen[i] != detail::Seen::yes ? at.fail_at(field.name, "required")
                                                       : void(),
        ++i),
       ...);
    });
  }

  static Value write(const T& from) {
    std::vector<Object::Member> members;
    members.reserve(kCount);
    with_fields([&](const auto&... field) { (write_field(field, from, members), ...); });
    return Object::of_unique(std::move(members));
  }

 private:
  static constexpr std::size_t kCount =
      std::tuple_size_v<std::remove_cvref_t<decltype(Fields<T>::list)>>;

  template <class F>
  static decltype(auto) with_fields(F&& visit) {
    return std::apply(std::forward<F>(visit), Fields<T>::list);
  }

  template <class Node, class M>
  static void read_field(const Cursor<Node>& here, const Field<T, M>& field, T& out,
                         detail::Seen& seen) {
    if (seen != detail::Seen::no) here.duplicate();
    if (here->is_null()) {
      if (seen == detail::Seen::no) seen = detail::Seen::null;
      return;
    }
    seen = detail::Seen::yes;
    Codec<M>::read(here, out.*(field.member));
  }

  template <class M>
  static void write_field(const Field<T, M>& field, const T& from,
                          std::vector<Object::Member>& members) {
    const M& value = from.*(field.member);
    if (field.required || !detail::may_leave_out(value))
      members.emplace_back(std::string(field.name), Codec<M>::write(value));
  }
};

namespace detail {

template <class T, class Node>
Decoded<T> decode_node(Node from, Unknown unknown, base::FieldPath root) {
  Decoded<T> out;
  bool duplicates = false;
  Codec<T>::read(Cursor<Node>(from, root, out.problems, unknown, &duplicates), out.value);
  if (!duplicates) return out;
  const Value resolved = from.to_value();
  return decode_node<T>(ValueNode(resolved), unknown, std::move(root));
}

}  // namespace detail

template <class T>
Decoded<T> decode(const Value& from, Unknown unknown, base::FieldPath root) {
  return detail::decode_node<T>(ValueNode(from), unknown, std::move(root));
}

template <class T>
Value encode(const T& from) {
  return Codec<T>::write(from);
}

}  // namespace json

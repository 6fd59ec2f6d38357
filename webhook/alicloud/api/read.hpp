#pragma once

// Typed reading straight from a Dom, with Go's rules: null is absent, the first wrong type is the
// error, a duplicate key overwrites (and merges into an object), and strict reading reports unknown
// and duplicate members. A struct names its members once:
//
//   template <> struct alicloud::Shape<Zone> {
//     static constexpr auto members = std::tuple{member("name", "Name", &Zone::name), ...};
//   };
//
// The second name is that of the Go type, by which the version `__internal` of a configuration is
// read. Strings are views into the Dom, which must outlive what was read from it. Not json::Codec,
// because of the views, the second names, and Go's wording of strict errors, which clients know.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "json/dom.hpp"

namespace alicloud {

enum class Mode { lenient, strict };
enum class Names { json, internal };

template <class T>
struct Shape;

template <class T, class M>
struct Member {
  std::string_view name;
  std::string_view internal_name;
  M T::* place;
};
template <class T, class M>
constexpr Member<T, M> member(std::string_view name, std::string_view internal_name, M T::* place) {
  return {name, internal_name, place};
}
template <class T, class M>
constexpr Member<T, M> member(std::string_view name, M T::* place) {
  return {name, name, place};
}

/// A value of any type as it stands. Null is absent. `source`: the document's text as it came,
/// where that is kept.
struct Raw {
  json::DomNode node;
  std::string_view source;
  bool given() const { return !node.is_null(); }
};

/// A metav1.Time, checked and kept as text.
struct Timestamp {
  std::string_view text;
};

/// Strings by name that no rule looks at: their types are checked. In whole objects only, which are
/// read leniently: a name that comes twice is fine.
struct CheckedTexts {};

/// Where the reader stands; its path is spelled out only when something is wrong there.
struct Place {
  const Place* up = nullptr;
  std::string_view key;
  std::optional<std::size_t> index;
};
std::string to_string(const Place& place);

/// What was wrong with one document.
class Reading {
 public:
  Reading(Mode mode, Names names, std::string_view source)
      : mode_(mode), names_(names), source_(source) {}
  Names names() const { return names_; }
  std::string_view source() const { return source_; }
  void expected(const Place& at, std::string_view what);
  void unknown(const Place& at) {
    if (mode_ == Mode::strict) strict_error("unknown", at);
  }
  void duplicate(const Place& at) {
    if (mode_ == Mode::strict) strict_error("duplicate", at);
  }
  base::Result<> outcome() const;

 private:
  void strict_error(std::string_view what, const Place& at);
  Mode mode_;
  Names names_;
  std::string_view source_;
  std::string first_wrong_;
  std::string strict_;
  std::size_t strict_errors_ = 0;
};

void read(Reading& reading, const Place& at, json::DomNode node, std::string_view& out);
void read(Reading& reading, const Place& at, json::DomNode node, bool& out);
void read(Reading& reading, const Place& at, json::DomNode node, std::int64_t& out);
void read(Reading& reading, const Place& at, json::DomNode node, Raw& out);
void read(Reading& reading, const Place& at, json::DomNode node, Timestamp& out);
void read(Reading& reading, const Place& at, json::DomNode node, CheckedTexts& out);
/// Base64.
void read(Reading& reading, const Place& at, json::DomNode node, base::Secret& out);

template <class T>
void read(Reading& reading, const Place& at, json::DomNode node, std::optional<T>& out);
template <class T>
void read(Reading& reading, const Place& at, json::DomNode node, std::vector<T>& out);
template <class T>
void read(Reading& reading, const Place& at, json::DomNode node,
          std::map<std::string_view, T>& out);
template <class T>
  requires requires { Shape<T>::members; }
void read(Reading& reading, const Place& at, json::DomNode node, T& out);

template <class T>
void read(Reading& reading, const Place& at, json::DomNode node, std::optional<T>& out) {
  if (node.is_null()) return out.reset();
  if (!out) out.emplace();
  read(reading, at, node, *out);
}

template <class T>
void read(Reading& reading, const Place& at, json::DomNode node, std::vector<T>& out) {
  out.clear();
  if (node.is_null()) return;
  if (!node.is_array()) return reading.expected(at, "a list");
  out.resize(node.size());
  node.each_item([&](std::size_t index, json::DomNode item) {
    read(reading, Place{.up = &at, .key = {}, .index = index}, item, out[index]);
  });
}

template <class T>
void read(Reading& reading, const Place& at, json::DomNode node,
          std::map<std::string_view, T>& out) {
  if (node.is_null()) return out.clear();
  if (!node.is_object()) return reading.expected(at, "an object");
  node.each_member([&](std::string_view key, json::DomNode value) {
    const Place here{.up = &at, .key = key, .index = {}};
    const auto [entry, fresh] = out.insert_or_assign(key, T{});
    if (!fresh) reading.duplicate(here);
    read(reading, here, value, entry->second);
  });
}

namespace detail {

/// A name that the compiler knows: no call to compare it.
template <class T, std::size_t I>
bool is_named(std::string_view key, Names names) {
  constexpr std::string_view kJson = std::get<I>(Shape<T>::members).name;
  constexpr std::string_view kInternal = std::get<I>(Shape<T>::members).internal_name;
  if (kJson == kInternal || names == Names::json) return key == kJson;
  return key == kInternal;
}

/// The number of the member of that name; where there is none how many there are.
template <class T, std::size_t... I>
std::size_t find_member(std::string_view key, Names names, std::index_sequence<I...>) {
  std::size_t found = sizeof...(I);
  (void)((is_named<T, I>(key, names) && (found = I, true)) || ...);
  return found;
}

template <class T, std::size_t I>
void read_member(Reading& reading, const Place& here, json::DomNode value, T& out) {
  read(reading, here, value, out.*(std::get<I>(Shape<T>::members).place));
}

template <class T>
using ReadMember = void (*)(Reading&, const Place&, json::DomNode, T&);

template <class T, std::size_t... I>
constexpr std::array<ReadMember<T>, sizeof...(I)> readers_of(std::index_sequence<I...>) {
  return {&read_member<T, I>...};
}

}  // namespace detail

template <class T>
  requires requires { Shape<T>::members; }
void read(Reading& reading, const Place& at, json::DomNode node, T& out) {
  if (node.is_null()) return;
  if (!node.is_object()) return reading.expected(at, "an object");
  constexpr auto kCount = std::tuple_size_v<std::remove_cvref_t<decltype(Shape<T>::members)>>;
  constexpr auto kAll = std::make_index_sequence<kCount>();
  static constexpr auto kReaders = detail::readers_of<T>(kAll);
  std::uint64_t seen = 0;
  node.each_member([&](std::string_view key, json::DomNode value) {
    const Place here{.up = &at, .key = key, .index = {}};
    const auto number = detail::find_member<T>(key, reading.names(), kAll);
    if (number == kCount) return reading.unknown(here);
    const auto bit = std::uint64_t{1} << number;
    if ((seen & bit) != 0) reading.duplicate(here);
    seen |= bit;
    kReaders[number](reading, here, value, out);
  });
}

/// The whole of `node` as a T.
template <class T>
base::Result<T> read_as(json::DomNode node, Mode mode, Names names = Names::json,
                        std::string_view source = {}) {
  Reading reading(mode, names, source);
  T out;
  read(reading, Place{}, node, out);
  TRY_VOID(reading.outcome());
  return out;
}

/// Compact JSON with everything in the order of the document, duplicates included. Strings are
/// spelt as in the source where that is known, so that a message shows what its reader wrote.
std::string compact(const Raw& raw);
void append_compact(std::string& out, json::DomNode node);
/// The same of a key of `of`.
void append_key(std::string& out, json::DomNode of, std::string_view key);

}  // namespace alicloud

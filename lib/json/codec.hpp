#pragma once

// One list of fields for each struct is the only place that knows its member names:
//
//   template <> struct json::Fields<SecretRef> {
//     static constexpr auto list = std::tuple{json::req("name", &SecretRef::name), json::opt("key",
//     &SecretRef::key)};
//   };
//
// decode<T> collects every problem with its path; encode<T> writes the members in the list's order
// and leaves out std::nullopt, empty strings/lists/maps of `opt` fields. null counts as absent, as
// in Go.

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/field_path.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/utf8.hpp"
#include "json/node.hpp"
#include "json/value.hpp"

namespace json {

enum class Unknown {
  keep,
  reject
};  ///< members that no list names: pass over, or a problem (strict)

template <class T>
struct Fields;  // specialise with `list`

template <class T, class M>
struct Field {
  std::string_view name;
  M T::* member;
  bool required;
};
template <class T, class M>
constexpr Field<T, M> req(std::string_view name, M T::* member) {
  return {name, member, true};
}
template <class T, class M>
constexpr Field<T, M> opt(std::string_view name, M T::* member) {
  return {name, member, false};
}

/// The JSON strings of an enum: specialise with
///   static constexpr std::array list = {std::pair{Phase::ready, std::string_view("Ready")}, ...};
template <class E>
struct Names;

/// A node, its path, and where problems go. A cursor made by field(), key() or index() must not
/// outlive the one it was made from: paths are only spelled out for problems, because they may be
/// long and the nodes many.
template <class Node>
class Cursor {
 public:
  static constexpr std::size_t kMostProblems = 256;  ///< more are not kept
  static constexpr std::size_t kLongestName = 128;   ///< more of a name is cut off in a path

  /// `duplicates` is set when a member came twice and that was no problem (Unknown::keep).
  Cursor(Node node, base::FieldPath path, std::vector<base::Problem>& problems, Unknown unknown,
         bool* duplicates = nullptr)
      : node_(node),
        root_(std::move(path)),
        problems_(&problems),
        duplicates_(duplicates),
        unknown_(unknown) {}
  const Node* operator->() const { return &node_; }
  const Node& node() const { return node_; }
  base::FieldPath path() const;
  Unknown unknown() const { return unknown_; }

  void fail(std::string message) const;
  void fail_at(std::string_view field, std::string message) const {
    this->field(field, node_).fail(std::move(message));
  }
  /// A member that came before: a problem where unknown fields are one.
  void duplicate() const;

  Cursor field(std::string_view name, Node child) const {
    return {*this, child, Step::field, name, 0};
  }
  Cursor key(std::string_view name, Node child) const { return {*this, child, Step::key, name, 0}; }
  Cursor index(std::size_t i, Node child) const { return {*this, child, Step::index, {}, i}; }

 private:
  enum class Step : std::uint8_t { root, field, key, index };
  Cursor(const Cursor& parent, Node node, Step step, std::string_view name, std::size_t position)
      : node_(node),
        parent_(&parent),
        name_(name),
        index_(position),
        problems_(parent.problems_),
        duplicates_(parent.duplicates_),
        unknown_(parent.unknown_),
        step_(step) {}

  Node node_;
  base::FieldPath root_;
  const Cursor* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = 0;
  std::vector<base::Problem>* problems_;
  bool* duplicates_;
  Unknown unknown_;
  Step step_ = Step::root;
};

/// Specialised below for scalars, enums with Names, optional, vector, map<string, T>, Value,
/// Object, base::Id, and structs with a Fields list. A type may bring its own:
///   template <class Node> static void read(const Cursor<Node>&, T&); null means the same as T{}
///   static Value write(const T&);
///   static bool empty(const T&);  where `opt` may leave it out
template <class T>
struct Codec;

template <class T>
struct Decoded {
  T value{};
  std::vector<base::Problem> problems;  ///< empty: all is well
  bool ok() const { return problems.empty(); }
};

template <class T>
Decoded<T> decode(const Value& from, Unknown unknown = Unknown::keep, base::FieldPath root = {});
template <class T>
Value encode(const T& from);

}  // namespace json

#include "json/codec_impl.hpp"

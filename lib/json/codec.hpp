#pragma once

// One list of fields for each struct is the only place that knows its member names:
//
//   template <> struct json::Fields<SecretRef> {
//     static constexpr auto list = std::tuple{json::req("name", &SecretRef::name), json::opt("key", &SecretRef::key)};
//   };
//
// decode<T> collects every problem with its path; encode<T> writes the members in the list's order and leaves out
// std::nullopt, empty strings/lists/maps of `opt` fields. null counts as absent, as in Go.

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
#include "base/result.hpp"
#include "json/node.hpp"
#include "json/value.hpp"

namespace json {

enum class Unknown { keep, reject };  ///< members that no list names: pass over, or a problem (strict)

template <class T>
struct Fields;  // specialise with `list`

template <class T, class M>
struct Field {
  std::string_view name;
  M T::*member;
  bool required;
};
template <class T, class M>
constexpr Field<T, M> req(std::string_view name, M T::*member) { return {name, member, true}; }
template <class T, class M>
constexpr Field<T, M> opt(std::string_view name, M T::*member) { return {name, member, false}; }

/// A node, its path, and where problems go.
template <class Node>
class Cursor {
 public:
  Cursor(Node node, base::FieldPath path, std::vector<base::Problem>& problems, Unknown unknown)
      : node_(node), path_(std::move(path)), problems_(&problems), unknown_(unknown) {}
  const Node* operator->() const { return &node_; }
  const Node& node() const { return node_; }
  const base::FieldPath& path() const { return path_; }
  Unknown unknown() const { return unknown_; }
  void fail(std::string message) const { problems_->push_back({path_, std::move(message)}); }
  void fail_at(std::string_view field, std::string message) const {
    problems_->push_back({path_.field(field), std::move(message)});
  }
  Cursor field(std::string_view name, Node child) const { return {child, path_.field(name), *problems_, unknown_}; }
  Cursor index(std::size_t i, Node child) const { return {child, path_.index(i), *problems_, unknown_}; }

 private:
  Node node_;
  base::FieldPath path_;
  std::vector<base::Problem>* problems_;
  Unknown unknown_;
};

/// Specialised below for scalars, optional, vector, map<string, T>, Value and structs with a Fields list.
/// A type may bring its own: static void read(Cursor<Node>, T&), static Value write(const T&), static bool
/// empty(const T&).
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

#include "kube/testing/field_set.hpp"

#include <algorithm>
#include <utility>

#include "json/parse.hpp"

namespace kube::testing {

void FieldSet::add(const std::string& element, bool itself, FieldSet below) {
  if (itself) members.insert(element);
  if (!below.empty()) children.insert_or_assign(element, std::move(below));
}

FieldSet unite(const FieldSet& a, const FieldSet& b) {
  FieldSet both = a;
  both.members.insert(b.members.begin(), b.members.end());
  for (const auto& [element, below] : b.children) {
    auto& mine = both.children[element];
    mine = unite(mine, below);
  }
  return both;
}

FieldSet intersect(const FieldSet& a, const FieldSet& b) {
  FieldSet both;
  std::ranges::set_intersection(a.members, b.members,
                                std::inserter(both.members, both.members.end()));
  for (const auto& [element, below] : a.children) {
    if (auto other = b.children.find(element); other != b.children.end()) {
      both.add(element, false, intersect(below, other->second));
    }
  }
  return both;
}

FieldSet subtract(const FieldSet& a, const FieldSet& b) {
  FieldSet rest;
  std::ranges::set_difference(a.members, b.members,
                              std::inserter(rest.members, rest.members.end()));
  for (const auto& [element, below] : a.children) {
    const auto other = b.children.find(element);
    rest.add(element, false, other == b.children.end() ? below : subtract(below, other->second));
  }
  return rest;
}

FieldSet subtract_trees(const FieldSet& a, const FieldSet& b) {
  FieldSet rest;
  std::ranges::set_difference(a.members, b.members,
                              std::inserter(rest.members, rest.members.end()));
  for (const auto& [element, below] : a.children) {
    if (b.members.contains(element)) continue;
    const auto other = b.children.find(element);
    rest.add(element, false,
             other == b.children.end() ? below : subtract_trees(below, other->second));
  }
  return rest;
}

namespace {
Type type_below(const Type& type, const std::string& element) {
  if (element.starts_with("f:")) return member_type(type, std::string_view(element).substr(2));
  return item_type(type);
}
}  // namespace

FieldSet with_named_fields(const FieldSet& set, const Type& type) {
  FieldSet more{.members = set.members, .children = {}};
  for (const auto& [element, below] : set.children) {
    const Type child = type_below(type, element);
    more.add(element, child.is_field, with_named_fields(below, child));
  }
  return more;
}

namespace {
/// Places an element among its siblings as the server does: fields, then keys by their values,
/// where numbers are compared as numbers, then values.
std::string rank(const std::string& element) {
  if (!element.starts_with("k:")) return element;
  constexpr std::size_t kDigits = 20;
  std::string text = "k:";
  const auto keys = json::parse(element.substr(2)).value_or(json::Value());
  for (const auto& [key, value] : keys.members()) {
    auto written = json::to_string(value);
    if (value.as_number()) written.insert(0, kDigits - std::min(written.size(), kDigits), '0');
    text += key + ":" + written + ",";
  }
  return text + element;  // one of its own for each element
}
}  // namespace

json::Value to_fields_v1(const FieldSet& set) {
  std::map<std::string, const std::string*> order;
  for (const auto& element : set.members) order.emplace(rank(element), &element);
  for (const auto& [element, below] : set.children) order.emplace(rank(element), &element);
  json::Object fields;
  for (const auto& [place, element] : order) {
    json::Object under;
    if (const auto below = set.children.find(*element); below != set.children.end()) {
      if (set.members.contains(*element)) under.set(".", json::Object());
      const auto deeper = to_fields_v1(below->second);
      for (const auto& [key, value] : deeper.members()) under.set(key, value);
    }
    fields.set(*element, std::move(under));
  }
  return fields;
}

FieldSet from_fields_v1(const json::Value& fields) {
  FieldSet set;
  for (const auto& [element, below] : fields.members()) {
    if (element == ".") continue;
    const bool itself = below.members().empty() || below.members().contains(".");
    set.add(element, itself, from_fields_v1(below));
  }
  return set;
}

}  // namespace kube::testing

#include "json/resolve_duplicates.hpp"

#include <algorithm>
#include <map>
#include <ranges>
#include <vector>

#include "base/field_path.hpp"
#include "base/utf8.hpp"

namespace json {
namespace {

using Nodes = std::vector<DomNode>;
using Found = std::vector<std::pair<std::string_view, DomNode>>;
using Step = std::variant<std::string_view, std::size_t>;

constexpr std::size_t kFew = 16;  // so many keys are compared with each other, more are sorted
constexpr std::size_t kLongestName = 64;  // in a path: keys may be megabytes long

bool any_twice(const Found& members) {
  std::vector<std::string_view> keys;
  keys.reserve(members.size());
  for (const auto& [key, value] : members) keys.push_back(key);
  if (keys.size() > kFew) {
    std::ranges::sort(keys);
    return std::ranges::adjacent_find(keys) != keys.end();
  }
  for (std::size_t i = 1; i < keys.size(); ++i)
    if (std::find(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(i), keys[i]) !=
        keys.begin() + static_cast<std::ptrdiff_t>(i))
      return true;
  return false;
}

class Resolver {
 public:
  explicit Resolver(std::optional<std::string>* duplicate) : duplicate_(duplicate) {}

  Value read(DomNode node) {
    if (const auto text = node.string()) return *text;
    if (const auto number = node.number_text()) return Number{std::string(*number)};
    if (const auto boolean = node.boolean()) return *boolean;
    if (node.is_array()) return read_array(node);
    if (node.is_object()) return read_object({node});
    return nullptr;
  }

 private:
  Value read_array(DomNode node) {
    Array items;
    items.reserve(node.size());
    node.each_item([&](std::size_t index, DomNode item) {
      path_.emplace_back(index);
      items.push_back(read(item));
      path_.pop_back();
    });
    return items;
  }

  /// One object that was written in several pieces.
  Value read_object(const Nodes& pieces) {
    Found found;
    for (const auto& piece : pieces)
      piece.each_member(
          [&](std::string_view key, DomNode value) { found.emplace_back(key, value); });
    if (any_twice(found)) return read_groups(found);
    std::vector<Object::Member> members;
    members.reserve(found.size());
    for (const auto& [key, value] : found)
      members.emplace_back(std::string(key), read_at(key, {value}));
    return Object::of_unique(std::move(members));
  }

  Value read_groups(const Found& found) {
    std::map<std::string_view, Nodes> groups;
    for (const auto& [key, value] : found) {
      auto& group = groups[key];
      if (!group.empty()) note(key);
      group.push_back(value);
    }
    std::vector<Object::Member> members;
    members.reserve(groups.size());
    for (const auto& [key, value] : found)
      if (auto group = groups.extract(key))
        members.emplace_back(std::string(key), read_at(key, group.mapped()));
    return Object::of_unique(std::move(members));
  }

  Value read_at(std::string_view key, const Nodes& values) {
    path_.emplace_back(key);
    const auto is_object = [](const DomNode& node) { return node.is_object(); };
    const auto pieces =
        std::ranges::distance(values | std::views::reverse | std::views::take_while(is_object));
    Value value =
        pieces > 0 ? read_object(Nodes(values.end() - pieces, values.end())) : read(values.back());
    path_.pop_back();
    return value;
  }

  static base::FieldPath below(const base::FieldPath& path, std::string_view name) {
    return name.empty() ? path.key(name) : path.field(base::cut(name, kLongestName));
  }

  void note(std::string_view key) {
    if (!duplicate_ || *duplicate_) return;
    base::FieldPath path;
    path_.emplace_back(key);
    for (const auto& step : path_) {
      const auto* name = std::get_if<std::string_view>(&step);
      path = name ? below(path, *name) : path.index(std::get<std::size_t>(step));
    }
    path_.pop_back();
    *duplicate_ = path.text();
  }

  std::optional<std::string>* duplicate_;
  std::vector<Step> path_;
};

}  // namespace

Value resolve_duplicates(DomNode node, std::optional<std::string>* duplicate) {
  return Resolver(duplicate).read(node);
}

}  // namespace json

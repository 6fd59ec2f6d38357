#include "kube/testing/merge.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace kube::testing {
namespace {

using json::Value;

bool is_whole(Shape shape) {
  return shape == Shape::scalar || shape == Shape::atomic || shape == Shape::list;
}
bool is_list(Shape shape) { return shape == Shape::keyed || shape == Shape::set; }
bool has_nothing(const Value* value) {
  return value == nullptr || (value->items().empty() && value->members().empty());
}

/// Of the two sides of a member the one that tells its type: null says nothing.
const Value& telling(const Value* before, const Value* after) {
  return after && (before == nullptr || !after->is_null()) ? *after : *before;
}

/// A place's own membership, and what is below it.
struct Walked {
  bool itself = false;
  FieldSet below;
};

Walked walk(const Value& value, const Type& type) {
  if (is_whole(type.shape)) return {.itself = true, .below = {}};
  Walked walked;
  if (is_list(type.shape)) {
    for (const auto& item : value.items()) {
      walked.below.add(item_element(type, item), true, walk(item, item_type(type)).below);
    }
    return walked;
  }
  for (const auto& [key, member] : value.members()) {
    const Type child = member_type(type, key, member);
    auto under = walk(member, child);
    const bool is_empty = member.is_null() || (member.as_object() && member.members().empty());
    walked.below.add(field_element(key), under.itself || is_empty || !child.is_field,
                     std::move(under.below));
  }
  return walked;
}

struct Difference {
  bool added = false, removed = false, modified = false;
  Comparison below;
};

Difference differ(const Value* before, const Value* after, const Type& type);

void take(Comparison& into, const std::string& element, Difference child) {
  into.added.add(element, child.added, std::move(child.below.added));
  into.removed.add(element, child.removed, std::move(child.below.removed));
  into.modified.add(element, child.modified, std::move(child.below.modified));
}

Comparison differ_in_lists(const Value* before, const Value* after, const Type& type) {
  std::map<std::string, std::pair<const Value*, const Value*>> items;
  if (before) {
    for (const auto& item : before->items()) {
      items.try_emplace(item_element(type, item), &item, nullptr);
    }
  }
  if (after) {
    for (const auto& item : after->items()) items[item_element(type, item)].second = &item;
  }
  Comparison below;
  for (const auto& [element, sides] : items) {
    take(below, element, differ(sides.first, sides.second, item_type(type)));
  }
  return below;
}

Comparison differ_in_members(const Value* before, const Value* after, const Type& type) {
  std::map<std::string, std::pair<const Value*, const Value*>> members;
  if (before) {
    for (const auto& [key, member] : before->members()) members[key].first = &member;
  }
  if (after) {
    for (const auto& [key, member] : after->members()) members[key].second = &member;
  }
  Comparison below;
  for (const auto& [key, sides] : members) {
    const Type child = member_type(type, key, telling(sides.first, sides.second));
    take(below, field_element(key), differ(sides.first, sides.second, child));
  }
  return below;
}

Difference differ(const Value* before, const Value* after, const Type& type) {
  Difference difference{
      .added = before == nullptr, .removed = after == nullptr, .modified = false, .below = {}};
  if (is_whole(type.shape) || (has_nothing(before) && has_nothing(after))) {
    difference.modified = before && after && *before != *after;
    return difference;
  }
  difference.below = is_list(type.shape) ? differ_in_lists(before, after, type)
                                         : differ_in_members(before, after, type);
  return difference;
}

std::optional<Value> merge_values(const Value* live, const Value* config, const Type& type);

struct Item {
  std::string element;
  const Value* value;
};

std::vector<Item> index(const Value* list, const Type& type) {
  std::vector<Item> items;
  if (list == nullptr) return items;
  for (const auto& item : list->items()) items.push_back({item_element(type, item), &item});
  return items;
}

const Value* find(const std::vector<Item>& items, const std::string& element) {
  const auto found = std::ranges::find(items, element, &Item::element);
  return found == items.end() ? nullptr : found->value;
}

/// Merges two lists into one whose order is the configuration's, with the live list's own items
/// kept near their neighbours: the algorithm of structured-merge-diff, step by step, since the
/// order is visible.
class ListMerge {
 public:
  ListMerge(const Value* live, const Value* config, const Type& type)
      : live_(index(live, type)), config_(index(config, type)), items_(item_type(type)) {
    for (const auto& item : config_) {
      if (find(live_, item.element)) shared_.push_back(item.element);
    }
  }

  json::Array run() {
    while (left_ < live_.size() || right_ < config_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const bool both = left_ < live_.size() && right_ < config_.size();
    if (both && live_[left_].element == config_[right_].element) {
      ++left_;
      take_config();
      return;
    }
    if (both && find(config_, live_[left_].element) && !shared_.empty() &&
        shared_.front() != live_[left_].element) {
      ++left_;
      return;
    }
    if (left_ < live_.size() && !take_live()) return;
    if (right_ < config_.size()) take_config();
  }

  /// Whether the configuration's turn comes in the same step.
  bool take_live() {
    const auto& item = live_[left_];
    if (find(config_, item.element) == nullptr) {
      add(item.value, nullptr);
      ++left_;
      return false;
    }
    if (merged_.contains(item.element)) ++left_;
    return true;
  }

  void take_config() {
    const auto& item = config_[right_++];
    merged_.insert(item.element);
    add(find(live_, item.element), item.value);
    if (!shared_.empty() && shared_.front() == item.element) shared_.pop_front();
  }

  void add(const Value* live, const Value* config) {
    if (auto merged = merge_values(live, config, items_)) out_.push_back(*std::move(merged));
  }

  std::vector<Item> live_, config_;
  Type items_;
  std::deque<std::string>
      shared_;  ///< elements of both lists in the configuration's order, not yet merged
  std::set<std::string> merged_;
  std::size_t left_ = 0, right_ = 0;
  json::Array out_;
};

std::optional<Value> merge_members(const Value* live, const Value* config, const Type& type) {
  json::Object out;
  const auto take = [&](const std::string& key, const Value* mine, const Value* theirs) {
    const Type child = member_type(type, key, telling(mine, theirs));
    if (auto merged = merge_values(mine, theirs, child)) out.set(key, *std::move(merged));
  };
  if (live) {
    for (const auto& [key, member] : live->members()) {
      take(key, &member, config ? config->members().find(key) : nullptr);
    }
  }
  if (config) {
    for (const auto& [key, member] : config->members()) {
      if (!out.contains(key)) take(key, live ? live->members().find(key) : nullptr, &member);
    }
  }
  if (out.empty()) return std::nullopt;
  return out;
}

std::optional<Value> merge_values(const Value* live, const Value* config, const Type& type) {
  if (is_whole(type.shape) || (has_nothing(live) && has_nothing(config))) {
    return config ? *config : *live;
  }
  if (!is_list(type.shape)) return merge_members(live, config, type);
  auto items = ListMerge(live, config, type).run();
  if (items.empty()) return std::nullopt;
  return items;
}

const FieldSet* below(const FieldSet& set, const std::string& element) {
  const auto found = set.children.find(element);
  return found == set.children.end() || found->second.empty() ? nullptr : &found->second;
}

Value items_without(const Value& list, const FieldSet& set, const Type& type) {
  json::Array kept;
  for (const auto& item : list.items()) {
    const auto element = item_element(type, item);
    if (set.members.contains(element)) continue;
    const FieldSet* under = below(set, element);
    kept.push_back(under ? without(item, *under, item_type(type)) : item);
  }
  return kept.empty() ? Value() : Value(std::move(kept));
}

Value members_without(const Value& object, const FieldSet& set, const Type& type) {
  json::Object kept;
  for (const auto& [key, member] : object.members()) {
    const auto element = field_element(key);
    if (set.members.contains(element)) continue;
    const FieldSet* under = below(set, element);
    auto rest = under ? without(member, *under, member_type(type, key, member)) : member;
    // What was emptied stays as null: its owner keeps the place itself.
    kept.set(key, std::move(rest));
  }
  return kept.empty() ? Value() : Value(std::move(kept));
}

}  // namespace

FieldSet fields_of(const Value& document, const Type& type) { return walk(document, type).below; }

Comparison compare(const Value& before, const Value& after, const Type& type) {
  return differ(&before, &after, type).below;
}

Value merge(const Value& live, const Value& config, const Type& type) {
  return merge_values(&live, &config, type).value_or(Value());
}

Value without(const Value& document, const FieldSet& set, const Type& type) {
  if (type.shape == Shape::scalar || has_nothing(&document)) return document;
  if (is_whole(type.shape)) return {};
  return is_list(type.shape) ? items_without(document, set, type)
                             : members_without(document, set, type);
}

}  // namespace kube::testing

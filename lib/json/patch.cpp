#include "json/patch.hpp"

#include <algorithm>
#include <optional>

#include "base/utf8.hpp"
#include "json/limits.hpp"
#include "json/lookup.hpp"
#include "json/pointer.hpp"

namespace json {
namespace {

using Tokens = std::vector<std::string>;

constexpr std::size_t kLongestQuote = 128;  // of a pointer, in messages

/// Bytes of text and number of values, roughly what a copy costs; nullopt when it is more than
/// `depth` levels deep.
std::optional<std::size_t> weigh(const Value& value, std::size_t depth) {
  if (depth == 0) return std::nullopt;
  std::size_t total = sizeof(Value);
  if (const auto* text = value.as_string()) total += text->size();
  for (const auto& item : value.items()) {
    const auto weight = weigh(item, depth - 1);
    if (!weight) return std::nullopt;
    total += *weight;
  }
  for (const auto& [key, member] : value.members()) {
    const auto weight = weigh(member, depth - 1);
    if (!weight) return std::nullopt;
    total += key.size() + *weight;
  }
  return total;
}

bool same_number(const Number& a, const Number& b) {
  if (a == b) return true;
  if (a.as_int64() && b.as_int64()) return *a.as_int64() == *b.as_int64();
  return a.as_double() && a.as_double() == b.as_double();
}

/// Equality of RFC 6902's test: 1 and 1.0 are the same number.
bool same(const Value& a, const Value& b) {
  if (a.as_number() && b.as_number()) return same_number(*a.as_number(), *b.as_number());
  if (a.as_array() && b.as_array()) return std::ranges::equal(*a.as_array(), *b.as_array(), same);
  if (!a.as_object() || !b.as_object()) return a == b;
  if (a.members().size() != b.members().size()) return false;
  const Lookup theirs(b.members());
  return std::ranges::all_of(a.members(), [&](const Object::Member& member) {
    const auto* value = theirs.find(member.first);
    return value && same(member.second, *value);
  });
}

struct Operation {
  std::string_view name;
  Tokens path;
  Tokens from;
  const Value* value = nullptr;
};

using Problem = std::optional<std::string>;  // why an operation cannot be done

class Patcher {
 public:
  explicit Patcher(Value document) : document_(std::move(document)) {}
  Value take() { return std::move(document_); }

  Problem perform(const Operation& operation) {
    const auto& [name, path, from, value] = operation;
    if (name == "add") return add(path, *value);
    if (name == "remove") return remove(path);
    if (name == "replace") return replace(path, *value);
    if (name == "move") return move(from, path);
    if (name == "copy") return copy(from, path);
    return test(path, *value);
  }

 private:
  Problem add(const Tokens& path, Value value) {
    if (!weigh(value, room_below(path))) return "nested too deeply";
    if (path.empty()) return document_ = std::move(value), std::nullopt;
    auto* parent = walk(document_, std::span(path).first(path.size() - 1));
    if (auto* object = parent ? parent->as_object() : nullptr)
      return object->set(path.back(), std::move(value)), std::nullopt;
    auto* array = parent ? parent->as_array() : nullptr;
    if (!array) return "no such place";
    const auto index = path.back() == "-" ? array->size() : array_index(path.back());
    if (!index || *index > array->size()) return "no such index";
    array->insert(array->begin() + static_cast<std::ptrdiff_t>(*index), std::move(value));
    return std::nullopt;
  }

  Problem remove(const Tokens& path) {
    if (path.empty()) return "the whole document cannot be removed";
    auto* parent = walk(document_, std::span(path).first(path.size() - 1));
    if (auto* object = parent ? parent->as_object() : nullptr)
      return object->erase(path.back()) ? Problem() : "no such place";
    auto* array = parent ? parent->as_array() : nullptr;
    const auto index = array ? array_index(path.back()) : std::nullopt;
    if (!index || *index >= array->size()) return "no such place";
    array->erase(array->begin() + static_cast<std::ptrdiff_t>(*index));
    return std::nullopt;
  }

  Problem replace(const Tokens& path, const Value& value) {
    auto* target = walk(document_, path);
    if (!target) return "no such place";
    if (!weigh(value, room_below(path))) return "nested too deeply";
    *target = value;
    return std::nullopt;
  }

  Problem move(const Tokens& from, const Tokens& path) {
    const auto* source = walk(document_, from);
    if (!source) return "nothing to move";
    if (from == path) return std::nullopt;
    if (std::ranges::mismatch(from, path).in1 == from.end()) return "cannot be moved into itself";
    auto value = *source;
    if (auto problem = remove(from)) return problem;
    return add(path, std::move(value));
  }

  Problem copy(const Tokens& from, const Tokens& path) {
    const auto* source = walk(document_, from);
    if (!source) return "nothing to copy";
    // Each copy of the whole into itself doubles it: thirty of them would fill any machine.
    copied_ += weigh(*source, room_below({})).value_or(kMostCopied);
    if (copied_ > kMostCopied) return "copies too much";
    return add(path, *source);
  }

  Problem test(const Tokens& path, const Value& value) const {
    const auto* target = walk(document_, path);
    if (!target) return "no such place";
    return same(*target, value) ? Problem() : "the value is another one";
  }

  static std::size_t room_below(const Tokens& path) {
    const auto most = Limits{}.depth + 1;  // a scalar at the bottom is no level
    return most - std::min(most, path.size());
  }

  static constexpr std::size_t kMostCopied = 16u << 20;
  Value document_;
  std::size_t copied_ = 0;
};

bool needs_value(std::string_view name) {
  return name == "add" || name == "replace" || name == "test";
}
bool needs_from(std::string_view name) { return name == "move" || name == "copy"; }

std::optional<Tokens> read_pointer(const Value& value) {
  return value.as_string() ? split_pointer(*value.as_string()) : std::nullopt;
}

Problem read_operation(const Value& from, Operation& operation) {
  operation.name = from.at("op").string_or("");
  const auto& name = operation.name;
  if (!needs_value(name) && !needs_from(name) && name != "remove") return "unknown operation";
  auto path = read_pointer(from.at("path"));
  if (!path) return "path is no JSON pointer";
  operation.path = *std::move(path);
  operation.value = from.members().find("value");
  if (needs_value(name) && !operation.value) return "value is missing";
  if (!needs_from(name)) return std::nullopt;
  auto source = read_pointer(from.at("from"));
  if (!source) return "from is no JSON pointer";
  operation.from = *std::move(source);
  return std::nullopt;
}

base::Error complaint(std::size_t index, const Value& operation, const std::string& problem) {
  return base::invalid("operation " + std::to_string(index) + " (" +
                       base::cut(operation.at("op").string_or("?"), kLongestQuote) + " " +
                       base::cut(operation.at("path").string_or("?"), kLongestQuote) +
                       "): " + problem);
}

}  // namespace

base::Result<Value> apply_patch(Value document, const Value& operations) {
  if (!operations.as_array())
    return base::fail(base::invalid("a JSON patch is a list of operations"));
  Patcher patcher(std::move(document));
  std::size_t index = 0;
  for (const auto& item : operations.items()) {
    Operation operation;
    auto problem = read_operation(item, operation);
    if (!problem) problem = patcher.perform(operation);
    if (problem) return base::fail(complaint(index, item, *problem));
    ++index;
  }
  return patcher.take();
}

Value merge_patch(Value document, const Value& patch) {
  const auto* changes = patch.as_object();
  if (!changes) return patch;
  Object merged = document.as_object() ? std::move(*document.as_object()) : Object();
  for (const auto& [key, change] : *changes) {
    if (change.is_null()) {
      merged.erase(key);
      continue;
    }
    auto* old = merged.find(key);
    merged.set(key, merge_patch(old ? std::move(*old) : Value(), change));
  }
  return merged;
}

}  // namespace json

#include <algorithm>

#include "json/limits.hpp"
#include "json/lookup.hpp"
#include "json/patch.hpp"

namespace json {
namespace {

class Differ {
 public:
  Value run(const Value& from, const Value& to) {
    compare(from, to, "", 0);
    return std::move(operations_);
  }

 private:
  void compare(const Value& from, const Value& to, const std::string& path, std::size_t depth) {
    const bool deeper =
        depth < Limits{}.depth;  // made by hand, a document may be deeper than the stack
    if (deeper && from.as_object() && to.as_object())
      return compare_objects(from.members(), to.members(), path, depth);
    if (deeper && from.as_array() && to.as_array())
      return compare_arrays(from.items(), to.items(), path, depth);
    if (from != to) put("replace", path, &to);
  }

  void compare_objects(const Object& from, const Object& to, const std::string& path,
                       std::size_t depth) {
    const Lookup before(from);
    const Lookup after(to);
    for (const auto& [key, value] : from)
      if (!after.find(key)) put("remove", below(path, key));
    for (const auto& [key, value] : to) {
      if (const auto* old = before.find(key))
        compare(*old, value, below(path, key), depth + 1);
      else
        put("add", below(path, key), &value);
    }
  }

  /// Leaves alone what is the same at both ends, so that one item more or less anywhere is one
  /// operation.
  void compare_arrays(const Array& from, const Array& to, const std::string& path,
                      std::size_t depth) {
    const auto shorter = std::min(from.size(), to.size());
    std::size_t head = 0;
    while (head < shorter && from[head] == to[head]) ++head;
    std::size_t tail = 0;
    while (tail < shorter - head && from[from.size() - 1 - tail] == to[to.size() - 1 - tail])
      ++tail;
    const auto common = shorter - tail;  // items head..common are compared one by one
    for (auto i = head; i < common; ++i)
      compare(from[i], to[i], below(path, std::to_string(i)), depth + 1);
    for (auto i = from.size() - tail; i > common; --i)
      put("remove", below(path, std::to_string(i - 1)));
    for (auto i = common; i < to.size() - tail; ++i)
      put("add", below(path, std::to_string(i)), &to[i]);
  }

  static std::string below(const std::string& path, std::string_view token) {
    return path + "/" + escape_pointer(token);
  }

  void put(std::string_view name, const std::string& path, const Value* value = nullptr) {
    Object operation{{"op", name}, {"path", path}};
    if (value) operation.set("value", *value);
    operations_.emplace_back(std::move(operation));
  }

  Array operations_;
};

}  // namespace

Value diff(const Value& from, const Value& to) { return Differ().run(from, to); }

}  // namespace json

#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/random.hpp"
#include "json/value.hpp"

namespace json {

/// Small random documents for property tests; the same seed makes the same ones. Few keys and few
/// scalars, so that two documents have much in common and differ everywhere.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  Value value(int depth = 4) {
    const auto kind = random_.below(depth > 0 ? 8 : 5);
    if (kind == 0) return nullptr;
    if (kind == 1) return random_.below(2) == 0;
    if (kind == 2) return number();
    if (kind < 5) return std::string(text());
    return kind == 5 ? array(depth) : object(depth);
  }

  /// `value` with some of it changed.
  Value changed(Value value, int depth = 4) {
    if (depth == 0 || random_.below(6) == 0) return this->value(depth);
    if (auto* object = value.as_object()) {
      for (auto& [key, member] : *object)
        if (random_.below(2) == 0) member = changed(std::move(member), depth - 1);
      if (random_.below(3) == 0) object->erase(text());
      if (random_.below(3) == 0) object->set(text(), this->value(depth - 1));
    }
    if (auto* array = value.as_array()) change_items(*array, depth);
    return value;
  }

 private:
  Value array(int depth) {
    Array items;
    for (auto left = random_.below(5); left > 0; --left) items.push_back(value(depth - 1));
    return items;
  }
  Value object(int depth) {
    Object members;
    for (auto left = random_.below(5); left > 0; --left) members.set(text(), value(depth - 1));
    return members;
  }
  void change_items(Array& items, int depth) {
    for (auto& item : items)
      if (random_.below(3) == 0) item = changed(std::move(item), depth - 1);
    const auto place = [&] {
      return items.begin() + static_cast<std::ptrdiff_t>(random_.below(items.size() + 1));
    };
    if (random_.below(3) == 0) items.insert(place(), value(depth - 1));
    if (!items.empty() && random_.below(3) == 0) items.pop_back();
    if (!items.empty() && random_.below(3) == 0) items.erase(items.begin());
  }
  Value number() {
    static constexpr const char* numbers[] = {"0",  "1", "1.0", "-7", "1e3", "9223372036854775807",
                                              "0.1"};
    return Number{numbers[random_.below(std::size(numbers))]};
  }
  std::string_view text() {
    static constexpr std::string_view texts[] = {"",       "a",          "b",  "c", "a/b", "m~n",
                                                 "~1",     "0",          "1",  "-", "\n",  "\u00e4",
                                                 "\u20ac", "\U0001F600", "\"", "\\"};
    return texts[random_.below(std::size(texts))];
  }

  base::Random random_;
};

}  // namespace json

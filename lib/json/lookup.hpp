#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "json/value.hpp"

namespace json {

/// Object::find for whoever looks for many keys of one object: an object of 100,000 members, which
/// a stranger may send, must not cost 100,000 walks. Sorted and not hashed, because hash collisions
/// can be sent as well. The object must outlive it and stay as it is.
class Lookup {
 public:
  explicit Lookup(const Object& object) : object_(&object) {
    if (object.size() <= kFew) return;
    for (const auto& member : object) sorted_.push_back(&member);
    std::ranges::sort(sorted_, {}, &Object::Member::first);
  }

  const Value* find(std::string_view key) const {
    if (sorted_.empty()) return object_->find(key);
    const auto found = std::ranges::lower_bound(sorted_, key, {}, [](const Object::Member* member) {
      return std::string_view(member->first);
    });
    return found != sorted_.end() && (*found)->first == key ? &(*found)->second : nullptr;
  }

 private:
  static constexpr std::size_t kFew = 16;
  const Object* object_;
  std::vector<const Object::Member*> sorted_;
};

}  // namespace json

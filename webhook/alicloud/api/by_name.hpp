#pragma once

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace alicloud {

/// Finds things of a list by their names, of equal names the first. A few are looked through, more
/// are sorted. The list outlives it.
template <class T>
class ByName {
 public:
  explicit ByName(const std::vector<T>& list) : list_(list) {
    if (list.size() <= kFew) return;
    sorted_.reserve(list.size());
    for (const auto& one : list) sorted_.push_back(&one);
    std::ranges::sort(sorted_, {}, [](const T* one) { return std::pair(one->name, one); });
  }

  const T* find(std::string_view name) const {
    if (sorted_.empty()) {
      const auto found = std::ranges::find(list_, name, &T::name);
      return found == list_.end() ? nullptr : &*found;
    }
    const auto found = std::ranges::lower_bound(sorted_, name, {}, &T::name);
    return found == sorted_.end() || (*found)->name != name ? nullptr : *found;
  }

 private:
  static constexpr std::size_t kFew = 12;
  const std::vector<T>& list_;
  std::vector<const T*> sorted_;
};

}  // namespace alicloud

#include "kube/testing/store.hpp"

#include <algorithm>
#include <utility>

namespace kube::testing {
namespace {

/// Sorts as the keys of etcd do.
std::string key_of(const ObjectRef& ref) {
  return ref.resource.namespaced ? ref.namespace_name + "/" + ref.name : ref.name;
}

Stored with_version(Object object, Version version) {
  object["metadata"]["resourceVersion"] = std::to_string(version);
  return std::make_shared<const Object>(std::move(object));
}

}  // namespace

Stored Store::find(const ObjectRef& ref) const {
  const auto kind = objects_.find(ref.resource);
  if (kind == objects_.end()) return nullptr;
  const auto history = kind->second.find(key_of(ref));
  return history == kind->second.end() ? nullptr : history->second.rbegin()->second;
}

Stored Store::put(Object object) {
  const auto ref = object.ref();
  auto before = find(ref);
  auto after = with_version(std::move(object), ++version_);
  objects_[ref.resource][key_of(ref)][version_] = after;
  log_.push_back({.version = version_, .before = std::move(before), .after = after, .last = {}});
  return after;
}

Stored Store::remove(const ObjectRef& ref) {
  auto before = find(ref);
  if (!before) return nullptr;
  auto last = with_version(*before, ++version_);
  objects_[ref.resource][key_of(ref)][version_] = nullptr;
  log_.push_back({.version = version_, .before = std::move(before), .after = {}, .last = last});
  return last;
}

std::vector<Stored> Store::list(const Resource& resource, const std::string& space,
                                Version at) const {
  std::vector<Stored> found;
  const auto kind = objects_.find(resource);
  if (kind == objects_.end()) return found;
  const auto prefix = space.empty() ? std::string() : space + "/";
  for (auto object = kind->second.lower_bound(prefix);
       object != kind->second.end() && object->first.starts_with(prefix); ++object) {
    const auto next = object->second.upper_bound(at);
    if (next == object->second.begin()) continue;
    if (const auto& version = std::prev(next)->second) found.push_back(version);
  }
  return found;
}

std::optional<std::size_t> Store::position_after(Version after) const {
  if (after < compacted_) return std::nullopt;
  const auto next = std::ranges::upper_bound(log_, after, {}, &Event::version);
  return first_position_ + static_cast<std::size_t>(next - log_.begin());
}

const Event* Store::event(std::size_t position) const {
  if (position < first_position_ || position >= end_position()) return nullptr;
  return &log_[position - first_position_];
}

void Store::compact() {
  compacted_ = version_;
  first_position_ += log_.size();
  log_.clear();
  for (auto& [resource, objects] : objects_) {
    for (auto& [key, history] : objects) history.erase(history.begin(), std::prev(history.end()));
    std::erase_if(objects, [](const auto& entry) { return !entry.second.rbegin()->second; });
  }
}

}  // namespace kube::testing

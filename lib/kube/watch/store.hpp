#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "kube/watch/machine.hpp"

namespace kube::watch {

/// The objects one reflector knows. Reads see the old set until a relist is complete; then
/// listeners hear of what differs by resourceVersion only.
class Store {
 public:
  using Listener = std::function<void(const Object* before, const Object* after)>;
  void on_change(Listener listener);  ///< called after each change; either side may be null
  void apply(const Change& change);

  bool is_synced() const { return synced_; }  ///< the first list is complete
  const Object* find(const ObjectRef& ref) const;
  std::vector<const Object*> all() const;
  std::size_t size() const { return objects_.size(); }
  const std::string& resource_version() const { return version_; }

 private:
  void set(const Object& object);
  void erase(const Object& object);
  void swap(const std::string& version);
  void tell(const Object* before, const Object* after) const;
  void move_to(const std::string& version);
  std::map<ObjectRef, Object> objects_, incoming_;
  std::vector<Listener> listeners_;
  std::string version_;
  bool synced_ = false, relisting_ = false;
};

}  // namespace kube::watch

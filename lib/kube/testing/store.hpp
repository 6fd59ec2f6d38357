#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/object/object.hpp"

namespace kube::testing {

using Version = std::uint64_t;
using Stored = std::shared_ptr<const Object>;

/// One write. `before` is null for the first version of an object, `after` for a deletion, whose
/// `last` is the object as it was, with the version of the deletion.
struct Event {
  Version version = 0;
  Stored before, after, last;
  const Object& object() const { return after ? *after : *last; }
};

/// Objects by key, all their versions, and the log of writes: what etcd is to the API server.
class Store {
 public:
  Stored find(const ObjectRef& ref) const;
  /// Gives it the next resourceVersion.
  Stored put(Object object);
  /// Gives the object as it was, with the version of its deletion.
  Stored remove(const ObjectRef& ref);

  /// Objects of a resource (of one namespace, unless empty) in key order, as they were at `at`.
  std::vector<Stored> list(const Resource& resource, const std::string& space, Version at) const;
  /// Writes after `after`, oldest first; nullopt where the log begins later.
  std::optional<std::size_t> position_after(Version after) const;
  std::size_t end_position() const { return first_position_ + log_.size(); }
  /// nullptr: the log no longer has it, or not yet.
  const Event* event(std::size_t position) const;

  Version version() const { return version_; }
  Version oldest() const { return compacted_; }
  void compact();

 private:
  using History = std::map<Version, Stored>;  ///< null: deleted
  std::map<Resource, std::map<std::string, History>> objects_;
  std::deque<Event> log_;
  std::size_t first_position_ = 0;
  Version version_ = 1, compacted_ = 1;
};

}  // namespace kube::testing

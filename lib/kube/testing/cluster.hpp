#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "kube/request/request.hpp"
#include "kube/testing/managed_fields.hpp"
#include "kube/testing/store.hpp"

namespace kube::testing {

using Answer = base::Result<json::Value>;

/// The API server's request handling over a Store, without coroutines. One file for each group of
/// verbs.
class Cluster {
 public:
  Cluster(const base::Clock& clock, std::uint64_t seed);
  Answer perform(const Request& request);

  Store& store() { return store_; }
  const Store& store() const { return store_; }
  const std::vector<std::string>& writes() const { return writes_; }
  void put_finalizers_in_order(std::vector<std::string> order) { order_ = std::move(order); }

 private:
  /// Where a write comes from.
  struct Origin {
    Manager manager;
    bool dry_run = false;
    bool refuses_version = false;  ///< a POST; the others that create pass over a resourceVersion
    bool is_patch = false;  ///< its resourceVersion, if it names none, is the one it was made from
    json::Value leftovers = {};  ///< see unchanged.hpp
  };

  Answer on(const Get& request);
  Answer on(const List& request);
  Answer on(const Create& request);
  Answer on(const Update& request);
  Answer on(const Apply& request);
  Answer on(const Patch& request);
  Answer on(const Delete& request);
  Answer on(const Post& request);

  // create.cpp
  base::Result<> check_namespace(const ObjectRef& ref) const;
  Answer insert(Object object, const Origin& origin);
  void record_creation(Object& object, const Origin& origin) const;
  void prepare_new(Object& object);
  void allocate_address(Object& service);

  // update.cpp
  Answer replace(const ObjectRef& ref, Object next, const Origin& origin);
  Answer commit(const Object& live, Object next, const Origin& origin);
  void record_change(const Object& live, Object& next, const Origin& origin) const;
  base::Result<json::Value> patched(const Patch& request, const json::Value& live) const;

  // apply.cpp
  Answer apply_to(const Apply& request, Object config, const Object& live);
  Answer apply_new(const Apply& request, Object config);

  // delete.cpp
  Answer mark_deleted(const Object& live, const Delete& request,
                      const std::vector<std::string>& finalizers);
  Answer delete_namespace(const Object& live, const Delete& request);
  Answer erase(const Object& live, bool dry_run);

  // scale.cpp
  Answer update_scale(const Update& request);
  Answer patch_scale(const Patch& request);
  Answer write_scale(const Object& live, const json::Value& scale, const std::string& manager,
                     bool dry_run);

  // post.cpp
  Answer token(const Post& request);
  base::Result<Stored> bound_object(const json::Value& bound, const std::string& space) const;

  bool is_stored(const Object& live, const Object& next, const json::Value& leftovers) const;
  Answer keep(Object object, const Origin& origin);
  std::string now() const;
  Managed stamp(const Resource& resource) const;

  const base::Clock& clock_;
  base::Random random_;
  Store store_;
  std::vector<std::string> writes_;
  std::vector<std::string> order_;  ///< of finalizers, where the server leaves it to chance
  std::uint64_t addresses_ = 0;
  std::map<ObjectRef, json::Value> leftovers_;  ///< of what is stored, where there are any
};

/// What a subresource's endpoint never writes.
FieldSet ignored_fields(const Resource& resource, const std::string& subresource);
json::Value without_managed_fields(json::Value document);
/// The part of a metadata-only answer.
json::Value partial_metadata(const Object& object);

}  // namespace kube::testing

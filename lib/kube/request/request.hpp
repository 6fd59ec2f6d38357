#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "json/value.hpp"
#include "kube/object/object.hpp"

namespace kube {

/// Requests are values: made by pure code, performed by an Api, recorded and replayed by tests.

struct Get {
  ObjectRef ref;
  bool metadata_only = false;  ///< PartialObjectMetadata
};

/// One page. `resource_version` unset: the most recent state (quorum read).
struct List {
  Resource resource;
  std::string namespace_name;  ///< empty: all namespaces, or cluster-scoped
  std::string label_selector, field_selector;
  int limit = 0;  ///< 0: no paging
  std::string continue_token;
  std::string resource_version;
  bool metadata_only = false;  ///< PartialObjectMetadataList
};

struct Create {
  Object object;  ///< metadata.generateName is honoured by the server
  std::string field_manager;
  bool dry_run = false;
};

/// PUT: the object carries resourceVersion where it must not overwrite.
struct Update {
  Object object;
  std::string field_manager;
  std::string subresource;  ///< "", "status", "scale", "approval"
  bool dry_run = false;
};

/// Server-side apply.
struct Apply {
  Object object;
  std::string field_manager;
  bool force = false;
  bool dry_run = false;
  std::string subresource;
};

struct Patch {
  enum class Type { merge, json };
  ObjectRef ref;
  Type type = Type::merge;
  json::Value body;
  std::string field_manager;
  std::string subresource;
  bool dry_run = false;
};

/// Never by name alone where it could hit a namesake: give the UID that was seen.
struct Delete {
  ObjectRef ref;
  std::optional<Uid> uid;
  std::optional<ResourceVersion> resource_version;
  std::string propagation = "Background";  ///< Background, Foreground, Orphan
  std::optional<int> grace_seconds;
  bool dry_run = false;
};

/// POST to a subresource of an object, or to a review kind: TokenRequest, SelfSubjectReview,
/// eviction...
struct Post {
  ObjectRef ref;            ///< name empty: the collection (reviews)
  std::string subresource;  ///< "token", "eviction", ""
  json::Value body;
};

using Request = std::variant<Get, List, Create, Update, Apply, Patch, Delete, Post>;

struct Watch {
  Resource resource;
  std::string namespace_name;
  std::string label_selector, field_selector;
  std::string resource_version;
  std::chrono::seconds timeout{290};  ///< the server ends the watch after it
  bool metadata_only = false;
};

/// Whether performing it may change the cluster (dry runs and reviews do not).
bool is_mutating(const Request& request);
/// "apply", "create", ... as in RBAC: apply is `patch`. For metrics and rights.
std::string_view rbac_verb(const Request& request);
ObjectRef subject(const Request& request);
/// "apply ClusterRole x", for logs and errors; no content.
std::string describe(const Request& request);

/// Common bodies.
json::Value token_request_body(std::chrono::seconds lifetime,
                               const std::vector<std::string>& audiences,
                               const std::optional<ObjectRef>& bound_to, const Uid& bound_uid);

}  // namespace kube

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "json/value.hpp"
#include "kube/object/resource.hpp"

namespace kube {

using Uid = base::Id<struct UidTag>;
/// Opaque but for compare_versions().
using ResourceVersion = base::Id<struct ResourceVersionTag>;

/// Which object, in one cluster.
struct ObjectRef {
  Resource resource;
  std::string namespace_name;  ///< empty for cluster-scoped kinds
  std::string name;
  auto operator<=>(const ObjectRef&) const = default;
};
std::string to_string(const ObjectRef& ref);  ///< "Secret garden/x", "ClusterRole y"

/// Any object, typed by its Resource, kept as the JSON it is: what we do not know we do not lose.
class Object {
 public:
  Object() = default;
  Object(Resource resource, json::Value document)
      : resource_(std::move(resource)), document_(std::move(document)) {}
  /// apiVersion, kind, metadata.name (and namespace) filled in.
  static Object make(const Resource& resource, std::string_view namespace_name,
                     std::string_view name);
  /// As a server sent it, apiVersion and kind set from `resource`: items of lists lack them, and a
  /// metadata-only answer says PartialObjectMetadata instead.
  static Object received(const Resource& resource, json::Value document);

  const Resource& resource() const { return resource_; }
  const json::Value& document() const { return document_; }
  json::Value& document() { return document_; }
  const json::Value& at(std::string_view key) const { return document_.at(key); }
  json::Value& operator[](std::string_view key) { return document_[key]; }

  ObjectRef ref() const;
  std::string name() const;
  std::string namespace_name() const;
  Uid uid() const;
  ResourceVersion resource_version() const;
  std::int64_t generation() const;
  bool is_being_deleted() const;
  std::optional<base::TimePoint> created() const;
  std::optional<std::string> label(std::string_view key) const;
  std::optional<std::string> annotation(std::string_view key) const;
  std::vector<std::string> finalizers() const;
  void set_label(std::string_view key, std::string_view value);
  void set_annotation(std::string_view key, std::string_view value);

  bool operator==(const Object&) const = default;

 private:
  Resource resource_;
  json::Value document_;
};

/// metadata.resourceVersion as the API machinery compares it
/// (resourceversion.CompareResourceVersion): decimal without leading zero, longer is newer, else
/// lexical; one resource only. nullopt: one of them is not well formed.
std::optional<std::strong_ordering> compare_versions(std::string_view a, std::string_view b);

/// RFC 1123 label, and subdomain; empty means fine, else what is wrong.
std::string why_not_dns_label(std::string_view text);
std::string why_not_dns_subdomain(std::string_view text);

}  // namespace kube

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "json/dom.hpp"
#include "webhook/protocol/verdict.hpp"

namespace protocol {

struct GroupVersionKind {
  std::string_view group;
  std::string_view version;
  std::string_view kind;
  bool operator==(const GroupVersionKind&) const = default;
};
std::string to_string(const GroupVersionKind& kind);  ///< "core.gardener.cloud/v1beta1, Kind=Shoot"

/// A decoded AdmissionReview. Every view points into `dom`. An object that is null or absent is a
/// null node.
struct Review {
  std::optional<json::Dom> dom;
  std::string source;  ///< the body as it came, where it has escapes; else empty: the Dom's strings
                       ///< are the same
  Addressee sender;    ///< with the default apiVersion and kind where both were missing
  GroupVersionKind kind;
  std::string_view resource;
  std::string_view namespace_name;
  std::string_view name;
  std::string_view operation;
  std::string_view user;
  json::DomNode object;
  json::DomNode old_object;
};

/// v1 and v1beta1 have the same members; any other version or kind is taken and echoed, as the Go
/// program does. Errors are `invalid` and quote nothing of the body.
base::Result<Review> decode(std::string body, json::DomPool* pool = nullptr);

}  // namespace protocol
